"""Cleans a BMP, which has no metadata: only bytes after its end are cut."""

from origin_lambda.image.cleaning.exif import KeptTags


def clean(data: bytes, tags: KeptTags) -> bytes:
    """Return a BMP up to the size in its header; the whole file if that size is not possible."""
    del tags
    size = int.from_bytes(data[2:6], "little")
    offset = int.from_bytes(data[10:14], "little")
    return data[:size] if offset < size < len(data) else data
