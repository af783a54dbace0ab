"""Converts the picture to sRGB."""

from dataclasses import dataclass
from typing import ClassVar, Self

from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform


@dataclass(frozen=True, slots=True)
class ToSrgb:
    """Convert to sRGB, through the embedded profile if there is one.

    It follows the resize, since a conversion takes time for each pixel. It precedes every stage
    that uses a colour, since colours in URLs are sRGB. It is always planned, because a header's
    facts do not include the profile; the raster knows whether there is anything to convert.
    """

    parameters: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        return cls()

    def apply(self, raster: R) -> R:
        return raster.to_srgb()
