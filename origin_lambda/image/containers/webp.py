"""Reads the chunks of a WebP (RFC 9649)."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from origin_lambda.image.containers.structure import Structure, refuse_as_broken
from origin_lambda.image.geometry import Size

_MAX_CHUNKS: Final = 100_000
_PIXELS: Final = {b"VP8 ", b"VP8L", b"ALPH"}
_KEPT: Final = {b"VP8X", b"ANIM", b"ANMF"} | _PIXELS
_ALPHA_FLAG, _ANIMATION_FLAG = 0x10, 0x02


def chunks(data: bytes, start: int = 12) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name of each chunk, and the start and end of its data within the file."""
    at = start
    for _ in range(_MAX_CHUNKS):
        if at + 8 > len(data):
            return
        (length,) = struct.unpack_from("<I", data, at + 4)
        yield data[at : at + 4], at + 8, min(at + 8 + length, len(data))
        at += 8 + length + (length & 1)


def inspect(data: bytes) -> Structure:
    """Return what decoding a WebP costs.

    For an animation, libwebp keeps four copies of the canvas. For a still, it keeps one, and we two
    (docs/decisions/0064).

    Raises:
        Unprocessable: there is no picture, or its size differs from the canvas.

    """
    canvas: Size | None = None
    count, frames_pixels, is_extended = 0, 0, False
    for name, start, end in chunks(data):
        if name == b"VP8X" and end - start >= 10:
            canvas, is_extended = Size(1 + _u24(data, start + 4), 1 + _u24(data, start + 7)), True
        elif name == b"ANMF" and end - start >= 16:
            size = Size(1 + _u24(data, start + 6), 1 + _u24(data, start + 9))
            left, top = 2 * _u24(data, start), 2 * _u24(data, start + 3)
            if canvas and (left + size.width > canvas.width or top + size.height > canvas.height):
                break
            count += 1
            frames_pixels += size.pixels
        elif name in {b"VP8 ", b"VP8L"}:
            size = _read_size(name, data[start : start + 10])
            if is_extended and canvas and size != canvas and not count:
                refuse_as_broken(f"a picture of {size} in a canvas of {canvas}")
            canvas = canvas or size
    if canvas is None:
        refuse_as_broken("there is no picture")
    copies = 4 * canvas.pixels * count if count > 1 else 0
    return Structure(
        memory=(17 if count else 12) * canvas.pixels + copies,
        work=frames_pixels + (1 + 4 * count) * canvas.pixels,
        size=canvas,
    )


class FirstFrame(NamedTuple):
    """The first frame of an animation as a WebP *file*, and its *offset* on the *canvas*."""

    file: bytes
    canvas: Size
    offset: tuple[int, int]


def extract_first_frame(data: bytes) -> FirstFrame | None:
    """Return the first frame of an animation, or None if there is none."""
    canvas: Size | None = None
    for name, start, end in chunks(data):
        if name == b"VP8X" and end - start >= 10 and data[start] & _ANIMATION_FLAG:
            canvas = Size(1 + _u24(data, start + 4), 1 + _u24(data, start + 7))
        elif name == b"ANMF" and canvas and end - start > 16:
            offset = 2 * _u24(data, start), 2 * _u24(data, start + 3)
            body = data[start + 16 : end]
            pixels = [
                body[first - 8 : last + (last & 1)]
                for chunk, first, last in chunks(body, 0)
                if chunk in _PIXELS
            ]
            size = data[start + 6 : start + 12]
            header = b"VP8X" + struct.pack("<I", 10) + bytes((_ALPHA_FLAG, 0, 0, 0)) + size
            return FirstFrame(_build_riff(header + b"".join(pixels)), canvas, offset)
    return None


def remove_metadata(data: bytes) -> bytes | None:
    """Return a WebP without profile, EXIF and XMP."""
    kept: list[bytes] = []
    for name, start, end in chunks(data):
        if name not in _KEPT:
            continue
        body = data[start - 8 : end + (end - start & 1)]
        if name == b"VP8X":
            flags = body[8] & (_ALPHA_FLAG | _ANIMATION_FLAG)
            body = body[:8] + bytes((flags,)) + body[9:]
        kept.append(body)
    return _build_riff(b"".join(kept))


def _build_riff(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def _u24(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 3], "little")


def _read_size(name: bytes, head: bytes) -> Size:
    """Return the size in the header of pixels (RFC 6386, 9.1; RFC 9649, 3.4)."""
    if name == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    width, height = int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    return Size(width & 0x3FFF, height & 0x3FFF)
