"""Fills the box of `fit=fill` and `fit=fillmax` beside the picture."""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final, Self

from origin_lambda.image.colour.mixing import mix
from origin_lambda.image.filling import BlurredCopy, Filling, Gradient, Ramp, Rings
from origin_lambda.image.geometry import Size
from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.params.fill import Fill
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import (
    Colour,
    ColourSpace,
    FillMode,
    Fit,
    GradientShape,
    Length,
    Share,
    Side,
)

_LAST: Final = 255

_BLUR_DIVISOR: Final = 20
"""The blur's sigma is the box's shorter side divided by this: imgix's default for videos."""

_GREYS: Final = (Colour(0x33, 0x33, 0x33), Colour(0xCC, 0xCC, 0xCC))
"""The colours of a gradient if neither the URL nor the original gives any."""


@dataclass(frozen=True, slots=True)
class FillBox:
    """Put the picture at *offset* in a canvas of *size*, with a *filling* around it.

    It follows the effects, so that a blurred copy shows them too. It precedes the padding, which
    goes around it.
    """

    parameters: ClassVar[tuple[str, ...]] = (
        "fill",
        "fill-color",
        "fill-gradient-type",
        "fill-gradient-cs",
        "fill-gradient-linear",
        "fill-gradient-linear-direction",
        "fill-gradient-radial",
        "fill-gradient-radial-radius",
        "fill-gradient-radial-x",
        "fill-gradient-radial-y",
    )

    size: Size
    offset: tuple[int, int]
    filling: Filling

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        placement = scene.layout.placement
        if not placement.has_filling or transform.size.fit is Fit.CLAMP:
            return None
        filling = _plan_filling(transform.fill, placement.box, transform.size.dpr)
        return cls(placement.box, placement.spare, filling)

    def apply(self, raster: R) -> R:
        return raster.extend_with(self.size, self.offset, self.filling)


def _plan_filling(fill: Fill, box: Size, dpr: float) -> Filling:
    if fill.mode is FillMode.SOLID:
        return fill.colour
    if fill.mode is FillMode.BLUR:
        return BlurredCopy(min(box) / _BLUR_DIVISOR)
    is_linear = fill.gradient is GradientShape.LINEAR
    colours = fill.gradient_colours or _GREYS
    shape = _plan_ramp(fill.linear_direction) if is_linear else _plan_rings(fill, box, dpr)
    return Gradient(_mix_steps(*colours, fill.colour_space), shape)


@lru_cache(maxsize=16)
def _mix_steps(first: Colour, last: Colour, space: ColourSpace) -> tuple[Colour, ...]:
    """Return 256 colours from the *first* to the *last*."""
    return tuple(mix(first, last, step / _LAST, space) for step in range(_LAST + 1))


def _plan_ramp(sides: frozenset[Side]) -> Ramp:
    x = (Side.RIGHT in sides) - (Side.LEFT in sides)
    y = (Side.BOTTOM in sides) - (Side.TOP in sides)
    return Ramp(x, y) if x or y else Ramp(0, 1)


def _plan_rings(fill: Fill, box: Size, dpr: float) -> Rings:
    first, second = (_to_pixels(radius, min(box), dpr) for radius in fill.radial_radii)
    x = _to_pixels(fill.radial_x, box.width, dpr)
    y = _to_pixels(fill.radial_y, box.height, dpr)
    return Rings(x, y, first, second)


def _to_pixels(length: Length, side: float, dpr: float) -> float:
    return length.of(side) if isinstance(length, Share) else length * dpr
