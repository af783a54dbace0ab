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
