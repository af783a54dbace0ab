"""Cuts the result to a shape."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

from origin_lambda.image.formats import Ability
from origin_lambda.image.outline import Outline
from origin_lambda.image.raster import R
from origin_lambda.image.stages.stage import Scene
from origin_lambda.image.transparency import composite
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import WHITE, Colour, MaskShape

Radii = tuple[float, float, float, float]

_SQUARE: Final = (0, 0, 0, 0)
_DEFAULT_RADIUS: Final = 0.2
"""imgix's default radius of corners, as a share of the shorter side."""


@dataclass(frozen=True, slots=True)
class CutShape:
    """Keep what is inside an *outline*; the rest becomes transparent, or *behind*.

    It follows the background and the border, so that it cuts them too.
    """

    parameters: ClassVar[tuple[str, ...]] = ("mask", "corner-radius", "mask-bg")

    outline: Outline
    behind: Colour | None = None

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        shape, canvas = transform.shape, scene.layout.placement.canvas
        if shape.mask is None:
            return None
        if shape.mask is MaskShape.ELLIPSE:
            outline = Outline.ellipse(canvas)
        else:
            fifth = _DEFAULT_RADIUS * min(canvas)
            radii = (fifth, fifth, fifth, fifth)
            if shape.corner_radius is not None:
                radii = scale_radii(shape.corner_radius, transform.size.dpr)
            outline = Outline.rounded((0, 0, *canvas), radii)
        behind = find_cut_colour(transform, scene.ability)
        if shape.mask_colour is not None:
            behind = composite(shape.mask_colour, behind) if behind else shape.mask_colour
        return None if outline.is_rectangle else cls(outline, behind)

    def apply(self, raster: R) -> R:
        return raster.cut(self.outline, self.behind)


def find_cut_colour(transform: Transform, ability: Ability) -> Colour | None:
    """Return white for a format without alpha, unless a grid follows."""
    return None if ability.alpha or transform.shape.transparency else WHITE


def scale_radii(radii: tuple[int, int, int, int] | None, dpr: float) -> Radii:
    """Return radii in pixels of the result; square corners if there are none."""
    first, second, third, fourth = radii or _SQUARE
    return first * dpr, second * dpr, third * dpr, fourth * dpr
