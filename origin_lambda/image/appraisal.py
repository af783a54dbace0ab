"""Finds out at which quality an original looks good enough, before anybody asks for it.

A small copy is written at a few numbers of each encoder, and what came of it is scored by
SSIMULACRA2 (`adapters.pillow_ssimulacra2`).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple

from origin_lambda.image.encoding import Encoding
from origin_lambda.image.formats import SAME
from origin_lambda.image.geometry import Box, Extent, Size
from origin_lambda.image.measure import Measurer
from origin_lambda.image.plan import WHITE, Decoding
from origin_lambda.image.quality import NO_CURVES, TARGETS, Curve, Curves
from origin_lambda.image.raster import Codec, Frame, R
from origin_lambda.url.values import AutoQuality, Chroma, Format

APPRAISED: Final = 480
"""Longest side of the copy, in pixels; more if the shorter one would be too small."""

SMALLEST: Final = 176
"""Pixels a side that five scales need: eleven are left of them on the coarsest."""

NUMBERS: Final = {
    Format.JPEG: (40, 62, 84),
    Format.WEBP: (40, 66, 88),
    Format.AVIF: (36, 56, 76),
}
"""What each encoder is tried at: about JPEG's 40, 62 and 84."""

_NEAR: Final = 3
"""A number that is so near to one that was tried needs no try of its own."""

_RISES: Final = 0.5
"""What a score rises from one number to the next, at least: better never looks worse."""

_WITH_CHROMA: Final = frozenset({Format.JPEG, Format.AVIF})

_LEAST_GAIN: Final = 0.5
"""Points of score that colours of full resolution must gain: less is not worth their time."""

_GROWS: Final = 1.01
"""What a file grows from one number to the next, at least: or nothing can be bought by bytes."""

_KINDS: Final = {output: kind for kind, output in SAME.items()}


def copied(raster: R) -> R:
    """Return the copy of an upright sRGB raster that is appraised: small, and on white."""
    longest, shortest = max(raster.size), min(raster.size)
    share = min(1, max(APPRAISED / longest, SMALLEST / shortest))
    return _scaled(raster, Extent(*raster.size).scaled(share).whole)


def appraised(raster: R, codec: Codec[R], measurer: Measurer[R], served: R | None = None) -> Curves:
    """Return the curves of an upright sRGB raster, none of a small one.

    *served* is what its derivatives will be made from, where a mip stands in for it: what that has
    lost, an encoder's number must make up for.
    """
    if min(raster.size) < SMALLEST:
        return NO_CURVES
    shown = copied(raster)
    written = _scaled(served, shown.size) if served else shown
    return {
        output: _Appraiser(codec, measurer, shown, written, output).curve() for output in NUMBERS
    }


def _scaled(raster: R, size: Size) -> R:
    # On white first: scaling spoils a raster that can be seen through.
    opaque = raster.over(WHITE)
    return opaque if opaque.size == size else opaque.resized(Box(0, 0, *raster.size), size)


class _Tried(NamedTuple):
    """What a copy came to: its score, and its bytes."""

    score: float
    bytes: int


@dataclass(frozen=True, slots=True)
class _Appraiser(Generic[R]):
    """Tries an encoder on what is *written* in place of what is *shown*, each number once."""

    codec: Codec[R]
    measurer: Measurer[R]
    shown: R
    written: R
    output: Format
    tried: dict[tuple[int, Chroma], _Tried] = field(default_factory=dict)

    def curve(self) -> Curve:
        """Return the curve, with the chroma that gives the better look for its bytes.

        Most ask for the middle grade: there a try of its own makes the curve exact.
        """
        chroma = Chroma.FULL if self._needs_full() else Chroma.QUARTER
        numbers = NUMBERS[self.output]
        curve = self._through(numbers, chroma)
        usual = curve.number_for(TARGETS[AutoQuality.AUTO])
        if min(abs(usual - number) for number in numbers) > _NEAR:
            curve = self._through(sorted((*numbers, usual)), chroma)
        return curve

    def _through(self, numbers: Iterable[int], chroma: Chroma) -> Curve:
        points = [(number, self._try(number, chroma).score) for number in numbers]
        return Curve(_rising(points), chroma)

    def _needs_full(self) -> bool:
        """Whether colours of full resolution are worth more than their bytes are elsewhere."""
        if self.output not in _WITH_CHROMA:
            return False
        _, middle, high = NUMBERS[self.output]
        plain = self._try(middle, Chroma.QUARTER)
        better = self._try(high, Chroma.QUARTER)
        full = self._try(middle, Chroma.FULL)
        gain = full.score - plain.score
        growth = math.log(max(better.bytes / plain.bytes, _GROWS))
        bought = (better.score - plain.score) / growth * math.log(full.bytes / plain.bytes)
        return gain > max(_LEAST_GAIN, bought)

    def _try(self, number: int, chroma: Chroma) -> _Tried:
        if (number, chroma) not in self.tried:
            encoding = Encoding(self.output, number, chroma=chroma)
            body = self.codec.encode([Frame(self.written)], encoding)
            (frame,) = self.codec.decode(body, Decoding(_KINDS[self.output]))
            score = self.measurer.likeness(self.shown, frame.raster)
            self.tried[number, chroma] = _Tried(score, len(body))
        return self.tried[number, chroma]


def _rising(points: list[tuple[int, float]]) -> tuple[tuple[int, float], ...]:
    """Return points of which those are lifted that lie too low behind one before."""
    rising = [points[0]]
    for number, score in points[1:]:
        rising.append((number, max(score, rising[-1][1] + _RISES)))
    return tuple((number, round(score, 1)) for number, score in rising)
