"""Blends the picture with a colour."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import BlendMode, Colour

_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class BlendColour:
    """Mix a *colour* with every pixel. It precedes the layers: they keep their own colours."""

    parameters: ClassVar[tuple[str, ...]] = ("blend-color",)

    colour: Colour
    mode: BlendMode

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        blend = transform.blend
        if blend.colour is None:
            return None
        alpha = round(blend.colour.alpha * blend.alpha / _PERCENT)
        return cls(blend.colour._replace(alpha=alpha), blend.mode) if alpha else None

    def apply(self, raster: R) -> R:
        return raster.blend_colour(self.colour, self.mode)
