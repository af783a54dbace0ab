"""Colour spaces that a file can declare without an ICC profile.

Code points are those of ITU-T H.273, which PNG's cICP and the `nclx` of AVIF and HEIF both use.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

Point = tuple[float, float]


class Chromaticities(NamedTuple):
    """The xy coordinates of a space's primaries and of its white."""

    red: Point
    green: Point
    blue: Point
    white: Point


_D65: Final = (0.3127, 0.3290)
_BT709: Final = Chromaticities((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), _D65)
_BT601: Final = Chromaticities((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65)

# H.273, table 2.
_PRIMARIES: Final = {
    1: _BT709,
    4: Chromaticities((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), (0.310, 0.316)),
    5: Chromaticities((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65),
    6: _BT601,
    7: _BT601,
    9: Chromaticities((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    11: Chromaticities((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    12: Chromaticities((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65),
    22: Chromaticities((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65),
}

LINEAR, PQ, HLG, SRGB = 8, 16, 18, 13
_GAMMAS: Final = {4: 2.2, 5: 2.8, LINEAR: 1.0, 17: 2.6}
"""Transfers of H.273, table 3, that are a plain gamma.

The curves of video (1, 6, 14, 15) count as sRGB's curve, as in browsers.
"""


@dataclass(frozen=True, slots=True)
class ColourSpace:
    """The primaries of a colour space, and how its samples become light.

    A *gamma* other than 0 replaces the *transfer* of H.273. If *full_range* is false, samples
    range from 16 to 235.
    """

    chromaticities: Chromaticities = _BT709
    transfer: int = SRGB
    gamma: float = 0.0
    full_range: bool = True

    @property
    def is_srgb(self) -> bool:
        """Whether this is sRGB: pixels need no conversion."""
        return self == ColourSpace()


ADOBE_RGB: Final = ColourSpace(
    Chromaticities((0.640, 0.330), (0.210, 0.710), (0.150, 0.060), _D65), gamma=563 / 256
)
"""Adobe RGB (1998) Color Image Encoding, 4.3.1: the primaries, and the gamma 2.19921875."""


def from_code_points(primaries: int, transfer: int, *, full_range: bool = True) -> ColourSpace:
    """Return the colour space of two code points; an unknown one counts as sRGB's."""
    if transfer in _GAMMAS:
        return ColourSpace(
            _PRIMARIES.get(primaries, _BT709), gamma=_GAMMAS[transfer], full_range=full_range
        )
    curve = transfer if transfer in {PQ, HLG} else SRGB
    return ColourSpace(_PRIMARIES.get(primaries, _BT709), curve, full_range=full_range)


def from_gamma(gamma: float, chromaticities: Chromaticities | None) -> ColourSpace:
    """Return the colour space of a PNG's gAMA and cHRM; a gamma of 2.2 means sRGB's curve."""
    points = chromaticities if chromaticities and _is_usable(chromaticities) else _BT709
    if _is_close(points, _BT709):
        points = _BT709
    is_usual = abs(gamma - 2.2) < 0.03
    return ColourSpace(points, gamma=0.0 if is_usual else gamma)


def _is_close(one: Chromaticities, other: Chromaticities) -> bool:
    pairs = zip(one, other, strict=True)
    return all(math.dist(first, second) < 0.002 for first, second in pairs)


def _is_usable(points: Chromaticities) -> bool:
    if not all(0 <= x <= 1 and 0.001 < y <= 1 for x, y in points):
        return False
    (ax, ay), (bx, by), (cx, cy) = points[:3]
    return abs((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) > 0.001
