"""Draws a border over the edges."""

from dataclasses import dataclass
from typing import ClassVar, Self

from origin_lambda.image.outline import Outline
from origin_lambda.image.raster import R
from origin_lambda.image.stages.shapes.cut_shape import find_cut_colour, scale_radii
from origin_lambda.image.stages.stage import Scene
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Border, Colour


@dataclass(frozen=True, slots=True)
class DrawBorder:
    """Draw a *colour* between two outlines, and cut off what is outside the *outer* one.

    A *stroke* is drawn over it along both outlines. What is cut off becomes transparent, or
    *behind* if that is a colour. It follows the background, which lies under the border, and
    precedes the mask, which also cuts the border.
    """

    parameters: ClassVar[tuple[str, ...]] = (
        "border",
        "border-top",
        "border-right",
        "border-bottom",
        "border-left",
        "border-radius",
        "border-radius-inner",
        "border-stroke-size",
        "border-stroke-color",
    )

    outer: Outline
    inner: Outline
    colour: Colour
    behind: Colour | None = None
    stroke: Border | None = None

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
        behind = find_cut_colour(transform, scene.ability)
        stroke_size = round(shape.stroke_size * dpr)
        has_stroke = stroke_size and shape.stroke_colour.alpha
        stroke = Border(stroke_size, shape.stroke_colour) if has_stroke else None
        return cls(outer, inner, shape.border.colour, behind, stroke)

    def apply(self, raster: R) -> R:
        drawn = raster.draw_border(self.outer, self.inner, self.colour)
        if self.stroke:
            size, colour = self.stroke
            middle = self.outer.shrink(size), self.inner.shrink(-size)
            drawn = drawn.draw_border(self.outer, self.inner, colour, except_between=middle)
        return drawn if self.outer.is_rectangle else drawn.cut(self.outer, self.behind)
