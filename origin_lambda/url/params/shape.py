"""Borders, masks and the grid behind transparent parts."""

from dataclasses import dataclass
from typing import Annotated, Final

from origin_lambda.url import kinds
from origin_lambda.url.params.param import MAX_SIDE, Group, Param
from origin_lambda.url.values import TRANSPARENT, Border, Colour, MaskShape, Transparency

_SIZE: Final = kinds.Whole(0, 100)
_RADII: Final = kinds.ListOf((kinds.Whole(0, MAX_SIDE),) * 4, "pixels", repeats=True)
_CORNERS: Final = "one for all corners, or four: upper left, upper right, lower right, lower left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape(Group):
    """The outline of the result, on top of picture, padding and background."""

    title = "Borders and masks"
    is_rare = True

    border: Annotated[
        Border | None,
        Param(
            "border",
            kinds.ListOf((_SIZE, kinds.ColourCode()), "a size in pixels and a colour", Border),
            "Draw a border over the edges of the result: its size, times `dpr`, and its colour. "
            "With `pad` of the same size it does not cover the picture.",
        ),
    ] = None
    border_top: Annotated[
        int | None,
        Param("border-top", _SIZE, "Size of the border above.", needs="border"),
    ] = None
    border_right: Annotated[
        int | None,
        Param("border-right", _SIZE, "Size of the border on the right.", needs="border"),
    ] = None
    border_bottom: Annotated[
        int | None,
        Param("border-bottom", _SIZE, "Size of the border below.", needs="border"),
    ] = None
    border_left: Annotated[
        int | None,
        Param("border-left", _SIZE, "Size of the border on the left.", needs="border"),
    ] = None
    border_radius: Annotated[
        tuple[int, int, int, int] | None,
        Param(
            "border-radius",
            _RADII,
            f"Outer radius of the border in pixels, times `dpr`: {_CORNERS}. What is outside is "
            "transparent where the format can, else white.",
            needs="border",
        ),
    ] = None
    border_radius_inner: Annotated[
        tuple[int, int, int, int] | None,
        Param(
            "border-radius-inner",
            _RADII,
            f"Inner radius of the border in pixels, times `dpr`: {_CORNERS}.",
            needs="border",
        ),
    ] = None
    stroke_size: Annotated[
        int,
        Param(
            "border-stroke-size",
            _SIZE,
            "Draw lines of this size along both edges of the border, on top of it: pixels, times "
            "`dpr`.",
            needs="border border-stroke-color",
        ),
    ] = 0
    stroke_colour: Annotated[
        Colour,
        Param(
            "border-stroke-color",
            kinds.ColourCode(),
            "Colour of the lines along the border.",
            needs="border-stroke-size",
        ),
    ] = TRANSPARENT
    mask: Annotated[
        MaskShape | None,
        Param(
            "mask",
            kinds.OneOf(tuple(MaskShape)),
            "Cut the result: `ellipse` keeps the largest ellipse, `corners` rounds the corners. "
            "What is outside is transparent where the format can, else white.",
        ),
    ] = None
    corner_radius: Annotated[
        tuple[int, int, int, int] | None,
        Param(
            "corner-radius",
            _RADII,
            f"Radius of `mask=corners` in pixels, times `dpr`: {_CORNERS}. Without it: a fifth of "
            "the shorter side.",
            needs="mask=corners",
        ),
    ] = None
    mask_colour: Annotated[
        Colour | None,
        Param(
            "mask-bg",
            kinds.ColourCode(),
            "Colour of what the mask cuts off.",
            ("maskbg",),
            needs="mask",
        ),
    ] = None
    transparency: Annotated[
        Transparency | None,
        Param(
            "transparency",
            kinds.OneOf(tuple(Transparency)),
            "`grid` draws a checkerboard behind transparent parts.",
        ),
    ] = None
    grid_colours: Annotated[
        tuple[Colour, Colour],
        Param(
            "grid-colors",
            kinds.ListOf((kinds.ColourCode(),) * 2, "two colours"),
            "The colours of the checkerboard.",
            needs="transparency",
        ),
    ] = (Colour(0xD0, 0xD7, 0xDD), Colour(0xFF, 0xFF, 0xFF))
    grid_size: Annotated[
        int,
        Param(
            "grid-size",
            kinds.Whole(0, MAX_SIDE),
            "Side of the squares of the checkerboard in pixels, times `dpr`; 0 counts as 1.",
            needs="transparency",
        ),
    ] = 4
