"""Crops and scales in one resampling."""

from dataclasses import dataclass
from typing import ClassVar, Self

from origin_lambda.image.geometry import Box, Size
from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform


@dataclass(frozen=True, slots=True)
class Resize:
    """Crop *box* out of the decoded pixels and scale it to *size*.

    It is the first stage, so that all others work on few pixels.
    """

    parameters: ClassVar[tuple[str, ...]] = ()

    box: Box
    size: Size

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        size = scene.layout.scaled
        is_whole = scene.box == Box(0, 0, *size)
        return None if is_whole and scene.decoded == size else cls(scene.box, size)

    def apply(self, raster: R) -> R:
        return raster.resize(self.box, self.size)
