"""Measurements of a new original, and the port that makes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, NewType, Protocol, TypeVar

from origin_lambda.image.formats import Kind
from origin_lambda.image.raster import Raster
from origin_lambda.url.values import Colour

R_contra = TypeVar("R_contra", bound=Raster, contravariant=True)


class FocalPoint(NamedTuple):
    """Where a viewer looks first: shares (0 to 1) of the upright picture, from its upper left."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Swatch:
    """A colour of a picture, and the *share* (0 to 1) of visible pixels that are closest to it."""

    colour: Colour
    share: float


@dataclass(frozen=True, slots=True)
class Measurements:
    """Two placeholders, up to 16 colours (the most frequent first), and points of interest.

    A fully transparent picture has an empty palette. *entropy* is the middle of the busiest part,
    *edges* that of the part with most outlines; None if all parts are alike, or not measured yet.
    """

    thumbhash: bytes
    blurhash: str
    palette: tuple[Swatch, ...]
    focal_point: FocalPoint
    entropy: FocalPoint | None = None
    edges: FocalPoint | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """What the header says beyond `probe.Facts`, without place, time, device or person.

    *profile* is the name of the ICC profile's colour space ("Display P3"), "other" for one that is
    not well known (`image.profiles`), and empty without a profile. *bits* is the stored depth of a
    channel. *captured* can have `exposure_seconds`, `f_number`, `iso` and `focal_length_mm`, each
    only if EXIF has it.
    """

    profile: str
    bits: int
    captured: Mapping[str, float | int]


Likeness = NewType("Likeness", float)
"""How alike two pictures look, by SSIMULACRA2: 100 is the same, 90 looks it, 70 is good."""


class Measurer(Protocol[R_contra]):
    """Measures an original once, when it is new."""

    def measure(self, raster: R_contra) -> Measurements:
        """Return the measurements of an upright sRGB raster of any size; alpha counts."""

    def score_likeness(self, first: R_contra, second: R_contra) -> Likeness:
        """Return how alike two opaque sRGB rasters look: of equal size, at least 176 pixels a side.

        The *first* is the original; repeated calls with the same one are faster.
        """

    def describe(self, data: bytes, kind: Kind) -> Description:
        """Return what can be read of the header; decodes no pixels and never fails."""
