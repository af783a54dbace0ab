"""Puts the background behind the picture."""

from dataclasses import dataclass
from typing import ClassVar, Self

from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.image.transparency import composite
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import WHITE, Colour


@dataclass(frozen=True, slots=True)
class Flatten:
    """Composite the picture over a background *colour*.

    It follows all that can leave pixels transparent, except for borders, masks and the grid, which
    lie on top of the background.
    """

    parameters: ClassVar[tuple[str, ...]] = ("bg",)

    colour: Colour

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        if not scene.is_transparent:
            return None
        colour = transform.background.colour
        if scene.ability.alpha or transform.shape.transparency:
            return cls(colour) if colour else None
        return cls(composite(colour, WHITE) if colour else WHITE)

    def apply(self, raster: R) -> R:
        return raster.flatten(self.colour)
