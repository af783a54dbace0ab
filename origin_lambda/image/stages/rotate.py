"""Rotates by angles that are not quarter turns."""

from dataclasses import dataclass
from typing import ClassVar, Self

from origin_lambda.image.layout import ObliqueRotation
from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform


@dataclass(frozen=True, slots=True)
class Rotate:
    """Rotate by the rest of `rot` after its quarter turns.

    It follows the resize, since an affine map samples single pixels and does not average. It
    precedes the adjustments, so that they process no pixels that are cropped.
    """

    parameters: ClassVar[tuple[str, ...]] = ()

    rotation: ObliqueRotation

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        return cls(scene.layout.rotation) if scene.layout.rotation else None

    def apply(self, raster: R) -> R:
        rotation = self.rotation
        return raster.transform_affine(rotation.matrix, rotation.size, has_gaps=rotation.has_gaps)
