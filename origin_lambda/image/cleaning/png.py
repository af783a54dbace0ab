"""Cleans a PNG or APNG (PNG, third edition)."""

from typing import Final

from origin_lambda.image.cleaning.exif import KeptTags, write_exif
from origin_lambda.image.containers.png import SIGNATURE, build_chunk, chunks
from origin_lambda.image.containers.structure import refuse_as_broken

_KEPT: Final = {
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT", b"iCCP", b"sRGB",
    b"gAMA", b"cHRM", b"cICP", b"mDCV", b"cLLI", b"sBIT", b"bKGD", b"pHYs",
}  # fmt: skip


def clean(data: bytes, tags: KeptTags) -> bytes:
    """Return a PNG without texts, times, EXIF, unknown chunks and bytes after its end.

    Raises:
        Unprocessable: it does not begin with its header.

    """
    view = memoryview(data)
    exif = write_exif(tags)
    kept: list[bytes | memoryview] = [SIGNATURE]
    for name, start, length in chunks(data):
        if len(kept) == 1 and name != b"IHDR":
            refuse_as_broken("there is no IHDR")
        if name not in _KEPT:
            continue
        kept.append(view[start - 8 : start + length + 4])
        if name == b"IHDR" and exif:
            kept.append(build_chunk(b"eXIf", exif))
    return b"".join(kept)
