"""Effects on the picture."""

from dataclasses import dataclass
from typing import Annotated

from origin_lambda.url import kinds
from origin_lambda.url.params.param import Group, Param
from origin_lambda.url.values import Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Stylize(Group):
    """Effects on the resized picture, without its padding and background."""

    title = "Effects"
    is_rare = True

    blur: Annotated[
        int,
        Param(
            "blur",
            kinds.Whole(0, 2000),
            "Blur with a Gaussian whose standard deviation is `blur`/200 percent of the longest "
            "side of the result without padding: 200 is 1 %, 2000 is 10 %. The same value looks "
            "alike at every size and `dpr`. Padding stays sharp.",
        ),
    ] = 0
    pixellate: Annotated[
        int,
        Param(
            "px",
            kinds.Whole(0, 100),
            "Show the picture in square blocks of this many pixels, times `dpr`.",
        ),
    ] = 0
    halftone: Annotated[
        int,
        Param(
            "htn",
            kinds.Whole(0, 100),
            "Show the picture as printed dots, this many pixels apart, times `dpr`.",
        ),
    ] = 0
    sepia: Annotated[
        int,
        Param(
            "sepia",
            kinds.Whole(0, 100),
            "Show the picture in browns; this many percent of the effect of `sepia()` in CSS.",
        ),
    ] = 0
    duotone: Annotated[
        tuple[Colour, Colour] | None,
        Param(
            "duotone",
            kinds.ListOf((kinds.ColourCode(),) * 2, "two colours"),
            "Show the picture in the shades between two colours: the first replaces black, the "
            "second white, by luma (ITU-R BT.709).",
        ),
    ] = None
    duotone_alpha: Annotated[
        int,
        Param(
            "duotone-alpha",
            kinds.Whole(0, 100),
            "The strength of `duotone` in percent.",
            needs="duotone",
        ),
    ] = 100
    monochrome: Annotated[
        Colour | None,
        Param(
            "monochrome",
            kinds.ColourCode(),
            "Show the picture in shades of this colour: black stays black, white becomes the "
            "colour, by luma (ITU-R BT.709). The colour's alpha is the strength of the effect.",
            ("mono",),
        ),
    ] = None
