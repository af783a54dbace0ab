"""A colour or another picture, mixed with the result."""

from dataclasses import dataclass
from typing import Annotated, Final

from origin_lambda.url import kinds
from origin_lambda.url.params.param import MAX_SIDE, PIXELS, Group, Param
from origin_lambda.url.values import (
    Align,
    BlendMode,
    BlendSize,
    Colour,
    ColourLayer,
    Crop,
    Fit,
    Layer,
    Length,
)

_LENGTH: Final = kinds.Side(1, MAX_SIDE, clamps=True)
_USED: Final = "blend|blend-color"
_OWN_SIZE: Final = "blend !blend-size"
_STRETCHED: Final = "!blend-fit=clamp,crop,scale"
_SIDES: Final = (Align.TOP, Align.BOTTOM, Align.LEFT, Align.RIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blend(Group):
    """A colour or a picture that is blended with the result, before a watermark is drawn.

    Placement and size apply to pictures: a colour covers everything.
    """

    title = "Blending"
    is_rare = True

    source: Annotated[
        Layer | ColourLayer | None,
        Param(
            "blend",
            kinds.LayerOrColour(),
            "What to blend with the result: a colour, or the key of an original under the "
            "deployment's `LAYER_PREFIX`, with a query string as for `mark`. A picture without a "
            "size has its own.",
            ("b",),
        ),
    ] = None
    plain_colour: Annotated[
        Colour | None,
        Param(
            "blend-color",
            kinds.ColourCode(),
            "Colour to blend with the result. No effect beside `blend`.",
            ("blendcolor", "blend-clr", "blendclr"),
            needs="!blend",
        ),
    ] = None
    mode: Annotated[
        BlendMode,
        Param(
            "blend-mode",
            kinds.OneOf(tuple(BlendMode)),
            "How colours are mixed, as in CSS and Photoshop (W3C Compositing and Blending Level "
            "1). `normal` draws one over the other.",
            ("blendmode", "bm"),
            needs=_USED,
        ),
    ] = BlendMode.OVERLAY
    alpha: Annotated[
        int,
        Param(
            "blend-alpha",
            kinds.Whole(0, 100),
            "Opacity of what is blended, in percent.",
            ("blendalpha", "balph"),
            needs=_USED,
        ),
    ] = 100
    size: Annotated[
        BlendSize | None,
        Param(
            "blend-size",
            kinds.OneOf(tuple(BlendSize)),
            "`inherit` crops the blended picture to the size of the result.",
            ("blendsize", "bs"),
            needs="blend",
        ),
    ] = None
    width: Annotated[
        Length | None,
        Param(
            "blend-w",
            _LENGTH,
            "Width of the blended picture: pixels, times `dpr`, or a fraction of the result's.",
            ("blendw", "bw"),
            needs=_OWN_SIZE,
        ),
    ] = None
    height: Annotated[
        Length | None,
        Param(
            "blend-h",
            _LENGTH,
            "Height of the blended picture: pixels, times `dpr`, or a fraction of the result's.",
            ("blendh", "bh"),
            needs=_OWN_SIZE,
        ),
    ] = None
    fit: Annotated[
        Fit,
        Param(
            "blend-fit",
            kinds.OneOf((Fit.CLAMP, Fit.CLIP, Fit.CROP, Fit.MAX, Fit.SCALE)),
            "How the blended picture fits `blend-w` and `blend-h`, as `fit` does.",
            ("blendfit", "bf"),
            needs=f"{_OWN_SIZE} blend-w|blend-h {_STRETCHED}|blend-w {_STRETCHED}|blend-h",
        ),
    ] = Fit.CLIP
    crop: Annotated[
        frozenset[Crop],
        Param(
            "blend-crop",
            kinds.SetOf(
                (Crop.TOP, Crop.BOTTOM, Crop.LEFT, Crop.RIGHT, Crop.FACES),
                kept=(Crop.TOP, Crop.BOTTOM, Crop.LEFT, Crop.RIGHT, Crop.FACES),
            ),
            "The part of the blended picture that cropping keeps, as `crop` does.",
            ("blendcrop", "bc"),
            needs="blend-size|blend-fit=crop",
        ),
    ] = frozenset()
    align: Annotated[
        frozenset[Align],
        Param(
            "blend-align",
            kinds.SetOf(tuple(Align), kept=_SIDES),
            "Where the blended picture is: one word for each direction. The other direction is "
            "centred.",
            ("blendalign", "ba"),
            needs=f"{_OWN_SIZE} !blend-x|!blend-y",
        ),
    ] = frozenset()
    padding: Annotated[
        int,
        Param(
            "blend-pad",
            PIXELS,
            "Distance from the edges that `blend-align` names, in pixels, times `dpr`.",
            ("blendpad", "bp"),
            needs="blend-align",
        ),
    ] = 0
    x: Annotated[
        int | None,
        Param(
            "blend-x",
            PIXELS,
            "Distance from the left in pixels, times `dpr`, instead of `blend-align`.",
            ("blendx", "bx"),
            needs=_OWN_SIZE,
        ),
    ] = None
    y: Annotated[
        int | None,
        Param(
            "blend-y",
            PIXELS,
            "Distance from the top in pixels, times `dpr`, instead of `blend-align`.",
            ("blendy", "by"),
            needs=_OWN_SIZE,
        ),
    ] = None

    @property
    def colour(self) -> Colour | None:
        """The colour to blend; None for a picture, or if nothing is blended."""
        if isinstance(self.source, ColourLayer):
            return self.source.colour
        return self.plain_colour if self.source is None else None

    @property
    def layer(self) -> Layer | None:
        """The picture to blend; None for a colour, or if nothing is blended."""
        return self.source if isinstance(self.source, Layer) else None
