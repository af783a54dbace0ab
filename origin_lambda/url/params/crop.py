"""Cropping and the focal point."""

from dataclasses import dataclass
from typing import Annotated, Final

from origin_lambda.url import kinds
from origin_lambda.url.params.param import Group, Param
from origin_lambda.url.values import Crop, Rect

_UNIT: Final = kinds.Decimal(0, 1, 4)
_CROP: Final = kinds.SetOf(
    tuple(Crop),
    kept=tuple(Crop),
    others=tuple((word, Crop.FOCALPOINT) for word in ("entropy", "edges", "faces")),
)
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
            "The part of the picture that `fit=crop` keeps. Sides combine; opposite sides cancel "
            "out. `focalpoint` keeps the focal point in view: `fp-x` and `fp-y`, or else the point "
            "that the original's owner set, or else the most salient point by colours and edges. "
            "Before an original is ingested, the sides count, or else the middle. `entropy`, "
            "`edges` and `faces` mean `focalpoint`: no faces are detected.",
            needs="fit=crop,min",
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
