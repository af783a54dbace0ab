"""Cleans a BMP, which has no metadata: only what follows the file's own end is cut."""

from origin_lambda.image.cleaning.exif import KeptTags


def clean(data: bytes, tags: KeptTags) -> bytes:
    """Return a BMP up to the size that its header gives; the whole, where that is none."""
    del tags
    size = int.from_bytes(data[2:6], "little")
    offset = int.from_bytes(data[10:14], "little")
    return data[:size] if offset < size < len(data) else data
