"""The size of the result."""

from dataclasses import dataclass
from typing import Annotated, Final

from origin_lambda.url import kinds
from origin_lambda.url.params.param import MAX_SIDE, SIDE, Group, Param
from origin_lambda.url.values import Fit, Length

_BOUND: Final = kinds.Whole(1, MAX_SIDE, clamps=True)
_RATIO: Final = kinds.Ratio(0.001, 1000)

_ACROSS: Final = "w|min-w|max-w|ar"
_DOWN: Final = "h|min-h|max-h|ar"
_SIZED: Final = "w|min-w|max-w|h|min-h|max-h"
_SCALED: Final = (
    "px|htn|usm|border|corner-radius|transparency|face-pixel|mark|blend-w|blend-h|blend-x|blend-y|"
    "blend-pad|txt"
)
_PADDED: Final = "pad|pad-top|pad-right|pad-bottom|pad-left"
_RAISED: Final = "w|h|enlarge|fit|pad"
"""A lower bound matters only with one of these: without them the result has the original's size."""
_BOXED: Final = "!fit=crop,fill,fillmax,min"
"""Not one of the fits that need both sides of a box; with one side they act like `clip`."""
_FREE: Final = "!fit=scale,clamp|w|h|min-w|min-h|ar"
"""Not one of the fits that enlarge a side: one upper bound alone never does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size(Group):
    """The box that the picture must fit, and how it fits."""

    title = "Size"

    width: Annotated[
        Length | None,
        Param("w", SIDE, "Width of the result: pixels, or a fraction of the original.", ("width",)),
    ] = None
    height: Annotated[
        Length | None,
        Param(
            "h", SIDE, "Height of the result: pixels, or a fraction of the original.", ("height",)
        ),
    ] = None
    dpr: Annotated[
        float,
        Param(
            "dpr",
            kinds.Decimal(0.01, 5, 2),
            "Device pixels per CSS pixel. It multiplies `w`, `h`, bounds, padding, borders, "
            "radii, the grid, all lengths of `mark`, `blend` and `txt`, and the sizes of `px`, "
            "`htn`, `usmrad` and `face-pixel`.",
            needs=f"{_SIZED}|{_PADDED}|{_SCALED}",
        ),
    ] = 1.0
    ratio: Annotated[
        float | None,
        Param(
            "ar",
            _RATIO,
            "Aspect ratio of the box when `w` or `h` is "
            "missing. No effect with `fit=clip` and `fit=max`.",
            needs="fit=crop,fill,fillmax,min,scale,clamp,facearea !w|!h",
            is_rare=True,
        ),
    ] = None
    min_width: Annotated[
        int | None,
        Param(
            "min-w",
            _BOUND,
            "Smallest width of the result.",
            ("min-width",),
            needs=f"{_RAISED}|pad-left|pad-right",
            is_rare=True,
        ),
    ] = None
    max_width: Annotated[
        int | None,
        Param("max-w", _BOUND, "Largest width of the result.", ("max-width",), is_rare=True),
    ] = None
    min_height: Annotated[
        int | None,
        Param(
            "min-h",
            _BOUND,
            "Smallest height of the result.",
            ("min-height",),
            needs=f"{_RAISED}|pad-top|pad-bottom",
            is_rare=True,
        ),
    ] = None
    max_height: Annotated[
        int | None,
        Param("max-h", _BOUND, "Largest height of the result.", ("max-height",), is_rare=True),
    ] = None
    fit: Annotated[
        Fit,
        Param(
            "fit",
            kinds.OneOf(tuple(Fit)),
            "How the picture fits the box. `facearea` shows the area of the faces alone, in the "
            "box's shape if the box has both sides; without faces it means `crop`.",
            ("f",),
            needs=f"{_SIZED}|ar|fit=facearea {_BOXED}|{_ACROSS} {_BOXED}|{_DOWN} !fit=max|enlarge "
            f"{_FREE}|max-w {_FREE}|max-h",
            hints=(
                ("cover", "did you mean fit=crop?"),
                ("thumb", "did you mean fit=crop?"),
                ("contain", "did you mean fit=clip?"),
                ("inside", "did you mean fit=max?"),
                ("scale-down", "did you mean fit=max?"),
                ("pad", "did you mean fit=fill?"),
                ("stretch", "did you mean fit=scale?"),
                ("squeeze", "did you mean fit=scale?"),
            ),
        ),
    ] = Fit.CLIP
    enlarge: Annotated[
        bool,
        Param(
            "enlarge",
            kinds.Flag(),
            "Ours. Allow a result with more pixels than the original.",
            needs="w|h|min-w|min-h|ar !fit=max,scale,clamp !fit=min,fillmax|!w|!h "
            "!fit=min,fillmax|!ar",
            is_rare=True,
        ),
    ] = False
