"""Blurs the picture."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

from origin_lambda.image.layout import Layout
from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform

_UNITS: Final = 20_000
"""A `blur` of so much would be a sigma of the picture's longest side."""


@dataclass(frozen=True, slots=True)
class Blur:
    """Blur by a Gaussian of *sigma* pixels.

    After the resize, so that it works on few pixels and in those of the result. Before edges and
    padding are added, so that they stay crisp.
    """

    parameters: ClassVar[tuple[str, ...]] = ("blur",)

    sigma: float

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        sigma = sigma_for(transform, scene.layout)
        return cls(sigma) if sigma else None

    def apply(self, raster: R) -> R:
        return raster.blur(self.sigma)


def sigma_for(transform: Transform, layout: Layout) -> float:
    """Return the standard deviation in pixels: a share of the picture's longest side."""
    return transform.stylize.blur * max(layout.placement.scaled) / _UNITS


def spare_detail(transform: Transform, layout: Layout) -> float:
    """Return how many times fewer pixels a side than the result has are enough, at least 1.

    A picture with 1/sigma of the pixels a side holds waves of up to 1/(2 sigma) cycles a pixel. Of
    those a Gaussian leaves exp(-2 (pi sigma f)^2) = exp(-pi^2 / 2) = 0.7 %: what is finer is gone.
    """
    return max(1.0, sigma_for(transform, layout))
