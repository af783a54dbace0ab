"""Draws a border over the edges."""

from dataclasses import dataclass
from typing import ClassVar, Self

from origin_lambda.image.outline import Outline
from origin_lambda.image.raster import R
from origin_lambda.image.stages.cut_shape import find_cut_colour, scale_radii
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Colour


@dataclass(frozen=True, slots=True)
class DrawBorder:
    """Draw a *colour* between two outlines, and cut off what is outside the *outer* one.

    What is cut off becomes transparent, or *behind* if that is a colour. It follows the background,
    which lies under the border, and precedes the mask, which also cuts the border.
    """

    parameters: ClassVar[tuple[str, ...]] = (
        "border",
        "border-top",
        "border-right",
        "border-bottom",
        "border-left",
        "border-radius",
        "border-radius-inner",
    )

    outer: Outline
    inner: Outline
    colour: Colour
    behind: Colour | None = None

    @classmethod
    def plan(cls, transform: Transform, scene: Scene) -> Self | None:
        shape = transform.shape
        if shape.border is None:
            return None
        width, height = scene.layout.placement.canvas
        dpr = transform.size.dpr
        top, right, bottom, left = (
            round((shape.border.size if size is None else size) * dpr)
            for size in (
                shape.border_top,
                shape.border_right,
                shape.border_bottom,
                shape.border_left,
            )
        )
        outer = Outline.rounded((0, 0, width, height), scale_radii(shape.border_radius, dpr))
        inner = Outline.rounded(
            (min(left, width), min(top, height), width - right, height - bottom),
            scale_radii(shape.border_radius_inner, dpr),
        )
        if outer.is_rectangle and not any((top, right, bottom, left)):
            return None
        return cls(outer, inner, shape.border.colour, find_cut_colour(transform, scene.ability))

    def apply(self, raster: R) -> R:
        drawn = raster.draw_border(self.outer, self.inner, self.colour)
        return drawn if self.outer.is_rectangle else drawn.cut(self.outer, self.behind)
