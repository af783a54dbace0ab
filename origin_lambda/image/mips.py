"""Mips: smaller, visually lossless stand-ins for a large original, and which of them serves.

A mip shows all of the original, its pixels as stored (not turned), in sRGB. Everything else about
it is the original's: a plan that renders from a mip differs in its decoding and in nothing else.
"""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Box, Extent, Size
from origin_lambda.image.probe import Facts

RUNGS: Final = (2560, 1920, 1280, 640, 320)
"""Longest sides that mips have, in pixels, largest first."""

_WORTHY: Final = 640
"""An original that no mip of this side is worth making of is small enough."""

_WORTH: Final = 0.75
"""A mip has at most this share of the original's side, or it would save nothing.

That is so where both are JPEG, or may be transparent. Other kinds take two to seven times as long
to decode as the JPEG that a mip is: there one of the same size saves most of that.
"""

NEAR: Final = 1.24
"""Times the pixels a side: so that the sizes that are a quarter smaller than a rung take it."""

FAR: Final = 1.9

_LIKE: Final = 90.0


def required_oversampling(likeness: float) -> float:
    """Return how many times the pixels a side that a result needs a mip must have.

    *likeness* is what one of 1.33 times the pixels a side is worth (SSIMULACRA2). Of a photograph
    it is 91 to 96, when an encoder's own loss is 73 to 85. Text and lines, which lose more, are to
    come from a larger mip (docs/decisions/0023).
    """
    return NEAR if likeness >= _LIKE else FAR


@dataclass(frozen=True, slots=True)
class Mip:
    """A mip that is kept: its *size* as stored, its kind, and its weight in *bytes*.

    *oversampling* is how many times the pixels a side that a result needs it has, at least.
    """

    size: Size
    kind: Kind
    bytes: int = 0
    oversampling: float = FAR

    @property
    def side(self) -> int:
        """The longest side: what it is named by."""
        return max(self.size)

    def with_oversampling(self, oversampling: float, facts: Facts) -> Self:
        """Return it with another oversampling.

        A mip of the original's own size needs none where *oversampling* is `NEAR`.
        """
        whole = self.size == facts.size and oversampling == NEAR
        return dataclasses.replace(self, oversampling=1.0 if whole else oversampling)


def ladder(facts: Facts) -> tuple[Size, ...]:
    """Return the sizes of the mips that an original is to have, largest first.

    Animations have none: their frames are small, and a mip would show one of them. SVG has no
    pixels.
    """
    longest = max(facts.size)
    is_alike = facts.kind is Kind.JPEG or facts.alpha
    most = longest * (_WORTH if is_alike else 1)
    if facts.frames > 1 or most < _WORTHY:
        return ()
    rungs = [rung for rung in RUNGS if rung <= most]
    if not is_alike and longest < RUNGS[0] and longest not in rungs:
        rungs.insert(0, longest)
    return tuple(Extent(*facts.size).scaled(rung / longest).whole for rung in rungs)


def select_mip(mips: Iterable[Mip], facts: Facts, box: Box, needed: Size | Extent) -> Mip | None:
    """Return the smallest mip that has the *needed* pixels for a *box* of the original."""
    share = max(needed.width / box.extent.width, needed.height / box.extent.height)
    longest = share * max(facts.size)
    smallest_first = sorted(mips, key=lambda mip: mip.side)
    return next((mip for mip in smallest_first if mip.side >= mip.oversampling * longest), None)
