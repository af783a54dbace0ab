"""Effects on Pillow's pictures in the modes L, RGB and RGBA. All leave alpha as it is."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from PIL import Image, ImageChops

from origin_lambda.adapters.pillow.tiles import repeat_tile

_WHOLE: Final = 255
_CELL: Final = 64
"""The side, in pixels, of the cell that screens of dots are scaled from."""

_CELLS: Final = 4
"""A screen repeats after about this many dots in each direction."""

_ANGLES: Final = ((4, 1), (1, 4), (4, 0))
"""For each channel the direction of its rows of dots: about 14, 76 and 0 degrees.

Printers use 15, 75 and 0 degrees for cyan, magenta and yellow, so that the screens do not form
stripes together. These tangents are fractions, so that a small picture of a screen can be repeated.
"""


def map_tones(image: Image.Image, curve: Sequence[int]) -> Image.Image:
    """Return a picture with each sample of its colours replaced by its entry in the curve."""
    colours = [list(curve)] * len(image.getbands())
    if image.mode == "RGBA":
        colours[-1] = list(range(_WHOLE + 1))
    return image.point([sample for each in colours for sample in each])


def blend_pale_colours(image: Image.Image, changed: Image.Image) -> Image.Image:
    """Return *changed*, in RGB, where colours are pale, and *image* where they are saturated."""
    colours = image.convert("RGB")
    red, green, blue = colours.split()
    largest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    smallest = ImageChops.darker(ImageChops.darker(red, green), blue)
    paleness = ImageChops.invert(ImageChops.subtract(largest, smallest))
    return Image.composite(changed, colours, paleness)


def smooth(image: Image.Image, mean: Image.Image, threshold: float) -> Image.Image:
    """Return *mean* where the two hardly differ, and *image* where they differ much."""
    colours, mean = image.convert("RGB"), mean.convert("RGB")
    difference = ImageChops.difference(colours, mean).convert("L")
    shares = [max(0.0, 1 - level / (2 * threshold)) for level in range(_WHOLE + 1)]
    mask = difference.point([round(share * _WHOLE) for share in shares])
    result = Image.composite(mean, colours, mask)
    return result.convert("L") if image.mode == "L" else result


def pixellate(image: Image.Image, side: int) -> Image.Image:
    """Return a picture with each block of *side* x *side* pixels replaced by its mean."""
    across, down = image.width / side, image.height / side
    return image.reduce(side).resize(image.size, Image.Resampling.NEAREST, box=(0, 0, across, down))


def print_dots(image: Image.Image, distance: float) -> Image.Image:
    """Return a picture of dots, about *distance* pixels apart; each channel has its own screen."""
    bands = image.split()
    colours = bands[:3] if len(bands) >= 3 else bands[:1]
    printed = [
        _print_band(band, _draw_screen(angle, distance), distance)
        for band, angle in zip(colours, _ANGLES, strict=False)
    ]
    return Image.merge("RGB", printed) if len(printed) == 3 else printed[0]


def _print_band(band: Image.Image, screen: Image.Image, distance: float) -> Image.Image:
    """Return white where a sample is above the screen's, else ink; edges are one pixel wide."""
    steepness = max(1.0, distance / 2)
    # The screen keeps this distance from black and white, so that these stay without dots.
    least = _WHOLE / 2 / steepness
    span = 1 - 2 * least / _WHOLE
    limited = screen.point([round(least + span * level) for level in range(_WHOLE + 1)])
    return ImageChops.subtract(
        band.point(_compensate_edges(steepness)),
        repeat_tile(limited, band.size),
        scale=1 / steepness,
        offset=_WHOLE // 2,
    )


@lru_cache(maxsize=16)
def _compensate_edges(steepness: float) -> list[int]:
    """Return the samples whose dots have the tones 0 to 255 in the mean.

    A sample v is printed as the mean of (v - s) * *steepness* + 127.5, limited to 0 to 255, over
    all samples s of the screen. The soft edges of the dots make that differ from v.
    """
    half = _WHOLE / 2
    ramp = half / steepness

    def integrate(distance: float) -> float:
        if distance > ramp:
            return _WHOLE * distance
        return steepness / 2 * (distance + ramp) ** 2 if distance > -ramp else 0.0

    low, high = ramp, _WHOLE - ramp
    if high - low < 1:
        return list(range(_WHOLE + 1))
    tones = [
        (integrate(sample - low) - integrate(sample - high)) / (high - low)
        for sample in range(_WHOLE + 1)
    ]
    return [bisect_left(tones, tone - 0.5, hi=_WHOLE) for tone in range(_WHOLE + 1)]


@lru_cache(maxsize=len(_ANGLES))
def _draw_screen(angle: tuple[int, int], distance: float) -> Image.Image:
    """Return a screen's repeating part; among its samples, all from 0 to 255 are equally many."""
    along, across = angle
    period = max(2, round(math.hypot(_CELLS, 1) * distance))
    step = _CELL / period
    # Source coordinates for a corner of the result: rows of dots run in the angle's direction.
    matrix = (along * step, across * step, 0, -across * step, along * step, _CELLS * _CELL)
    cells = repeat_tile(_draw_cell(), (_CELL * (2 * _CELLS + 1),) * 2)
    return cells.transform(
        (period, period), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
    )


@lru_cache(maxsize=1)
def _draw_cell() -> Image.Image:
    """Return one dot: samples are ranked by two crossed cosines, the darkest in the middle."""
    wave = [math.cos(2 * math.pi * position / _CELL) for position in range(_CELL)]
    heights = [across + down for down in wave for across in wave]
    order = sorted(range(len(heights)), key=heights.__getitem__)
    ranks = bytearray(len(heights))
    for rank, position in enumerate(order):
        ranks[position] = rank * _WHOLE // (len(heights) - 1)
    return Image.frombytes("L", (_CELL, _CELL), bytes(ranks))
