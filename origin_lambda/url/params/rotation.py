"""Orientation, mirroring and rotation."""

from dataclasses import dataclass
from typing import Annotated

from origin_lambda.url import kinds
from origin_lambda.url.params.param import Group, Param
from origin_lambda.url.values import Flip, RotationType


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation(Group):
    """Orientation, mirroring and rotation, applied before the resize."""

    title = "Rotation"
    is_rare = True

    orient: Annotated[
        int | None,
        Param(
            "orient",
            kinds.Orientation(),
            "EXIF orientation to use instead of the original's own. 90, "
            "180 and 270 rotate clockwise; 0 leaves the pixels as stored.",
            ("or",),
        ),
    ] = None
    flip: Annotated[
        Flip | None,
        Param(
            "flip",
            kinds.OneOf(tuple(Flip)),
            "Mirror sideways (h), upside down (v) or both, before `rot`.",
            hints=(
                ("horizontal", "did you mean flip=h?"),
                ("vertical", "did you mean flip=v?"),
                ("both", "did you mean flip=hv?"),
            ),
        ),
    ] = None
    angle: Annotated[
        float,
        Param(
            "rot",
            kinds.Angle(),
            "Rotate counter-clockwise by this many degrees. Quarter turns rotate the frame too.",
        ),
    ] = 0.0
    type: Annotated[
        RotationType,
        Param(
            "rot-type",
            kinds.OneOf(tuple(RotationType)),
            "For angles that are no quarter turns: `straighten` keeps "
            "the frame's shape and crops the corners away, `pivot` grows the frame and fills "
            "them with `bg`.",
            ("rottype", "rott"),
            needs="rot !rot=90,180,270",
        ),
    ] = RotationType.STRAIGHTEN
