"""What is measured of an original when it is new."""

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
    """A colour of a picture and the *share* (0 to 1) of what is visible that it stands for."""

    colour: Colour
    share: float


@dataclass(frozen=True, slots=True)
class Measurements:
    """What the pixels say: two placeholders, up to 16 colours (most frequent first), a subject.

    A picture of which nothing is visible has no palette.
    """

    thumbhash: bytes
    blurhash: str
    palette: tuple[Swatch, ...]
    focal_point: FocalPoint


@dataclass(frozen=True, slots=True)
class Description:
    """What the header says beyond `probe.Facts`, and nothing of place, time, device or person.

    *profile* is the name of the ICC profile's colour space ("Display P3"), "other" for one that is
    not well known (`image.profiles`), empty without a profile; *bits* are those of a channel as
    stored. *captured* has `exposure_seconds`, `f_number`, `iso` and `focal_length_mm`, each only
    where EXIF has it.
    """

    profile: str
    bits: int
    captured: Mapping[str, float | int]


Likeness = NewType("Likeness", float)
"""How alike two pictures look, by SSIMULACRA2: 100 is the same, 90 looks it, 70 is good."""


class Measurer(Protocol[R_contra]):
    """Looks at an original once, when it is new."""

    def measure(self, raster: R_contra) -> Measurements:
        """Return what an upright sRGB raster of any size shows; its alpha counts."""

    def likeness(self, first: R_contra, second: R_contra) -> Likeness:
        """Return how alike two opaque sRGB rasters of one size look, of 176 pixels a side at least.

        The *first* is the original: many calls with the same one are quicker.
        """

    def describe(self, data: bytes, kind: Kind) -> Description:
        """Return what the header says, as far as it can be read; decodes no pixels, never fails."""
