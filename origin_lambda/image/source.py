"""Which file a derivative is decoded from, and how far a decoder can shrink it."""

from dataclasses import dataclass
from typing import Final

from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Extent, Size

SHRINKS: Final = {Kind.JPEG: (8, 4, 2)}
"""How many times smaller a decoder can decode, best first (libjpeg's DCT scaling)."""

SHRINK_GAP: Final = 1.25
"""Shrinking while decoding leaves at least so many times the pixels a side that are needed.

It then scores 89 to 97 against a resize of the full original, when an encoder's own loss is
73 to 85 (SSIMULACRA2); 1.0 scores down to 84, 2.0 takes up to 1.7 times as long
(docs/decisions/0003).
"""

SHRINK_GAP_OF_MIPS: Final = 2.0
"""The same for mips: they are small, and the next smaller one would have been taken below 1.25."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """What is read: a file of this *kind*, so many times smaller, and how many frames of it."""

    kind: Kind
    shrink: int = 1
    frames: int = 1


def shrink_for(kind: Kind, box: Extent, needed: Size | Extent, gap: float = SHRINK_GAP) -> int:
    """Return how many times smaller a file may be decoded, if *needed* pixels come from *box*."""
    room = min(box.width / needed.width, box.height / needed.height) / gap
    return next((shrink for shrink in SHRINKS.get(kind, ()) if shrink <= room), 1)
