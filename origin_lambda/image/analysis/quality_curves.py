"""Finds out at which quality an original looks good enough, before anybody asks for it.

A small copy is written at a few numbers of each encoder, and what came of it is scored by
SSIMULACRA2 (`adapters.pillow.ssimulacra2`).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple

from origin_lambda.image.analysis.measure import Measurer
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.formats import SAME
from origin_lambda.image.geometry import Box, Extent, Size
from origin_lambda.image.quality import TARGETS, Curve, Curves, Effort
from origin_lambda.image.raster import Codec, Frame, R
from origin_lambda.image.source import Decoding
from origin_lambda.url.values import WHITE, AutoQuality, Chroma, Format

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

_LEAST_SAVED: Final = 0.8
"""More effort is worth its time (three times the usual) where this share of the bytes is enough."""

_GROWS: Final = 1.01
"""What a file grows from one number to the next, at least: or nothing can be bought by bytes."""

_KINDS: Final = {output: kind for kind, output in SAME.items()}


def copied(raster: R) -> R:
    """Return the copy of an sRGB raster that is appraised: small, and on white."""
    longest, shortest = max(raster.size), min(raster.size)
    share = min(1, max(APPRAISED / longest, SMALLEST / shortest))
    return _scaled(raster, Extent(*raster.size).scaled(share).whole)


def is_measurable(shown: R) -> bool:
    """Whether a copy is large enough to be compared."""
    return min(shown.size) >= SMALLEST


def likeness(shown: R, served: R, measurer: Measurer[R]) -> float:
    """Return how alike a copy is to what comes from a mip in its place."""
    return measurer.likeness(shown, _scaled(served, shown.size))


def measure_curves(
    shown: R, codec: Codec[R], measurer: Measurer[R], served: R | None = None
) -> Curves:
    """Return the curves of a copy that is large enough.

    *served* is what derivatives of its size are made from, where a mip stands in for it: what that
    has lost, an encoder's number must make up for.
    """
    written = _scaled(served, shown.size) if served else shown
    return {
        output: _Appraiser(codec, measurer, shown, written, output).curve() for output in NUMBERS
    }


def _scaled(raster: R, size: Size) -> R:
    # On white first: scaling spoils a raster that can be seen through.
    opaque = raster.flatten(WHITE)
    return opaque if opaque.size == size else opaque.resize(Box(0, 0, *raster.size), size)


class _Way(NamedTuple):
    """How a copy is written, but for the number."""

    chroma: Chroma = Chroma.QUARTER
    effort: Effort = Effort.USUAL


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
    tried: dict[tuple[int, _Way], _Tried] = field(default_factory=dict)

    def curve(self) -> Curve:
        """Return the curve, with the chroma and the effort that give the better look for its bytes.

        Most ask for the middle grade: there a try of its own makes the curve exact.
        """
        way = self._best_way()
        numbers = NUMBERS[self.output]
        curve = self._through(numbers, way)
        usual = curve.number_for(TARGETS[AutoQuality.AUTO])
        if min(abs(usual - number) for number in numbers) > _NEAR:
            curve = self._through(sorted((*numbers, usual)), way)
        return curve

    def _through(self, numbers: Iterable[int], way: _Way) -> Curve:
        points = [(number, self._try(number, way).score) for number in numbers]
        return Curve(_rising(points), way.chroma, way.effort)

    def _best_way(self) -> _Way:
        way = _Way()
        if self.output in _WITH_CHROMA and self._pays(_Way(Chroma.FULL), way, _LEAST_GAIN):
            way = _Way(Chroma.FULL)
        patient = way._replace(effort=Effort.MORE)
        if self.output is Format.AVIF and self._pays(patient, way, saving=_LEAST_SAVED):
            way = patient
        return way

    def _pays(self, other: _Way, way: _Way, gain: float = -math.inf, saving: float = 1.0) -> bool:
        """Whether another way gains so many points, and looks as good for so much fewer bytes."""
        _, middle, high = NUMBERS[self.output]
        plain, better = self._try(middle, way), self._try(high, way)
        tried = self._try(middle, other)
        growth = math.log(max(better.bytes / plain.bytes, _GROWS))
        bought = (tried.score - plain.score) / max(better.score - plain.score, _RISES) * growth
        return (
            tried.score - plain.score > gain
            and tried.bytes < plain.bytes * math.exp(bought) * saving
        )

    def _try(self, number: int, way: _Way) -> _Tried:
        if (number, way) not in self.tried:
            encoding = Encoding(self.output, number, chroma=way.chroma, effort=way.effort)
            body = self.codec.encode([Frame(self.written)], encoding)
            (frame,) = self.codec.decode(body, Decoding(_KINDS[self.output]))
            score = self.measurer.likeness(self.shown, frame.raster)
            self.tried[number, way] = _Tried(score, len(body))
        return self.tried[number, way]


def _rising(points: list[tuple[int, float]]) -> tuple[tuple[int, float], ...]:
    """Return points of which those are lifted that lie too low behind one before."""
    rising = [points[0]]
    for number, score in points[1:]:
        rising.append((number, max(score, rising[-1][1] + _RISES)))
    return tuple((number, round(score, 1)) for number, score in rising)
