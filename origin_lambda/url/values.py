"""The types of a transform's values."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

SHARE_PARTS: Final = 10_000
"""A share is a whole number of ten-thousandths, so that 0.3 and 0.30000001 are equal."""


class Fit(StrEnum):
    """How the picture fits the box."""

    CLIP = "clip"
    CROP = "crop"
    FILL = "fill"
    FILLMAX = "fillmax"
    MAX = "max"
    MIN = "min"
    SCALE = "scale"
    CLAMP = "clamp"
    FACEAREA = "facearea"


class Crop(StrEnum):
    """Which part of the picture `fit=crop` keeps: a side, or what a strategy finds."""

    TOP = "top"
    BOTTOM = "bottom"
    LEFT = "left"
    RIGHT = "right"
    FACES = "faces"
    FOCALPOINT = "focalpoint"
    ENTROPY = "entropy"
    EDGES = "edges"


class Flip(StrEnum):
    """How to mirror the picture: sideways, upside down, or both."""

    HORIZONTAL = "h"
    VERTICAL = "v"
    BOTH = "hv"


class RotationType(StrEnum):
    """What a rotation that is not a quarter turn does with the corners."""

    STRAIGHTEN = "straighten"
    PIVOT = "pivot"


class Format(StrEnum):
    """A format that a derivative can have; the values are imgix's `fm` names."""

    AVIF = "avif"
    WEBP = "webp"
    JPEG = "jpg"
    PROGRESSIVE_JPEG = "pjpg"
    PNG = "png"
    PNG8 = "png8"
    GIF = "gif"


class Negotiated(StrEnum):
    """The format that `auto=format` picks from the browser's `Accept` header."""

    AVIF = "auto-avif"
    WEBP = "auto-webp"
    JPEG = "auto-jpg"


class Info(StrEnum):
    """The values of `fm` that answer with metadata instead of a picture."""

    JSON = "json"
    BLURHASH = "blurhash"
    THUMBHASH = "thumbhash"


class Palette(StrEnum):
    """The formats of a palette."""

    CSS = "css"
    JSON = "json"


class Auto(StrEnum):
    """The values of `auto`. Only `format`, `enhance` and `redeye` have an effect.

    imgix's other values are accepted because its SDKs send them, and dropped.
    """

    FORMAT = "format"
    COMPRESS = "compress"
    ENHANCE = "enhance"
    REDEYE = "redeye"
    TRUE = "true"


class AutoQuality(StrEnum):
    """The grades of automatic quality."""

    AUTO = "auto"
    LOW = "auto-low"
    ECO = "auto-eco"
    GOOD = "auto-good"
    BEST = "auto-best"


class Chroma(StrEnum):
    """Chroma subsampling."""

    FULL = "444"
    HALF = "422"
    QUARTER = "420"


class Place(StrEnum):
    """The position of a source rectangle, if it is not a number."""

    CENTRE = "center"
    END = "end"


@dataclass(frozen=True, slots=True)
class Share:
    """A fraction of a side, in ten-thousandths (0 to 10,000)."""

    parts: int

    def of(self, side: float) -> float:
        """Return this share of a *side* in pixels."""
        return side * self.parts / SHARE_PARTS


Length = int | Share
"""Whole pixels, or a share of the picture's side."""


class Colour(NamedTuple):
    """An sRGB colour with alpha, 0 to 255 each."""

    red: int
    green: int
    blue: int
    alpha: int = 255


WHITE: Final = Colour(255, 255, 255)
TRANSPARENT: Final = Colour(255, 255, 255, 0)
"""Transparent white, as imgix's defaults are."""


class Rect(NamedTuple):
    """A part of the original: its upper left corner and its size, in the viewer's axes."""

    x: Length | Place
    y: Length | Place
    width: Length
    height: Length


class Profile(StrEnum):
    """The colour profile of a result, and with it its colour space."""

    STRIP = "strip"
    SRGB = "srgb"
    ADOBE_RGB = "adobergb1998"


