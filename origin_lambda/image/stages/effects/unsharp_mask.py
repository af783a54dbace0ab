"""Sharpens the picture by an unsharp mask."""

from dataclasses import dataclass
from typing import ClassVar, Self

from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform


@dataclass(frozen=True, slots=True)
class UnsharpMask:
    """Add *amount* times the difference from a Gaussian blur of *sigma* pixels.

    A negative amount softens; -1 is the blur. Its place is that of `Sharpen`.
    """

    parameters: ClassVar[tuple[str, ...]] = ("usm", "usmrad")

    sigma: float
    amount: float

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        sigma = transform.adjust.unsharp_radius * transform.size.dpr
        amount = transform.adjust.unsharp_mask / 100
        return cls(sigma, amount) if sigma and amount else None

    def apply(self, raster: R) -> R:
        return raster.apply_unsharp_mask(self.sigma, self.amount)
