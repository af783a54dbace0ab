"""Cleans a WebP (RFC 9649)."""

import struct
from typing import Final

from origin_lambda.image.cleaning.exif import KeptTags, write_exif
from origin_lambda.image.containers.structure import refuse_as_broken
from origin_lambda.image.containers.webp import chunks

_PIXELS: Final = {b"VP8 ", b"VP8L", b"ALPH"}
_KEPT: Final = {b"VP8X", b"ICCP", b"ANIM", b"ANMF"} | _PIXELS
_EXIF_FLAG, _XMP_FLAG = 0x08, 0x04
_FRAME_HEADER: Final = 16
Part = bytes | memoryview


def clean(data: bytes, tags: KeptTags) -> bytes:
    """Return a WebP without XMP, EXIF, unknown chunks and bytes after its end.

    A truncated frame of an animation is dropped.

    Raises:
        Unprocessable: it has no pixels.

    """
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    view = memoryview(data)[:end]
    kept: list[Part] = []
    exif = write_exif(tags)
    is_extended = has_pixels = False
    cut_off = 0
    for name, start, last in chunks(data):
        if start > end:
            break
        if name not in _KEPT:
            continue
        stop = min(last, end)
        missing = int.from_bytes(data[start - 4 : start], "little") - (stop - start)
        has_pixels = has_pixels or name in _PIXELS or (name == b"ANMF" and not missing)
        if name == b"VP8X" and stop - start >= 10:
            is_extended = True
            flags = data[start] & ~(_EXIF_FLAG | _XMP_FLAG) | (_EXIF_FLAG if exif else 0)
            header = b"VP8X" + struct.pack("<I", 10)
            kept.extend((header, bytes((flags,)), view[start + 1 : start + 10]))
        elif name == b"ANMF":
            kept.extend(() if missing else _keep_frame(view, start, stop))
        else:
            kept.extend(_keep_chunk(view, start, stop))
            # Decoders show a truncated picture only if the sizes are those of the complete one.
            cut_off += missing
    if not has_pixels:
        refuse_as_broken("there is no picture")
    if exif and is_extended:
        kept.append(b"EXIF" + struct.pack("<I", len(exif)) + exif + b"\0" * (len(exif) & 1))
    length = sum(map(len, kept)) + cut_off
    return b"".join((b"RIFF", struct.pack("<I", 4 + length), b"WEBP", *kept))


def _keep_chunk(view: memoryview, start: int, stop: int) -> tuple[Part, ...]:
    """Return an unchanged chunk, padded to an even length."""
    return view[start - 8 : stop], b"\0" * (stop - start & 1)


def _keep_frame(view: memoryview, start: int, stop: int) -> list[Part]:
    """Return a frame of an animation with only the chunks of its pixels."""
    parts: list[Part] = [view[start : start + _FRAME_HEADER]]
    inner = bytes(view[start + _FRAME_HEADER : stop])
    for name, first, last in chunks(inner, 0):
        if name in _PIXELS:
            parts.extend(_keep_chunk(memoryview(inner), first, last))
    return [b"ANMF" + struct.pack("<I", sum(map(len, parts))), *parts]
