"""Background colour and padding."""

from dataclasses import dataclass
from typing import Annotated

from origin_lambda.url import kinds
from origin_lambda.url.params.param import PIXELS, Group, Param
from origin_lambda.url.values import Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Background(Group):
    """The colour behind the picture, and the padding around it."""

    title = "Background and padding"
    is_rare = True

    colour: Annotated[
        Colour | None,
        Param(
            "bg",
            kinds.ColourCode(),
            "Colour behind transparent parts, padding and `fit=fill`. "
            "Without it: transparent where the format can, else white. Eight hex digits are "
            "AARRGGBB, four ARGB: alpha comes first, unlike in CSS.",
            hints=(("transparent", "leave bg out for a transparent background"),),
        ),
    ] = None
    pad: Annotated[
        int,
        Param(
            "pad",
            PIXELS,
            "Padding on every side. It counts as part of `w` and `h`.",
            needs="!pad-top|!pad-right|!pad-bottom|!pad-left",
        ),
    ] = 0
    pad_top: Annotated[
        int | None,
        Param("pad-top", PIXELS, "Padding above; overrides `pad`.", follows="pad"),
    ] = None
    pad_right: Annotated[
        int | None,
        Param("pad-right", PIXELS, "Padding on the right; overrides `pad`.", follows="pad"),
    ] = None
    pad_bottom: Annotated[
        int | None,
        Param("pad-bottom", PIXELS, "Padding below; overrides `pad`.", follows="pad"),
    ] = None
    pad_left: Annotated[
        int | None,
        Param("pad-left", PIXELS, "Padding on the left; overrides `pad`.", follows="pad"),
    ] = None
