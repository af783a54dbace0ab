"""Draws a checkerboard behind transparent parts."""

from dataclasses import dataclass
from typing import ClassVar, Self

from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Colour


@dataclass(frozen=True, slots=True)
class DrawGrid:
    """Composite the picture over squares of two *colours*, *side* pixels wide.

    It is the last stage, so that it shows all that is transparent.
    """

    parameters: ClassVar[tuple[str, ...]] = ("transparency", "grid-colors", "grid-size")

    side: int
    colours: tuple[Colour, Colour]

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        shape = transform.shape
        if shape.transparency is None:
            return None
        return cls(max(1, round(shape.grid_size * transform.size.dpr)), shape.grid_colours)

    def apply(self, raster: R) -> R:
        return raster.draw_grid(self.side, self.colours)
