"""Adjustments of tones and edges."""

from dataclasses import dataclass
from typing import Annotated, Final

from origin_lambda.url import kinds
from origin_lambda.url.params.param import Group, Param

_PERCENT: Final = kinds.Whole(-100, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust(Group):
    """Adjustments of the resized picture."""

    title = "Adjustments"
    is_rare = True

    exposure: Annotated[
        int,
        Param(
            "exp",
            _PERCENT,
            "Change the exposure: 20 is one stop more, which doubles the light; -20 is one stop "
            "less.",
        ),
    ] = 0
    gamma: Annotated[
        int,
        Param(
            "gam",
            _PERCENT,
            "Change the gamma: positive values lighten the middle tones, negative ones darken "
            "them. 50 halves the exponent, -50 doubles it.",
        ),
    ] = 0
    shadows: Annotated[
        int,
        Param(
            "shad",
            kinds.Whole(0, 100),
            "Lighten the shadows; light tones stay.",
        ),
    ] = 0
    highlights: Annotated[
        int,
        Param(
            "high",
            kinds.Whole(-100, 0),
            "Darken the highlights; dark tones stay.",
        ),
    ] = 0
    brightness: Annotated[
        int,
        Param(
            "bri",
            _PERCENT,
            "Add this many percent of white to each channel.",
        ),
    ] = 0
    contrast: Annotated[
        int,
        Param(
            "con",
            _PERCENT,
            "Change the contrast by this many percent: -100 is a flat grey.",
        ),
    ] = 0
    vibrance: Annotated[
        int,
        Param(
            "vib",
            _PERCENT,
            "Change the saturation by this many percent, the less the more saturated a colour is.",
        ),
    ] = 0
    hue: Annotated[
        int,
        Param(
            "hue",
            kinds.Whole(0, 360),
            "Rotate the hues by this many degrees, and keep the luma, as `hue-rotate()` does in "
            "CSS.",
        ),
    ] = 0
    saturation: Annotated[
        int,
        Param(
            "sat",
            _PERCENT,
            "Change the saturation by this many percent: -100 is grey, 100 doubles it.",
        ),
    ] = 0
    invert: Annotated[
        bool,
        Param(
            "invert",
            kinds.Flag(),
            "Invert the colours.",
            ("inv",),
        ),
    ] = False
    noise_bound: Annotated[
        int | None,
        Param(
            "nr",
            _PERCENT,
            "Reduce noise: the larger, the larger the differences of neighbouring pixels that are "
            "smoothed. 0 and less do nothing. 20 if only `nrs` is given.",
        ),
    ] = None
    noise_sharpness: Annotated[
        int | None,
        Param(
            "nrs",
            _PERCENT,
            "Sharpen by this many percent after the noise was reduced. 0 and less do nothing. 20 "
            "if only `nr` is given.",
        ),
    ] = None
    sharp: Annotated[
        int,
        Param(
            "sharp",
            kinds.Whole(0, 100),
            "Sharpen by this many percent: each pixel moves away from the mean of its neighbours "
            "by that share of their difference. Applied after `blur`, and not to padding.",
        ),
    ] = 0
    unsharp_mask: Annotated[
        int,
        Param(
            "usm",
            _PERCENT,
            "Sharpen by an unsharp mask of this many percent; negative values soften.",
        ),
    ] = 0
    unsharp_radius: Annotated[
        float,
        Param(
            "usmrad",
            kinds.Decimal(0, 500, 1),
            "The radius of the unsharp mask: the standard deviation of its Gaussian in pixels, "
            "times `dpr`.",
            needs="usm",
        ),
    ] = 2.5
