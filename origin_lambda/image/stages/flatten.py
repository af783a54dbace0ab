"""Puts the background behind the picture."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import WHITE, Colour

_OPAQUE: Final = 255


@dataclass(frozen=True, slots=True)
class Flatten:
    """Composite the picture over a background *colour*.

    Last, so that no stage after it leaves anything transparent.
    """

    parameters: ClassVar[tuple[str, ...]] = ("bg",)

    colour: Colour

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        if not scene.is_transparent:
            return None
        asked = transform.background.colour
        if scene.ability.alpha:
            return cls(asked) if asked else None
        return cls(_over(asked, WHITE) if asked else WHITE)

    def apply(self, raster: R) -> R:
        return raster.flatten(self.colour)


def keeps_alpha(transform: Transform) -> bool:
    """Return whether what is transparent may stay so, if the format has alpha."""
    asked = transform.background.colour
    return not (asked and asked.alpha == _OPAQUE)


def _over(upper: Colour, lower: Colour) -> Colour:
    red, green, blue = (
        round((above * upper.alpha + below * (_OPAQUE - upper.alpha)) / _OPAQUE)
        for above, below in zip(upper[:3], lower[:3], strict=True)
    )
    return Colour(red, green, blue)
