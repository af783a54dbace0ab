"""The size of the result."""

from dataclasses import dataclass
from typing import Annotated, Final

from origin_lambda.url import kinds
from origin_lambda.url.params.param import MAX_SIDE, SIDE, Group, Param
from origin_lambda.url.values import Fit, Length

_BOUND: Final = kinds.Whole(1, MAX_SIDE)
_RATIO: Final = kinds.Proportion(0.001, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size(Group):
    """The box that the picture has to fit, and how it does."""

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
            "Device pixels per CSS pixel: multiplies `w`, `h`, bounds and padding.",
        ),
    ] = 1.0
    ratio: Annotated[
        float | None,
        Param(
            "ar",
            _RATIO,
            "Aspect ratio of the box when `w` or `h` is "
            "missing. No effect with `fit=clip` and `fit=max`.",
        ),
    ] = None
    min_width: Annotated[
        int | None, Param("min-w", _BOUND, "Smallest width of the result.", ("min-width",))
    ] = None
    max_width: Annotated[
        int | None, Param("max-w", _BOUND, "Largest width of the result.", ("max-width",))
    ] = None
    min_height: Annotated[
        int | None, Param("min-h", _BOUND, "Smallest height of the result.", ("min-height",))
    ] = None
    max_height: Annotated[
        int | None, Param("max-h", _BOUND, "Largest height of the result.", ("max-height",))
    ] = None
    fit: Annotated[
        Fit, Param("fit", kinds.OneOf(tuple(Fit)), "How the picture fits the box.", ("f",))
    ] = Fit.CLIP
    enlarge: Annotated[
        bool,
        Param(
            "enlarge",
            kinds.Flag(),
            "Ours. Whether the result may have more pixels than the original gives.",
        ),
    ] = False
