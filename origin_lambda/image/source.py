"""What a derivative is decoded from, and how much a decoder can shrink it."""

from dataclasses import dataclass
from typing import Final

from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Box, Extent, Size

SHRINKS: Final = {Kind.JPEG: (8, 4, 2), Kind.WEBP: (8, 7, 6, 5, 4, 3, 2)}
"""The factors by which a decoder can shrink, the largest first.

libjpeg scales its inverse DCT. libwebp averages pixels.
"""

SHRINK_OVERSAMPLING: Final = {Kind.JPEG: 1.25, Kind.WEBP: 1.5}
"""Shrinking while decoding must leave this many times the needed pixels a side.

Compared with a resize of the full original, a result of a JPEG then scores 89 to 97 (SSIMULACRA2);
the loss of an encoder alone scores 73 to 85. A factor of 1.0 scores down to 84, and 2.0 takes up to
1.7 times as long (docs/decisions/0003). An average blurs more than a DCT, so WebP has a larger
factor: photographs score 93 to 95, screenshots 84 to 88 (docs/decisions/0064).
"""

SHRINK_OVERSAMPLING_OF_MIPS: Final = 2.0
"""The same for mips: they are small, and below 1.25 a smaller mip would be selected."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Draw a *region* of an SVG, in pixels of its natural size *whole*, at *size*."""

    region: Box
    whole: Size
    size: Size


@dataclass(frozen=True, slots=True)
class Decoding:
    """What to decode: a file of this *kind*, *shrink* times smaller, and so many *frames* of it.

    Of these frames only those with the numbers *kept* are returned, from 0; if empty, all.
    An SVG has no pixels: *drawing* says what to draw of it, and at which size.
    """

    kind: Kind
    shrink: int = 1
    frames: int = 1
    kept: tuple[int, ...] = ()
    drawing: Drawing | None = None


def select_shrink(
    kind: Kind, box: Extent, needed: Size | Extent, oversampling: float | None = None
) -> int:
    """Return how many times smaller a file can be decoded, if *needed* pixels come from *box*.

    At least one pixel of each side of the box is left. Without *oversampling*, it is the kind's.
    """
    oversampling = oversampling or SHRINK_OVERSAMPLING.get(kind, 1)
    room = min(box.width / needed.width, box.height / needed.height) / oversampling
    room = min(room, *box)
    return next((shrink for shrink in SHRINKS.get(kind, ()) if shrink <= room), 1)
