"""The values a transform is made of, where a plain int or enum would say too little."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

SHARE_PARTS: Final = 10_000
"""A share is kept in ten-thousandths, so that 0.3 and 0.30000001 are one wish."""


class Fit(StrEnum):
    """How the picture meets the box."""

    CLIP = "clip"
    CROP = "crop"
    FILL = "fill"
    FILLMAX = "fillmax"
    MAX = "max"
    MIN = "min"
    SCALE = "scale"
    CLAMP = "clamp"


class Crop(StrEnum):
    """Which part of the picture stays when `fit=crop` cuts some of it away."""

    TOP = "top"
    BOTTOM = "bottom"
    LEFT = "left"
    RIGHT = "right"
    FOCALPOINT = "focalpoint"


class Flip(StrEnum):
    """Mirror the picture: sideways, upside down, or both."""

    HORIZONTAL = "h"
    VERTICAL = "v"
    BOTH = "hv"


class RotationType(StrEnum):
    """What an oblique rotation does with the corners."""

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
    """The best format that the browser said it can show, when `auto=format` left us the choice."""

    AVIF = "auto-avif"
    WEBP = "auto-webp"
    JPEG = "auto-jpg"


class Info(StrEnum):
    """What `fm` can tell of an original, instead of showing it."""

    JSON = "json"
    BLURHASH = "blurhash"
    THUMBHASH = "thumbhash"


class Palette(StrEnum):
    """How the colours of an original are written down."""

    CSS = "css"
    JSON = "json"


class Auto(StrEnum):
    """What may be decided for the caller. Only `format` changes anything here.

    imgix's other values are accepted, because its SDKs send them, and dropped.
    """

    FORMAT = "format"
    COMPRESS = "compress"
    ENHANCE = "enhance"
    REDEYE = "redeye"
    TRUE = "true"


class AutoQuality(StrEnum):
    """How good an automatic quality should look."""

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
    """Where a source rectangle lies, when it is not at a number."""

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


class Rect(NamedTuple):
    """A part of the original: where it begins and how large it is, in the viewer's axes."""

    x: Length | Place
    y: Length | Place
    width: Length
    height: Length
