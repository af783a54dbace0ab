"""The parameter table: what a URL can ask for, declared once.

Parser, canonical form, error texts, the reference page, the edge's table and the shared vectors
are all read from the two dataclasses below. A new parameter is one line here, a plan rule or a
step, and a golden picture. Names, aliases, ranges and defaults are imgix's (imgix-url-params
11.35.0, BSD-2-Clause) unless the text of the parameter says "Ours".
"""

import dataclasses
from dataclasses import dataclass
from typing import Annotated, Any, Final

from origin_lambda.url import kinds
from origin_lambda.url.kinds import Kind
from origin_lambda.url.values import (
    Auto,
    AutoQuality,
    Chroma,
    Colour,
    Crop,
    Fit,
    Flip,
    Format,
    Info,
    Length,
    Negotiated,
    Palette,
    Rect,
    RotationType,
)

MAX_SIDE: Final = 8192


@dataclass(frozen=True, slots=True)
class Param:
    """How one parameter is spelled in a URL, and what it does."""

    name: str
    kind: Kind
    text: str
    aliases: tuple[str, ...] = ()


_SIDE: Final = kinds.Side(1, MAX_SIDE)
_BOUND: Final = kinds.Whole(1, MAX_SIDE)
_PAD: Final = kinds.Whole(0, MAX_SIDE)
_UNIT: Final = kinds.Decimal(0, 1, 4)
_FIT: Final = kinds.OneOf(tuple(Fit))
_CROP: Final = kinds.SetOf(
    tuple(Crop),
    kept=tuple(Crop),
    others=tuple((word, Crop.FOCALPOINT) for word in ("entropy", "edges", "faces")),
)
_FORMAT: Final = kinds.OneOf(
    (*Format, *Info),
    others=(("jpeg", Format.JPEG), ("png32", Format.PNG)),
    hidden=tuple(Negotiated),
)
_ORIENT: Final = kinds.Turn()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """What a caller wants, parsed; two equal wishes are two equal objects."""

    width: Annotated[
        Length | None,
        Param(
            "w", _SIDE, "Width of the result: pixels, or a fraction of the original.", ("width",)
        ),
    ] = None
    height: Annotated[
        Length | None,
        Param(
            "h", _SIDE, "Height of the result: pixels, or a fraction of the original.", ("height",)
        ),
    ] = None
    dpr: Annotated[
        float,
        Param(
            "dpr",
            kinds.Decimal(0.01, 5, 2),
            "Device pixels to a CSS pixel: multiplies `w`, `h`, bounds and padding.",
        ),
    ] = 1.0
    ratio: Annotated[
        float | None,
        Param(
            "ar",
            kinds.Proportion(0.001, 1000),
            "Aspect ratio of the box when `w` or `h` is "
            "missing. No effect with `fit=clip` and `fit=max`.",
        ),
    ] = None
    min_width: Annotated[
        int | None, Param("min-w", _BOUND, "The least width of the result.", ("min-width",))
    ] = None
    max_width: Annotated[
        int | None, Param("max-w", _BOUND, "The greatest width of the result.", ("max-width",))
    ] = None
    min_height: Annotated[
        int | None, Param("min-h", _BOUND, "The least height of the result.", ("min-height",))
    ] = None
    max_height: Annotated[
        int | None, Param("max-h", _BOUND, "The greatest height of the result.", ("max-height",))
    ] = None
    fit: Annotated[Fit, Param("fit", _FIT, "How the picture meets the box.", ("f",))] = Fit.CLIP
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
        ),
    ] = frozenset()
    focal_x: Annotated[
        float | None,
        Param(
            "fp-x",
            _UNIT,
            "Focal point from the left, for `crop=focalpoint`; the middle if only `fp-y` is given.",
        ),
    ] = None
    focal_y: Annotated[
        float | None,
        Param(
            "fp-y",
            _UNIT,
            "Focal point from the top, for `crop=focalpoint`; the middle if only `fp-x` is given.",
        ),
    ] = None
    focal_zoom: Annotated[
        float,
        Param("fp-z", kinds.Decimal(1, 100, 2), "How far to zoom in on the focal point."),
    ] = 1.0
    rect: Annotated[
        Rect | None,
        Param("rect", kinds.Region(), "The part of the original to work on, before all else."),
    ] = None
    enlarge: Annotated[
        bool,
        Param(
            "enlarge",
            kinds.Flag(),
            "Ours. Whether the result may have more pixels than the original gives.",
        ),
    ] = False
    background: Annotated[
        Colour | None,
        Param(
            "bg",
            kinds.Hue(),
            "Colour behind transparent parts, padding and `fit=fill`. "
            "Without it: transparent where the format can, else white.",
        ),
    ] = None
    pad: Annotated[
        int,
        Param("pad", _PAD, "Padding on every side, inside `w` and `h` where they are given."),
    ] = 0
    pad_top: Annotated[int | None, Param("pad-top", _PAD, "Padding above; overrides `pad`.")] = None
    pad_right: Annotated[
        int | None, Param("pad-right", _PAD, "Padding on the right; overrides `pad`.")
    ] = None
    pad_bottom: Annotated[
        int | None, Param("pad-bottom", _PAD, "Padding below; overrides `pad`.")
    ] = None
    pad_left: Annotated[
        int | None, Param("pad-left", _PAD, "Padding on the left; overrides `pad`.")
    ] = None
    orient: Annotated[
        int | None,
        Param(
            "orient",
            _ORIENT,
            "EXIF orientation to use instead of the original's own; 90, "
            "180 and 270 turn clockwise, 0 leaves the pixels as stored.",
            ("or",),
        ),
    ] = None
    rotation: Annotated[
        float,
        Param(
            "rot",
            kinds.Angle(),
            "Turn by so many degrees, counter-clockwise. Quarter turns turn the frame as well.",
        ),
    ] = 0.0
    rotation_type: Annotated[
        RotationType,
        Param(
            "rot-type",
            kinds.OneOf(tuple(RotationType)),
            "Other angles: `straighten` keeps "
            "the frame's shape and crops the corners away, `pivot` grows the frame and fills "
            "them with `bg`.",
            ("rottype", "rott"),
        ),
    ] = RotationType.STRAIGHTEN
    flip: Annotated[
        Flip | None,
        Param(
            "flip",
            kinds.OneOf(tuple(Flip)),
            "Mirror sideways (h), upside down (v) or both; before `rot`.",
        ),
    ] = None
    format: Annotated[
        Format | Negotiated | Info | None,
        Param(
            "fm",
            _FORMAT,
            "Format of the result. Without it: the original's own, if browsers can show that. "
            "`pjpg` is a JPEG that shows all of itself early, and takes longer to make. "
            "`json`, `blurhash` and `thumbhash` (ours) tell of the original instead, see below.",
        ),
    ] = None
    auto: Annotated[
        frozenset[Auto],
        Param(
            "auto",
            kinds.SetOf(tuple(Auto), kept=(Auto.FORMAT,)),
            "`format` picks the best "
            "format the browser can show, unless `fm` is given. imgix's other values are "
            "accepted and change nothing.",
        ),
    ] = frozenset()
    quality: Annotated[
        int | AutoQuality,
        Param(
            "q",
            kinds.Score(),
            "Quality on JPEG's scale, the same look in every format; "
            "`auto` and its grades are ours.",
        ),
    ] = AutoQuality.AUTO
    lossless: Annotated[
        bool,
        Param(
            "lossless",
            kinds.Flag(),
            "Keep every pixel exact: in WebP, which `auto=format` then picks. No effect in others.",
        ),
    ] = False
    chroma: Annotated[
        Chroma | None,
        Param(
            "chromasub",
            kinds.OneOf(tuple(Chroma)),
            "Chroma subsampling of JPEG and AVIF; else 420, or 444 where the original needs it.",
        ),
    ] = None
    palette: Annotated[
        Palette | None,
        Param(
            "palette",
            kinds.OneOf(tuple(Palette)),
            "Answer with the colours of the original instead of a picture, whatever `fm` says; "
            "see below.",
        ),
    ] = None
    colours: Annotated[
        int,
        Param("colors", kinds.Whole(0, 16), "How many colours without a name `palette` has."),
    ] = 6
    prefix: Annotated[
        str, Param("prefix", kinds.Token(64), "What the classes of `palette=css` begin with.")
    ] = "image"
    download: Annotated[
        str | None,
        Param(
            "dl",
            kinds.Text(200),
            "Answer as a download with this file name; empty for the original's own.",
        ),
    ] = None
    version: Annotated[
        str | None,
        Param(
            "v",
            kinds.Token(64),
            "Ours. A token of your choice: the answer may then be kept "
            "forever, since a new picture gets a new token.",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Whether the URL may be used at all; no part of any derivative's name."""

    expires: Annotated[
        int | None,
        Param(
            "expires", kinds.Whole(0, 253_402_300_799), "Unix time after which the URL answers 410."
        ),
    ] = None


Table = type[Any]


def _param(hint: Any) -> Param:
    return next(extra for extra in hint.__metadata__ if isinstance(extra, Param))


def _read(table: Table) -> dict[str, Param]:
    return {field.name: _param(field.type) for field in dataclasses.fields(table)}


TABLES: Final[dict[Table, dict[str, Param]]] = {
    table: _read(table) for table in (Transform, Access)
}
"""Each table's fields, in table order, and their parameters."""

SPELLINGS: Final[dict[str, tuple[Table, str, Param]]] = {
    name: (table, field, param)
    for table, fields in TABLES.items()
    for field, param in fields.items()
    for name in (param.name, *param.aliases)
}
"""Every name and alias: its table, its field, its parameter."""
