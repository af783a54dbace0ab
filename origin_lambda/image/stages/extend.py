"""Adds padding, and the empty part of a box that the picture does not fill."""

from dataclasses import dataclass
from typing import ClassVar, Self

from origin_lambda.image.geometry import Size
from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform


@dataclass(frozen=True, slots=True)
class Extend:
    """Put the picture at *offset* in a transparent canvas of *size*.

    After the effects, so that the border of picture and padding stays crisp. Before the
    background, which fills all that is transparent at once.
    """

    parameters: ClassVar[tuple[str, ...]] = ("pad",)

    size: Size
    offset: tuple[int, int]

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        placement = scene.layout.placement
        return cls(placement.canvas, placement.offset) if placement.has_gaps else None

    def apply(self, raster: R) -> R:
        return raster.extend(self.size, self.offset)
