"""Sharpens the picture."""

from dataclasses import dataclass
from typing import ClassVar, Self

from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform


@dataclass(frozen=True, slots=True)
class Sharpen:
    """Sharpen by an *amount*: 1 doubles the difference of each pixel from its neighbours' mean.

    It follows the resize, which softens, and the blur, so that it sharpens the result. It precedes
    edges, padding and background, which would get a halo.
    """

    parameters: ClassVar[tuple[str, ...]] = ("sharp",)

    amount: float

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        percent = transform.adjust.sharp
        return cls(percent / 100) if percent else None

    def apply(self, raster: R) -> R:
        return raster.sharpen(self.amount)
