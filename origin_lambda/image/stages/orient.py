"""Turns the picture into the viewer's axes."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform

_UPRIGHT: Final = 1


@dataclass(frozen=True, slots=True)
class Orient:
    """Apply EXIF's orientation or `orient`, `flip` and quarter turns of `rot` in one transpose.

    *orientation* is the EXIF value whose correction equals all of these together.

    It follows the resize, whose box is in stored axes: a transpose of fewer pixels is cheaper. It
    precedes every stage that distinguishes left from right.
    """

    parameters: ClassVar[tuple[str, ...]] = ()

    orientation: int

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        orientation = scene.layout.upright.exif
        return None if orientation == _UPRIGHT else cls(orientation)

    def apply(self, raster: R) -> R:
        return raster.transpose(self.orientation)
