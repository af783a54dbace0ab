"""Rotates by angles that are no quarter turns."""

from dataclasses import dataclass
from typing import ClassVar, Self

from origin_lambda.image.layout import Tilt
from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform


@dataclass(frozen=True, slots=True)
class Rotate:
    """Rotate by what quarter turns leave of `rot`.

    After the resize, since an affine map samples single pixels and does not average. Before the
    adjustments, so that they see no pixel that is cropped away.
    """

    parameters: ClassVar[tuple[str, ...]] = ()

    tilt: Tilt

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        return cls(scene.layout.tilt) if scene.layout.tilt else None

    def apply(self, raster: R) -> R:
        tilt = self.tilt
        return raster.transform_affine(tilt.matrix, tilt.size, has_gaps=tilt.has_gaps)
