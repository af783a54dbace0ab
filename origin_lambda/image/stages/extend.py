"""Adds padding, and the part of a box that the picture does not fill."""

from dataclasses import dataclass
from typing import ClassVar, Self

from origin_lambda.image.geometry import Size
from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform


@dataclass(frozen=True, slots=True)
class Extend:
    """Put the picture at *offset* in a transparent canvas of *size*.

    It follows the effects, so that the border of picture and padding stays sharp. It precedes the
    background, which fills everything transparent at once.
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
