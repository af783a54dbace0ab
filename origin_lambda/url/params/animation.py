"""Which frames of an animation are shown, and how fast."""

from dataclasses import dataclass
from typing import Annotated, Final

from origin_lambda.url import kinds
from origin_lambda.url.params.param import Group, Param
from origin_lambda.url.values import FrameRange

_MAX_FRAMES: Final = 9999
_STILLS: Final = "jpg,pjpg,png8"
_MOVING: Final = f"!fm={_STILLS}"
_CAN_MOVE_FIRST: Final = f"!fm={_STILLS}|reverse"
"""A format without animation shows the first frame, which these parameters keep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Animation(Group):
    """The frames of an animation.

    They are selected by `frame`, then `skip`, then `interval`, and reversed at last. A still has
    one frame, so nothing here changes it. A format without animation shows the first of the frames.
    """

    title = "Animation"
    is_rare = True

    frame: Annotated[
        FrameRange | None,
        Param(
            "frame",
            kinds.Frames(),
            "Keep one frame, or some: `2`, `2-9`, `2-` (up to the last), `-9` (from the first). "
            "Frames beyond the last count as the last.",
        ),
    ] = None
    fps: Annotated[
        int | None,
        Param(
            "fps",
            kinds.Whole(1, 60),
            "Frames per second; it replaces the durations in the file. A GIF stores hundredths of "
            "a second.",
            needs=_MOVING,
        ),
    ] = None
    interval: Annotated[
        int,
        Param(
            "interval",
            kinds.Whole(1, _MAX_FRAMES, clamps=True),
            "Keep the first frame, and each one that is this many frames after the one before. "
            "The kept frames keep their durations.",
            needs=_CAN_MOVE_FIRST,
        ),
    ] = 1
    loop: Annotated[
        int | None,
        Param(
            "loop",
            kinds.Whole(0, 65_535),
            "How often the animation runs; 0 is forever. Without it: as often as the original.",
            needs=_MOVING,
        ),
    ] = None
    reverse: Annotated[
        bool,
        Param("reverse", kinds.Flag(), "Play the frames backwards."),
    ] = False
    skip: Annotated[
        int | None,
        Param(
            "skip",
            kinds.Whole(1, _MAX_FRAMES, clamps=True),
            "Drop every frame whose number is a multiple of this. If none is left, the first frame "
            "is kept.",
            needs=_CAN_MOVE_FIRST,
        ),
    ] = None
