"""Text on top of the picture."""

from dataclasses import dataclass
from typing import Annotated, Final

from origin_lambda.url import kinds
from origin_lambda.url.params.param import MAX_SIDE, PIXELS, Group, Param
from origin_lambda.url.values import WHITE, Align, Colour, FontWord, Layer, TextClip, TextFit

_LONGEST: Final = 2_000
_PLACE: Final = kinds.Whole(-MAX_SIDE, MAX_SIDE)
_BLACK: Final = Colour(0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Group):
    """Text, drawn over the picture, its background, border and mask."""

    title = "Text"
    lead = "txt"
    is_rare = True

    text: Annotated[
        str,
        Param(
            "txt",
            kinds.Text(_LONGEST, has_lines=True),
            "The text. A line feed (`%0A`) starts a new line. A line that is too wide is wrapped, "
            "unless `txt-clip` or `txt-fit` is given: then it stays one line, as with imgix.",
            ("t",),
        ),
    ] = ""
    align: Annotated[
        frozenset[Align],
        Param(
            "txt-align",
            kinds.SetOf(tuple(Align), tuple(Align)),
            "Where the text is: top, middle or bottom, and left, center or right. Below on the "
            "right if it is not given.",
            ("txtalign", "ta"),
        ),
    ] = frozenset()
    clip: Annotated[
        frozenset[TextClip],
        Param(
            "txt-clip",
            kinds.SetOf(tuple(TextClip), tuple(TextClip)),
            "Which part of a line is cut off if it is too wide: its start, its middle or its end. "
            "With `ellipsis`, an ellipsis shows where.",
            ("txtclip", "tcl"),
        ),
    ] = frozenset()
    colour: Annotated[
        Colour,
        Param(
            "txt-color",
            kinds.ColourCode(),
            "Colour of the text.",
            ("txtcolor", "txt-clr", "txtclr", "tc"),
        ),
    ] = _BLACK
    fit: Annotated[
        TextFit | None,
        Param(
            "txt-fit",
            kinds.OneOf(tuple(TextFit)),
            "`max` reduces the size until the text fits its width and the height of the picture.",
            ("txtfit",),
        ),
    ] = None
    font: Annotated[
        frozenset[FontWord],
        Param(
            "txt-font",
            kinds.SetOf(tuple(FontWord), tuple(FontWord)),
            "The family of the font, and its style: for example `serif,bold,italic`. Characters "
            "that it lacks come from another font.",
            ("tf", "txtfont"),
            hints=(
                ("helvetica", "did you mean txt-font=sans-serif?"),
                ("arial", "did you mean txt-font=sans-serif?"),
                ("times", "did you mean txt-font=serif?"),
                ("georgia", "did you mean txt-font=serif?"),
                ("courier", "did you mean txt-font=monospace?"),
            ),
        ),
    ] = frozenset()
    font_file: Annotated[
        Layer | None,
        Param(
            "txt-font-file",
            kinds.LayerKey(),
            "Ours. Key of a font of your own, under the deployment's `LAYER_PREFIX`: a TrueType or "
            "OpenType file. It takes the place of the family in `txt-font`.",
        ),
    ] = None
    leading: Annotated[
        int,
        Param(
            "txt-lead",
            PIXELS,
            "Add this many pixels to the height of a line, which is 1.2 times `txt-size`.",
            ("txtlead",),
        ),
    ] = 0
    line: Annotated[
        int,
        Param(
            "txt-line",
            kinds.Whole(0, 100),
            "Draw an outline of this many pixels around the letters.",
            ("txtline", "tl"),
        ),
    ] = 0
    line_colour: Annotated[
        Colour,
        Param(
            "txt-line-color",
            kinds.ColourCode(),
            "Colour of the outline.",
            ("txtlinecolor", "txt-line-clr", "txtlineclr"),
            needs="txt-line",
        ),
    ] = WHITE
    lines: Annotated[
        int | None,
        Param(
            "txt-lines",
            kinds.Whole(1, 100),
            "Ours. Wrap the text to at most this many lines. `txt-clip` cuts the last one.",
        ),
    ] = None
    pad: Annotated[
        int,
        Param(
            "txt-pad",
            PIXELS,
            "Distance of the text from the edges of the picture, in pixels.",
            ("txtpad", "tp"),
        ),
    ] = 10
    rotation: Annotated[
        float,
        Param(
            "txt-rot",
            kinds.Angle(),
            "Ours. Rotate the text around its middle, clockwise.",
        ),
    ] = 0.0
    shadow: Annotated[
        float,
        Param(
            "txt-shad",
            kinds.Decimal(0, 10, 1),
            "Draw a shadow below on the right. Its distance is this many hundredths of `txt-size`.",
            ("txtshad", "tsh"),
        ),
    ] = 0.0
    size: Annotated[
        int,
        Param(
            "txt-size",
            kinds.Whole(1, MAX_SIDE),
            "Size of the font in pixels.",
            ("tsz", "txtsize"),
        ),
    ] = 12
    track: Annotated[
        int,
        Param(
            "txt-track",
            kinds.Whole(-4, 100),
            "Add this many pixels after each letter.",
            ("txttrack", "tt"),
        ),
    ] = 0
    width: Annotated[
        int | None,
        Param(
            "txt-width",
            kinds.Whole(1, MAX_SIDE),
            "Width of a line in pixels. If it is not given: the width of the picture without "
            "`txt-pad` on both sides.",
            ("txtwidth",),
        ),
    ] = None
    x: Annotated[
        int | None,
        Param(
            "txt-x",
            _PLACE,
            "Distance of the text's left edge from that of the picture, instead of `txt-align` and "
            "`txt-pad`. The text is on the left of its width unless `txt-align` says otherwise.",
            ("txtx",),
        ),
    ] = None
    y: Annotated[
        int | None,
        Param(
            "txt-y",
            _PLACE,
            "Distance of the text's upper edge from that of the picture, instead of `txt-align` "
            "and `txt-pad`.",
            ("txty",),
        ),
    ] = None
