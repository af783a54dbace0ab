"""Measures at ingest which number of each encoder makes an original look good enough.

A small copy is encoded with a few numbers, and SSIMULACRA2 scores the results
(`adapters.pillow.ssimulacra2`).
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

COPY_SIDE: Final = 480
"""Longest side of the copy, in pixels; more if the shorter side would be too small."""

SMALLEST: Final = 176
"""Pixels a side that SSIMULACRA2's five scales need: eleven are left on the coarsest."""

NUMBERS: Final = {
    Format.JPEG: (40, 62, 84),
    Format.WEBP: (40, 66, 88),
    Format.AVIF: (36, 56, 76),
}
"""The numbers that each encoder is tried with: about JPEG's 40, 62 and 84."""

_NEAR: Final = 3
"""A number this close to one that was tried needs no trial of its own."""

_MIN_RISE: Final = 0.5
"""The least rise of the score from one number to the next: a higher number never looks worse."""

_WITH_CHROMA: Final = frozenset({Format.JPEG, Format.AVIF})

_MIN_GAIN: Final = 0.5
"""Points of score that colours of full resolution must gain to be worth their time."""

_MAX_BYTES: Final = 0.8
"""More effort (three times the usual time) must need at most this share of the bytes."""

_MIN_GROWTH: Final = 1.01
"""The least growth of a file from one number to the next, so that its logarithm is positive."""

_KINDS: Final = {output: kind for kind, output in SAME.items()}


def make_copy(raster: R) -> R:
    """Return a small copy of an sRGB raster, on white, to measure curves with."""
    longest, shortest = max(raster.size), min(raster.size)
    share = min(1, max(COPY_SIDE / longest, SMALLEST / shortest))
    return _scale(raster, Extent(*raster.size).scale(share).whole)


def is_measurable(copy: R) -> bool:
    """Return whether a copy is large enough to be scored."""
    return min(copy.size) >= SMALLEST


def score_likeness(copy: R, from_mip: R, measurer: Measurer[R]) -> float:
    """Return how much the pixels of a mip, scaled to its size, look like a copy (SSIMULACRA2)."""
    return measurer.score_likeness(copy, _scale(from_mip, copy.size))


def measure_curves(
    copy: R, codec: Codec[R], measurer: Measurer[R], from_mip: R | None = None
) -> Curves:
    """Return the curves of a copy that is measurable, by format.

    If derivatives of its size are made from a mip, *from_mip* are the mip's pixels. They are
    encoded instead of the copy, so that the curves make up for what the mip has lost.
    """
    encoded = _scale(from_mip, copy.size) if from_mip else copy
    return {
        output: _CurveMeasurer(codec, measurer, copy, encoded, output).measure()
        for output in NUMBERS
    }


def _scale(raster: R, size: Size) -> R:
    # On white first: scaling a raster with alpha modifies it.
    opaque = raster.flatten(WHITE)
    return opaque if opaque.size == size else opaque.resize(Box(0, 0, *raster.size), size)


class _EncoderOptions(NamedTuple):
    """How a copy is encoded, except for the number."""

    chroma: Chroma = Chroma.QUARTER
    effort: Effort = Effort.USUAL


class _Trial(NamedTuple):
    """The score of an encoded copy, and its length in bytes."""

    score: float
    bytes: int


@dataclass(frozen=True, slots=True)
class _CurveMeasurer(Generic[R]):
    """Encodes one picture with several numbers, and compares the results with the *copy*.

    *encoded* is the copy, or the pixels of a mip in its place. Every trial is made once.
    """

    codec: Codec[R]
    measurer: Measurer[R]
    copy: R
    encoded: R
    output: Format
    trials: dict[tuple[int, _EncoderOptions], _Trial] = field(default_factory=dict)

    def measure(self) -> Curve:
        """Return the curve, with the chroma and the effort that look better for the same bytes.

        Most requests ask for the middle grade, so a trial of its own makes the curve exact there.
        """
        options = self._choose_options()
        numbers = NUMBERS[self.output]
        curve = self._measure_curve(numbers, options)
        usual = curve.number_for(TARGETS[AutoQuality.AUTO])
        if min(abs(usual - number) for number in numbers) > _NEAR:
            curve = self._measure_curve(sorted((*numbers, usual)), options)
        return curve

    def _measure_curve(self, numbers: Iterable[int], options: _EncoderOptions) -> Curve:
        points = [(number, self._try(number, options).score) for number in numbers]
        return Curve(_make_rising(points), options.chroma, options.effort)

    def _choose_options(self) -> _EncoderOptions:
        options = _EncoderOptions()
        if self.output in _WITH_CHROMA and self._is_worthwhile(
            _EncoderOptions(Chroma.FULL), options, _MIN_GAIN
        ):
            options = _EncoderOptions(Chroma.FULL)
        more_effort = options._replace(effort=Effort.MORE)
        if self.output is Format.AVIF and self._is_worthwhile(
            more_effort, options, saving=_MAX_BYTES
        ):
            options = more_effort
        return options

    def _is_worthwhile(
        self,
        other: _EncoderOptions,
        options: _EncoderOptions,
        gain: float = -math.inf,
        saving: float = 1.0,
    ) -> bool:
        """Return whether *other* options gain points and need fewer bytes for the same look.

        They must gain more than *gain* points, and need less than the share *saving* of the bytes.
        """
        _, middle, high = NUMBERS[self.output]
        usual, better = self._try(middle, options), self._try(high, options)
        trial = self._try(middle, other)
        gained = trial.score - usual.score
        growth = math.log(max(better.bytes / usual.bytes, _MIN_GROWTH))
        # The growth in bytes at which a higher number would gain the same points.
        worth = gained / max(better.score - usual.score, _MIN_RISE) * growth
        return gained > gain and trial.bytes < usual.bytes * math.exp(worth) * saving

    def _try(self, number: int, options: _EncoderOptions) -> _Trial:
        if (number, options) not in self.trials:
            encoding = Encoding(self.output, number, chroma=options.chroma, effort=options.effort)
            body = self.codec.encode([Frame(self.encoded)], encoding)
            (frame,) = self.codec.decode(body, Decoding(_KINDS[self.output]))
            score = self.measurer.score_likeness(self.copy, frame.raster)
            self.trials[number, options] = _Trial(score, len(body))
        return self.trials[number, options]


def _make_rising(points: list[tuple[int, float]]) -> tuple[tuple[int, float], ...]:
    """Return points whose scores rise: one that is too low is raised above the one before."""
    rising = [points[0]]
    for number, score in points[1:]:
        rising.append((number, max(score, rising[-1][1] + _MIN_RISE)))
    return tuple((number, round(score, 1)) for number, score in rising)
