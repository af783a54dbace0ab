"""Mips: smaller, visually lossless stand-ins for a large original, and which of them serves.

A mip shows all of the original, its pixels as stored (not turned), in sRGB. Everything else about
it is the original's: a plan that renders from a mip differs in its decoding and in nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Box, Extent, Size
from origin_lambda.image.probe import Facts

RUNGS: Final = (2560, 1920, 1280, 640)
"""Longest sides that mips have, in pixels, largest first."""

_WORTH: Final = 0.75
"""A mip has at most this share of the original's side, or it would save nothing."""

_OF_PHOTOGRAPHS: Final = 1.24  # so that the sizes that are a quarter smaller than a rung take it
_OF_DRAWINGS: Final = 1.9
_PHOTOGRAPHS: Final = frozenset({Kind.JPEG, Kind.HEIF})


def mip_gap(kind: Kind) -> float:
    """Return how many times the pixels a side that the result needs a mip has, at least.

    For photographs it then scores 89 to 92 against a resize of the full original (SSIMULACRA2),
    at 1.6 times 93 to 95, when an encoder's own loss is 73 to 85. Text and lines lose eight points
    more, and they come in other kinds of files (docs/decisions/0016).
    """
    return _OF_PHOTOGRAPHS if kind in _PHOTOGRAPHS else _OF_DRAWINGS


@dataclass(frozen=True, slots=True)
class Mip:
    """A mip that is kept: its *size* as stored, its kind, and its weight in *bytes*."""

    size: Size
    kind: Kind
    bytes: int = 0

    @property
    def side(self) -> int:
        """The longest side: what it is named by."""
        return max(self.size)


def ladder(facts: Facts) -> tuple[Size, ...]:
    """Return the sizes of the mips that an original is to have, largest first.

    Animations have none: their frames are small, and a mip would show one of them. SVG has no
    pixels.
    """
    longest = max(facts.size)
    if facts.frames > 1:
        return ()
    return tuple(
        Extent(*facts.size).scaled(rung / longest).whole
        for rung in RUNGS
        if rung <= longest * _WORTH
    )


def serving(mips: Iterable[Mip], facts: Facts, box: Box, scaled: Size) -> Mip | None:
    """Return the smallest mip good enough to scale *box* of an original to *scaled*."""
    share = max(scaled.width / box.extent.width, scaled.height / box.extent.height)
    needed = mip_gap(facts.kind) * share * max(facts.size)
    smallest_first = sorted(mips, key=lambda mip: mip.side)
    return next((mip for mip in smallest_first if mip.side >= needed), None)
