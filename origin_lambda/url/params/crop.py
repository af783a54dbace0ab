"""Which part of the original is shown."""

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
    """The part of the original that is used, and what stays in view when `fit` cuts more away."""

    title = "Cropping"

    rect: Annotated[
        Rect | None,
        Param(
            "rect",
            kinds.Region(),
            "The part of the original to work on, before all else.",
            is_rare=True,
        ),
    ] = None
    crop: Annotated[
        frozenset[Crop],
        Param(
            "crop",
            _CROP,
            "Which part stays when `fit=crop` cuts. Sides combine; opposite sides cancel out. "
            "`focalpoint` keeps the point of `fp-x` and `fp-y` in view, else the one that the "
            "original's owner set, else the one that stands out by its colours and edges; until "
            "that is known the sides, else the middle. `entropy`, `edges` and `faces` are other "
            "words for it: no faces are detected.",
            needs="fit=crop,min",
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
            "Focal point from the left, for `crop=focalpoint`; the middle if only `fp-y` is given.",
            needs=f"{_FOCAL} !fp-x=0.5|!fp-y",
            is_rare=True,
        ),
    ] = None
    focal_y: Annotated[
        float | None,
        Param(
            "fp-y",
            _UNIT,
            "Focal point from the top, for `crop=focalpoint`; the middle if only `fp-x` is given.",
            needs=f"{_FOCAL} !fp-y=0.5|!fp-x",
            is_rare=True,
        ),
    ] = None
    focal_zoom: Annotated[
        float,
        Param(
            "fp-z",
            kinds.Decimal(1, 100, 2),
            "How far to zoom in on the focal point.",
            needs=_FOCAL,
            is_rare=True,
        ),
    ] = 1.0
