"""Shows the picture in large square blocks."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform

_MIN_SIDE: Final = 2
"""A block of one pixel would change nothing."""


@dataclass(frozen=True, slots=True)
class Pixellate:
    """Replace each block of *side* x *side* pixels by its mean.

    It follows everything that sharpens or blurs, so that blocks have straight edges. It precedes
    padding and background, which are not divided into blocks.
    """

    parameters: ClassVar[tuple[str, ...]] = ("px",)

    side: int

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        side = transform.stylize.pixellate * transform.size.dpr
        return cls(max(_MIN_SIDE, round(side))) if side else None

    def apply(self, raster: R) -> R:
        return raster.pixellate(self.side)