class Credits(StrEnum):
    """Whether the original's artist and copyright are kept."""

    ALLOW = "allow"
    BLOCK = "block"


class Sanitising(StrEnum):
    """Whether an SVG is sanitised: it always is."""

    TRUE = "true"


class FrameRange(NamedTuple):
    """Frames of an animation, counted from 1. None: from the first, or up to the last."""

    first: int | None
    last: int | None


class Border(NamedTuple):
    """A border: its size in pixels, and its colour."""

    size: int
    colour: Colour


class FillMode(StrEnum):
    """What fills the space beside a picture that is smaller than its box."""

    SOLID = "solid"
    BLUR = "blur"
    GRADIENT = "gradient"


class GradientShape(StrEnum):
    """The shapes of a gradient."""

    LINEAR = "linear"
    RADIAL = "radial"


class ColourSpace(StrEnum):
    """The spaces in which the colours of a gradient are mixed."""

    SRGB = "srgb"
    LINEAR = "linear"
    OKLAB = "oklab"
    HSL = "hsl"
    LCH = "lch"


class Side(StrEnum):
    """The sides of a picture."""

    TOP = "top"
    BOTTOM = "bottom"
    LEFT = "left"
    RIGHT = "right"


class Align(StrEnum):
    """Where a layer or a text is placed, in each direction."""

    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Layer(NamedTuple):
    """Another original that is drawn on the result.

    *text* is its key. A `?` and a query string can follow: they change the layer before it is
    drawn.
    """

    text: str

    @property
    def key(self) -> str:
        """The key of the original."""
        return self.text.partition("?")[0]

    @property
    def query(self) -> str:
        """The query string of the layer's own transform; "" if it has none."""
        return self.text.partition("?")[2]


class ColourLayer(NamedTuple):
    """A colour where a layer can be; *text* is the spelling in the URL."""

    text: str
    colour: Colour


class BlendMode(StrEnum):
    """How the colours of a layer and of the picture under it are mixed."""

    COLOR = "color"
    BURN = "burn"
    DODGE = "dodge"
    DARKEN = "darken"
    DIFFERENCE = "difference"
    EXCLUSION = "exclusion"
    HARDLIGHT = "hardlight"
    HUE = "hue"
    LIGHTEN = "lighten"
    LUMINOSITY = "luminosity"
    MULTIPLY = "multiply"
    OVERLAY = "overlay"
    SATURATION = "saturation"
    SCREEN = "screen"
    SOFTLIGHT = "softlight"
    NORMAL = "normal"


class BlendSize(StrEnum):
    """Where the size of a blended layer comes from."""

    INHERIT = "inherit"


class MarkTile(StrEnum):
    """How a watermark is repeated."""

    GRID = "grid"


class TrimMode(StrEnum):
    """What counts as the border that `trim` removes."""

    AUTO = "auto"
    COLOUR = "color"
    ALPHA = "alpha"
    COLOUR_UNLESS_ALPHA = "colorunlessalpha"


class MaskShape(StrEnum):
    """The shapes that a result can be cut to."""

    ELLIPSE = "ellipse"
    CORNERS = "corners"


class Transparency(StrEnum):
    """What is drawn behind transparent parts."""

    GRID = "grid"


class TextClip(StrEnum):
    """Which part of a line is cut off if it is too wide, and whether an ellipsis replaces it."""

    START = "start"
    MIDDLE = "middle"
    END = "end"
    ELLIPSIS = "ellipsis"


class TextFit(StrEnum):
    """How the size of text follows its box."""

    MAX = "max"


class FontWord(StrEnum):
    """A family of fonts, or a style."""

    SANS_SERIF = "sans-serif"
    SERIF = "serif"
    MONOSPACE = "monospace"
    BOLD = "bold"
    ITALIC = "italic"
