"""A watermark: another picture on top of the result."""

from dataclasses import dataclass
from typing import Annotated, Final

from origin_lambda.url import kinds
from origin_lambda.url.params.param import MAX_SIDE, PIXELS, Group, Param
from origin_lambda.url.values import Align, Fit, Layer, Length, MarkTile

_LENGTH: Final = kinds.Side(1, MAX_SIDE, clamps=True)
_SIZED: Final = "mark-w|mark-h"
_PLACED: Final = "!mark-tile"
_PADDED: Final = "mark-tile|!mark-x|!mark-y"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark(Group):
    """A watermark, drawn over the border and the mask too."""

    title = "Watermark"
    is_rare = True
    lead = "mark"

    layer: Annotated[
        Layer | None,
        Param(
            "mark",
            kinds.LayerKey(),
            "Key of the original to draw on top of the result, under the deployment's "
            "`LAYER_PREFIX`. A `?` and a query string can follow, percent-encoded: they change the "
            "watermark first, as in `mark=_layers/logo.png%3Fmonochrome%3D888`. Without a size it "
            "has its own, at most that of the result without the padding.",
            ("m",),
        ),
    ] = None
    width: Annotated[
        Length | None,
        Param(
            "mark-w",
            _LENGTH,
            "Width of the watermark: pixels, times `dpr`, or a fraction of the result's width.",
            ("mw", "markw"),
            needs="!mark-scale",
        ),
    ] = None
    height: Annotated[
        Length | None,
        Param(
            "mark-h",
            _LENGTH,
            "Height of the watermark: pixels, times `dpr`, or a fraction of the result's height.",
            ("mh", "markh"),
            needs="!mark-scale",
        ),
    ] = None
    scale: Annotated[
        int | None,
        Param(
            "mark-scale",
            kinds.Whole(1, 100),
            "Width of the watermark in percent of the result's width; it overrides `mark-w` and "
            "`mark-h`.",
            ("ms", "markscale"),
        ),
    ] = None
    fit: Annotated[
        Fit,
        Param(
            "mark-fit",
            kinds.OneOf((Fit.CLIP, Fit.CROP, Fit.FILL, Fit.MAX, Fit.SCALE)),
            "How the watermark fits `mark-w` and `mark-h`, as `fit` does.",
            ("mf", "markfit"),
            needs=f"{_SIZED} !mark-fit=crop,fill,scale|mark-w !mark-fit=crop,fill,scale|mark-h",
        ),
    ] = Fit.CLIP
    align: Annotated[
        frozenset[Align],
        Param(
            "mark-align",
            kinds.SetOf(tuple(Align), kept=tuple(Align)),
            "Where the watermark is: one word for each direction. The other direction is centred.",
            ("ma", "markalign"),
            needs=f"{_PLACED} !mark-x|!mark-y",
        ),
    ] = frozenset({Align.BOTTOM, Align.RIGHT})
    padding: Annotated[
        int,
        Param(
            "mark-pad",
            PIXELS,
            "Distance from the edges, or between tiles, in pixels, times `dpr`.",
            ("mp", "markpad"),
            needs=f"{_PADDED}|!mark-w {_PADDED}|!mark-h {_PADDED}|!mark-scale",
        ),
    ] = 5
    x: Annotated[
        int | None,
        Param(
            "mark-x",
            PIXELS,
            "Distance from the left in pixels, times `dpr`, instead of `mark-align`.",
            ("mx", "markx"),
            needs=_PLACED,
        ),
    ] = None
    y: Annotated[
        int | None,
        Param(
            "mark-y",
            PIXELS,
            "Distance from the top in pixels, times `dpr`, instead of `mark-align`.",
            ("my", "marky"),
            needs=_PLACED,
        ),
    ] = None
    alpha: Annotated[
        int,
        Param(
            "mark-alpha",
            kinds.Whole(0, 100),
            "Opacity of the watermark in percent.",
            ("markalpha", "malph"),
        ),
    ] = 100
    angle: Annotated[
        float,
        Param(
            "mark-rot",
            kinds.Angle(),
            "Rotate the watermark counter-clockwise by this many degrees.",
        ),
    ] = 0.0
    tile: Annotated[
        MarkTile | None,
        Param(
            "mark-tile",
            kinds.OneOf(tuple(MarkTile)),
            "`grid` repeats the watermark over the whole result.",
            ("mtile", "marktile"),
        ),
    ] = None
    min_width: Annotated[
        int,
        Param(
            "mark-if-min-width",
            PIXELS,
            "Draw the watermark only if the result is at least so wide, in pixels.",
        ),
    ] = 0
    min_height: Annotated[
        int,
        Param(
            "mark-if-min-height",
            PIXELS,
            "Draw the watermark only if the result is at least so high, in pixels.",
        ),
    ] = 0
    is_optional: Annotated[
        bool,
        Param(
            "mark-optional",
            kinds.Flag(),
            "Ours. Answer without the watermark, for a minute, if its original is missing.",
        ),
    ] = False
