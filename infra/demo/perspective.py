"""The street's perspective, with one vanishing point; lengths are metres."""

import math
from typing import Final

from PIL import Image

from infra.demo.paint import Point, Size

SIZE: Final[Size] = (1600, 2400)
VANISHING: Final = (820, 1440)
FOCAL: Final = 1150
EYE_LEVEL: Final = 3.2
HALF_WIDTH: Final = 8.5


def spot(x: float, y: float, depth: float) -> Point:
    """Project a point *x* to the right of the road's middle, *y* above it."""
    return VANISHING[0] + FOCAL * x / depth, VANISHING[1] - FOCAL * (y - EYE_LEVEL) / depth


def strip(left: float, right: float, near: float, far: float) -> list[Point]:
    """Project the corners of a strip of the road."""
    corners = (left, near), (left, far), (right, far), (right, near)
    return [spot(x, 0, depth) for x, depth in corners]


def dusky(image: Image.Image, depth: float) -> Image.Image:
    """Lose colours in the dusk as far as they are at *depth*."""
    haze = Image.new("RGB", image.size, (226, 140, 110))
    return Image.blend(image, haze, 0.75 * (1 - math.exp(-depth / 150)))
