"""Cropping and the focal point."""

from dataclasses import dataclass
from typing import Annotated, Final

from origin_lambda.url import kinds
from origin_lambda.url.params.param import Group, Param
from origin_lambda.url.values import Crop, Rect

_UNIT: Final = kinds.Decimal(0, 1, 4)
_CROP: Final = kinds.SetOf(tuple(Crop), kept=tuple(Crop))
_MIDDLE: Final = ("center", "centre", "middle")
_SALIENT: Final = ("smart", "auto", "attention", "focal")
_FOCAL: Final = "crop=focalpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cropping(Group):
    """The part of the original to use, and the part that `fit=crop` keeps."""

    title = "Cropping"

    rect: Annotated[
        Rect | None,
        Param(
            "rect",
            kinds.Region(),
            "Use only this rectangle of the original.",
            is_rare=True,
        ),
    ] = None
    crop: Annotated[
        frozenset[Crop],
        Param(
            "crop",
            _CROP,
            "The part of the picture that `fit=crop` keeps. Values combine: the first of `faces`, "
            "`focalpoint`, `entropy` and `edges` that finds something wins, in this order. Else "
            "the sides count, or else the middle; opposite sides cancel out. `faces` keeps as many "
            "whole faces as possible, large and certain ones first. `focalpoint` keeps the focal "
            "point in view: `fp-x` and `fp-y`, or else the point that the original's owner set, "
            "or else the most salient point by colours and edges. `entropy` looks for busy parts, "
            "`edges` for outlines. Before an original is ingested, only `fp-x`, `fp-y` and the "
            "sides are known.",
            needs="fit=crop,min,facearea",
            is_rare=True,
            hints=(
                *((word, "leave crop out to keep the middle") for word in _MIDDLE),
                *((word, "did you mean crop=focalpoint?") for word in _SALIENT),
                ("face", "did you mean crop=faces?"),
            ),
        ),
    ] = frozenset()
    focal_x: Annotated[
        float | None,
        Param(
            "fp-x",
            _UNIT,
            "Focal point from the left, 0 to 1, for `crop=focalpoint`; 0.5 if only `fp-y` is set.",
            needs=f"{_FOCAL} !fp-x=0.5|!fp-y",
            is_rare=True,
        ),
    ] = None
    focal_y: Annotated[
        float | None,
        Param(
            "fp-y",
            _UNIT,
            "Focal point from the top, 0 to 1, for `crop=focalpoint`; 0.5 if only `fp-x` is set.",
            needs=f"{_FOCAL} !fp-y=0.5|!fp-x",
            is_rare=True,
        ),
    ] = None
    focal_zoom: Annotated[
        float,
        Param(
            "fp-z",
            kinds.Decimal(1, 100, 2),
            "Zoom in on the focal point by this factor.",
            needs=_FOCAL,
            is_rare=True,
        ),
    ] = 1.0
    shows_marks: Annotated[
        bool,
        Param(
            "fp-debug",
            kinds.Flag(),
            "Draw a cross at the point that decided the crop, and a frame around each face. No "
            "effect if `crop` names sides alone.",
            needs="fit=crop,min,facearea fit=facearea|crop=faces,focalpoint,entropy,edges",
            is_rare=True,
        ),
    ] = False
