"""Colours and gradients that fill a canvas, as Pillow's pictures."""

import math
from collections.abc import Sequence
from typing import Final

from PIL import Image

from origin_lambda.image.filling import Gradient, Ramp, Rings
from origin_lambda.image.geometry import Size
from origin_lambda.url.values import Colour

_MAX: Final = 255

_DISC: Final = 128.0
"""The radius of the disc in Pillow's `radial_gradient`, in pixels. Its corners are 255."""

_AT_EDGE: Final = _MAX / math.sqrt(2)
"""The value of `radial_gradient` at the edge of the disc."""


def draw_filling(size: Size, filling: Colour | Gradient) -> Image.Image:
    """Return a canvas of one colour or with a gradient."""
    if isinstance(filling, Colour):
        is_opaque = filling.alpha == _MAX
        return Image.new(
            "RGB" if is_opaque else "RGBA", size, tuple(filling)[: 3 + (not is_opaque)]
        )
    shape = filling.shape
    if isinstance(shape, Ramp):
        return _paint(_draw_ramp(size, shape), filling.colours)
    farthest = max(shape.first, shape.second, 1.0)
    steps = (shape.compute_position(value / _AT_EDGE * farthest) for value in range(_MAX + 1))
    colours = [filling.colours[round(step * _MAX)] for step in steps]
    return _paint(_draw_rings(size, shape, farthest), colours)


def _draw_ramp(size: Size, ramp: Ramp) -> Image.Image:
    """Return the position of each pixel on a ramp, 0 to 255."""
    down = Image.linear_gradient("L")  # from 0 at the top to 255 at the bottom
    turn_down = None if ramp.y > 0 else Image.Transpose.FLIP_TOP_BOTTOM
    turn_across = Image.Transpose.ROTATE_90 if ramp.x > 0 else Image.Transpose.ROTATE_270
    across = down.transpose(turn_across).resize(size, Image.Resampling.BILINEAR)
    down = (down.transpose(turn_down) if turn_down else down).resize(
        size, Image.Resampling.BILINEAR
    )
    share_across = abs(ramp.x) / (abs(ramp.x) + abs(ramp.y))
    return Image.blend(down, across, share_across)


def _draw_rings(size: Size, rings: Rings, farthest: float) -> Image.Image:
    """Return the distance of each pixel from the centre: `_AT_EDGE` is *farthest* pixels."""
    scale = _DISC / farthest
    matrix = (scale, 0, _DISC - rings.x * scale, 0, scale, _DISC - rings.y * scale)
    return Image.radial_gradient("L").transform(
        size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR, fillcolor=_MAX
    )


def _paint(positions: Image.Image, colours: Sequence[Colour]) -> Image.Image:
    """Return the colour of each position."""
    bands = [positions.point(list(channel)) for channel in zip(*colours, strict=True)]
    if all(colour.alpha == _MAX for colour in colours):
        return Image.merge("RGB", bands[:3])
    return Image.merge("RGBA", bands)
