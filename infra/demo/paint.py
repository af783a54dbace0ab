"""Paint: colours and gradients."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]
Box = tuple[float, float, float, float]
Size = tuple[int, int]
Stops = Sequence[tuple[float, Colour]]
Pen = ImageDraw.ImageDraw

BICUBIC: Final = Image.Resampling.BICUBIC


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Blend two colours; *share* is the second's, from 0 to 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def palette(text: str) -> list[Colour]:
    """Read colours, each six hexadecimal digits."""
    return [(red, green, blue) for red, green, blue in map(bytes.fromhex, text.split())]


def stops(text: str) -> Stops:
    """Read a gradient: colours, each followed by where it stands from 0 to 1."""
    words = text.split()
    return list(zip(map(float, words[1::2]), palette(" ".join(words[::2])), strict=True))


def gradient(size: Size, through: Stops) -> Image.Image:
    """Fill from top to bottom, from colour to colour."""
    column = Image.new("RGB", (1, 512))
    for (start, above), (end, below) in pairwise(through):
        first, last = round(511 * start), round(511 * end)
        for y in range(first, last + 1):
            column.putpixel((0, y), mix(above, below, (y - first) / max(1, last - first)))
    return column.resize(size, BICUBIC)


def ramp(mask: Image.Image, through: Stops) -> Image.Image:
    """Colour a picture of brightness, the first colour for black, the last for white."""
    scale = gradient((1, 256), through).tobytes()
    return Image.merge("RGB", [mask.point(list(scale[channel::3])) for channel in range(3)])
