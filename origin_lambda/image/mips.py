"""Selects a mip: a smaller, visually lossless copy of a large original, to render from.

A mip shows the whole original in sRGB, its pixels as stored (not turned). Its other facts are those
of the original, so a plan that renders from a mip differs only in what it decodes.
"""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Box, Extent, Size
from origin_lambda.image.probe import Facts

RUNGS: Final = (2560, 1920, 1280, 640, 320)
"""Longest sides of mips, in pixels, the largest first."""

_SMALLEST_LADDER: Final = 640
"""An original whose largest possible mip is smaller than this gets no mips."""

_LARGEST_SHARE: Final = 0.75
"""The largest side of a mip that saves time, as a share of the original's side.

This holds if both are JPEG, or can be transparent. Other kinds take two to seven times as long to
decode as a mip, which is a JPEG: for those a mip of the same size still saves most of the time.
"""

LOW_OVERSAMPLING: Final = 1.24
"""How many times the needed pixels a side a mip must have, if it loses little.

It is just below 1.25, so that a result 1.25 times smaller than a rung is rendered from that rung.
"""

HIGH_OVERSAMPLING: Final = 1.9
"""The same for originals that lose more: text and thin lines."""

_LOSSLESS_LOOK: Final = 90.0
"""The score (SSIMULACRA2) from which two pictures look the same."""


def required_oversampling(likeness: float) -> float:
    """Return how many times the needed pixels a side a mip must have.

    *likeness* is the score (SSIMULACRA2) of a result from a mip of 1.33 times the pixels a side.
    Photographs score 91 to 96; the loss of an encoder alone scores 73 to 85. Text and lines lose
    more, so they need a larger mip (docs/decisions/0023).
    """
    return LOW_OVERSAMPLING if likeness >= _LOSSLESS_LOOK else HIGH_OVERSAMPLING


@dataclass(frozen=True, slots=True)
class Mip:
    """A stored mip: its *size* in stored axes, its kind, and its file's length in *bytes*.

    It serves results that need at most its pixels a side divided by *oversampling*.
    """

    size: Size
    kind: Kind
    bytes: int = 0
    oversampling: float = HIGH_OVERSAMPLING

    @property
    def side(self) -> int:
        """The longest side in pixels, which names the mip."""
        return max(self.size)

    def with_oversampling(self, oversampling: float, facts: Facts) -> Self:
        """Return the mip with another oversampling.

        A mip of the original's own size needs none if *oversampling* is `LOW_OVERSAMPLING`.
        """
        whole = self.size == facts.size and oversampling == LOW_OVERSAMPLING
        return dataclasses.replace(self, oversampling=1.0 if whole else oversampling)


def plan_mip_sizes(facts: Facts) -> tuple[Size, ...]:
    """Return the sizes of an original's mips, the largest first.

    Animations have none: their frames are small, and a mip would show one of them. SVG has no
    pixels.
    """
    longest = max(facts.size)
    is_alike = facts.kind is Kind.JPEG or facts.alpha
    most = longest * (_LARGEST_SHARE if is_alike else 1)
    if facts.frames > 1 or most < _SMALLEST_LADDER:
        return ()
    rungs = [rung for rung in RUNGS if rung <= most]
    if not is_alike and longest < RUNGS[0] and longest not in rungs:
        rungs.insert(0, longest)
    return tuple(Extent(*facts.size).scale(rung / longest).whole for rung in rungs)


def select_mip(mips: Iterable[Mip], facts: Facts, box: Box, needed: Size | Extent) -> Mip | None:
    """Return the smallest mip with the *needed* pixels for a *box* of the original, or None."""
    share = max(needed.width / box.extent.width, needed.height / box.extent.height)
    longest = share * max(facts.size)
    smallest_first = sorted(mips, key=lambda mip: mip.side)
    return next((mip for mip in smallest_first if mip.side >= mip.oversampling * longest), None)
