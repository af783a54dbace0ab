"""Blurs the picture."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

from origin_lambda.image.layout import Layout
from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform

_UNITS: Final = 20_000
"""The value of `blur` for which sigma would be the longest side of the picture."""


@dataclass(frozen=True, slots=True)
class Blur:
    """Blur by a Gaussian of *sigma* pixels.

    It follows the resize, because the result has fewer pixels. It precedes edges and padding, so
    that these stay sharp.
    """

    parameters: ClassVar[tuple[str, ...]] = ("blur",)

    sigma: float

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        sigma = compute_sigma(transform, scene.layout)
        return cls(sigma) if sigma else None

    def apply(self, raster: R) -> R:
        return raster.blur(self.sigma)


def compute_sigma(transform: Transform, layout: Layout) -> float:
    """Return the standard deviation in pixels, a share of the picture's longest side."""
    return transform.stylize.blur * max(layout.placement.scaled) / _UNITS


def compute_undersampling(transform: Transform, layout: Layout) -> float:
    """Return the factor (1 or more) by which a blurred result can be rendered smaller.

    A picture that is scaled down by sigma can hold waves of up to f = 1/(2 sigma) cycles per pixel.
    The Gaussian would leave exp(-2 (pi sigma f)^2) = exp(-pi^2 / 2) = 0.7 % of these waves, and
    less of the finer ones that are lost.
    """
    return max(1.0, compute_sigma(transform, layout))
