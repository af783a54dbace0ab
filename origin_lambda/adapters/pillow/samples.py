"""Looks at pixels: where a border ends, and which tones a picture has."""

import math
from collections.abc import Sequence
from functools import reduce
from typing import Final

from PIL import Image, ImageChops, ImageMath, ImageStat

from origin_lambda.image.raster import Bounds, Line, Tones
from origin_lambda.url.values import Colour

_MAX: Final = 255


def find_visible(image: Image.Image, alpha: float) -> Bounds | None:
    """Return the bounds of all pixels with more than this alpha; of an opaque picture, all."""
    if image.mode != "RGBA":
        return (0, 0, *image.size) if alpha < _MAX else None
    return _find_larger(image.getchannel("A"), alpha)


def find_unlike(
    image: Image.Image, colour: Colour | None, tolerance: float, within: Bounds
) -> Bounds | None:
    """Return the bounds of all pixels of a part that differ from a colour."""
    part = image.crop(within).convert("RGB")
    if colour is None:
        reference = part.crop((0, 0, 1, 1)).resize(part.size, Image.Resampling.NEAREST)
    else:
        reference = Image.new("RGB", part.size, tuple(colour[:3]))
    differences = ImageChops.difference(part, reference).split()
    found = _find_larger(reduce(ImageChops.lighter, differences), tolerance)
    if found is None:
        return None
    left, top = within[:2]
    return found[0] + left, found[1] + top, found[2] + left, found[3] + top


def _find_larger(channel: Image.Image, limit: float) -> Bounds | None:
    return channel.point([_MAX if value > limit else 0 for value in range(_MAX + 1)]).getbbox()


def measure_lines(image: Image.Image) -> Sequence[Line]:
    """Return the means and the deviation of each row, from the top."""
    channels = (image.convert("RGBa") if image.mode == "RGBA" else image).split()
    measured = [_measure_rows(channel) for channel in channels]
    return [
        Line(tuple(mean for mean, _ in row), max(deviation for _, deviation in row))
        for row in zip(*measured, strict=True)
    ]


def _measure_rows(channel: Image.Image) -> list[tuple[float, float]]:
    """Return the mean and the standard deviation of each row of one channel."""
    values = channel.convert("F")
    squares = ImageMath.lambda_eval(lambda args: args["v"] * args["v"], v=values)
    means, means_of_squares = (
        memoryview(each.resize((1, each.height), Image.Resampling.BOX).tobytes()).cast("f")
        for each in (values, squares)
    )
    return [
        (mean, math.sqrt(max(0.0, square - mean * mean)))
        for mean, square in zip(means, means_of_squares, strict=True)
    ]


def count_tones(image: Image.Image) -> Tones:
    """Return the tones of all pixels of which at least half is visible."""
    mask = None
    if image.mode == "RGBA":
        mask = image.getchannel("A").point(
            [_MAX * (value > _MAX // 2) for value in range(_MAX + 1)]
        )
    colours = image.convert("RGB")
    channels = colours.split()
    spread = ImageChops.subtract(
        reduce(ImageChops.lighter, channels), reduce(ImageChops.darker, channels)
    )
    counts = colours.convert("L").histogram(mask)
    saturation = ImageStat.Stat(spread, mask).mean[0] / _MAX if any(counts) else 0.0
    return Tones(counts, saturation)
