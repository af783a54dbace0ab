"""Faces: which of them to show, and how to hide them."""

from dataclasses import dataclass
from typing import Annotated

from origin_lambda.url import kinds
from origin_lambda.url.params.param import Group, Param


@dataclass(frozen=True, slots=True, kw_only=True)
class Faces(Group):
    """The faces that ingest found, or that the original's owner set."""

    title = "Faces"
    is_rare = True

    padding: Annotated[
        float,
        Param(
            "facepad",
            kinds.Decimal(1, 10, 2),
            "How many times as large as each face the area of `fit=facearea` is, in width and "
            "height, as far as the picture reaches.",
            needs="fit=facearea",
        ),
    ] = 1.0
    index: Annotated[
        int | None,
        Param(
            "faceindex",
            kinds.Whole(1, 100),
            "The only face to keep in view with `fit=facearea` or `crop=faces`. Faces have the "
            "numbers of `fm=json&faces=1`: 1 is the largest and most certain one. A number that "
            "no face has means all faces.",
            needs="fit=facearea|crop=faces",
        ),
    ] = None
    blur: Annotated[
        int,
        Param(
            "face-blur",
            kinds.Whole(0, 100),
            "Blur each face with a Gaussian whose standard deviation is a quarter of this many "
            "percent of the face's longest side: 100 is 25 %.",
        ),
    ] = 0
    pixellate: Annotated[
        int,
        Param(
            "face-pixel",
            kinds.Whole(0, 100),
            "Show each face in square blocks of this many pixels, times `dpr`.",
            ("face-pixelate",),
        ),
    ] = 0
