"""The border to remove before everything else."""

from dataclasses import dataclass
from typing import Annotated, Final

from origin_lambda.url import kinds
from origin_lambda.url.params.param import Group, Param
from origin_lambda.url.values import Colour, TrimMode

_LEVELS: Final = kinds.Decimal(0, 255, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trim(Group):
    """The border of the original, or of its `rect`, to remove before anything else is done."""

    title = "Trim"
    is_rare = True
    lead = "trim"

    mode: Annotated[
        TrimMode | None,
        Param(
            "trim",
            kinds.OneOf(tuple(TrimMode)),
            "Remove a border of the original, or of its `rect`. `auto`: lines at the edges that "
            "are even and alike. `color`: transparent parts, then one colour. `alpha`: transparent "
            "parts. `colorunlessalpha`: transparent parts if the original has alpha, else one "
            "colour. The border is looked for in at most 1024 x 1024 pixels. A picture that is "
            "all border stays as it is.",
            hints=(("true", "did you mean trim=auto?"), ("1", "did you mean trim=auto?")),
        ),
    ] = None
    colour: Annotated[
        Colour | None,
        Param(
            "trim-color",
            kinds.ColourCode(),
            "Colour of the border. Without it: that of the upper left pixel.",
            ("trimcolor",),
            needs="trim=color,colorunlessalpha",
        ),
    ] = None
    tolerance: Annotated[
        float,
        Param(
            "trim-tol",
            _LEVELS,
            "How far each channel of a border pixel can be from the colour, or its alpha from "
            "`trim-alpha`, of 255. At least 8 counts for colours of a JPEG.",
            ("trimtol",),
            needs="trim=color,alpha,colorunlessalpha",
        ),
    ] = 0.0
    alpha: Annotated[
        float,
        Param(
            "trim-alpha",
            _LEVELS,
            "Largest alpha of a border pixel, of 255.",
            needs="trim=alpha",
        ),
    ] = 0.0
    mean_difference: Annotated[
        float,
        Param(
            "trim-md",
            _LEVELS,
            "How far the mean of a border line can be from that of the outermost line, of 255.",
            ("trimmd",),
            needs="trim=auto",
        ),
    ] = 11.0
    deviation: Annotated[
        float,
        Param(
            "trim-sd",
            _LEVELS,
            "Largest standard deviation of the pixels in a border line, of 255.",
            ("trimsd",),
            needs="trim=auto",
        ),
    ] = 10.0
    padding: Annotated[
        int,
        Param(
            "trim-pad",
            kinds.Whole(-200, 200),
            "Keep this many pixels of the border on each side, or remove so many more if negative: "
            "pixels of the original.",
            ("trimpad",),
        ),
    ] = 0
