"""Fills the box of `fit=clamp` with the picture's own edges."""

from dataclasses import dataclass
from typing import ClassVar, Self

from origin_lambda.image.geometry import Size
from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Fit


@dataclass(frozen=True, slots=True)
class ExtendEdges:
    """Repeat the edge pixels outwards: the picture lies at *offset* in *size*.

    It follows the effects, so that the repeated pixels look like the edge. It precedes the padding,
    which goes around it.
    """

    parameters: ClassVar[tuple[str, ...]] = ()

    size: Size
    offset: tuple[int, int]

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        placement = scene.layout.placement
        if not placement.has_filling or transform.size.fit is not Fit.CLAMP:
            return None
        return cls(placement.box, placement.spare)

    def apply(self, raster: R) -> R:
        return raster.extend_edges(self.size, self.offset)
