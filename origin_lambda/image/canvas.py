"""The built-in original `~text`: an empty, transparent picture, as large as the URL says.

Without a width or a height, it is as large as the box of its text with `txt-pad` around it.
"""

import math
import struct
import zlib
from collections.abc import Callable
from typing import Final

from origin_lambda.errors import BadValue
from origin_lambda.image.geometry import Extent, Size
from origin_lambda.image.probe import Limits
from origin_lambda.image.stages.text.draw_text import describe_block
from origin_lambda.image.text.block import TextBlock
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Length, Share

TextBox = tuple[float, float, float, float]
"""The left, upper, right and lower edge of the lines of a text, in pixels."""

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_BITS: Final = 8  # pixels of one bit in a byte


def plan_canvas(
    transform: Transform, limits: Limits, measure: Callable[[TextBlock], TextBox]
) -> Size:
    """Return the size of the canvas; *measure* is called if it depends on the text.

    Raises:
        BadValue: neither a text nor both sides are given.

    """
    dpr = transform.size.dpr
    width, height = (
        _to_pixels(side, dpr) for side in (transform.size.width, transform.size.height)
    )
    if width is None or height is None:
        room = Size(width or limits.side, height or limits.side)
        block = describe_block(transform, room)
        if block is None:
            message = "~text needs txt, or w and h in pixels"
            raise BadValue(message, param="txt")
        if transform.text.font_file:
            message = "~text needs w and h in pixels if txt-font-file is given"
            raise BadValue(message, param="txt-font-file")
        left, top, right, bottom = measure(block)
        across = right - left + 2 * block.pad if block.x is None else right + block.pad
        down = bottom - top + 2 * block.pad if block.y is None else bottom + block.pad
        width, height = width or math.ceil(across), height or math.ceil(down)
    factor = min(
        1.0, limits.side / max(width, height), (limits.pixels_out / (width * height)) ** 0.5
    )
    return Extent(width, height).scale(factor).whole


def _to_pixels(length: Length | None, dpr: float) -> int | None:
    """Return a length in pixels; None if it is not given, or a share of what has no size yet."""
    return None if length is None or isinstance(length, Share) else max(1, round(length * dpr))


def draw_canvas(size: Size) -> bytes:
    """Return an empty picture as a PNG of one bit a pixel, whose only colour is transparent."""
    line = b"\0" * (1 + math.ceil(size.width / _BITS))
    header = struct.pack(">IIBBBBB", *size, 1, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", b"\xff\xff\xff"),
        (b"tRNS", b"\0"),
        (b"IDAT", zlib.compress(line * size.height, 1)),
        (b"IEND", b""),
    )
    return _SIGNATURE + b"".join(_build_chunk(name, data) for name, data in chunks)


def _build_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
