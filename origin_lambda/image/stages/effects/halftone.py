"""Shows the picture as printed dots."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform

_MIN_DISTANCE: Final = 2.0
"""Closer dots would be smaller than a pixel."""


@dataclass(frozen=True, slots=True)
class Halftone:
    """Print the picture in dots *distance* pixels apart: a screen for each of its channels.

    Its place is that of `Pixellate`: nothing softens the dots.
    """

    parameters: ClassVar[tuple[str, ...]] = ("htn",)

    distance: float

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        distance = transform.stylize.halftone * transform.size.dpr
        return cls(max(_MIN_DISTANCE, distance)) if distance else None

    def apply(self, raster: R) -> R:
        return raster.print_dots(self.distance)
