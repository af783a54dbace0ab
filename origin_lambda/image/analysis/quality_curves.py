"""Measures at ingest which quality of each encoder makes an original look good enough.

A small copy is encoded at a few qualities, and SSIMULACRA2 scores the results
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

MIN_SIDE: Final = 176
"""The shortest side in pixels that SSIMULACRA2's five scales need: the coarsest has 11 of them."""

TRIED_QUALITIES: Final = {
    Format.JPEG: (40, 62, 84),
    Format.WEBP: (40, 66, 88),
    Format.AVIF: (36, 56, 76),
}
"""The qualities that each encoder is tried at; they look about like JPEG's 40, 62 and 84."""

_NEAR: Final = 3
"""A quality this close to one that was tried needs no trial of its own."""

_MIN_RISE: Final = 0.5
"""The score rises at least this much to the next quality: a higher quality never looks worse."""

_WITH_CHROMA: Final = frozenset({Format.JPEG, Format.AVIF})

_MIN_GAIN: Final = 0.5
"""Points of score that colours of full resolution must gain to be worth their time."""

_MAX_BYTES_SHARE: Final = 0.8
"""More effort takes three times the usual time, so it must give at most this share of the bytes."""

_MIN_GROWTH: Final = 1.01
"""Files count as growing by at least this factor to the next quality: its logarithm is above 0."""

_KINDS: Final = {output: kind for kind, output in SAME.items()}


def make_copy(raster: R) -> R:
    """Return a small copy of an sRGB raster, on white, to measure curves with."""
    longest, shortest = max(raster.size), min(raster.size)
    share = min(1, max(COPY_SIDE / longest, MIN_SIDE / shortest))
    return _scale(raster, Extent(*raster.size).scale(share).whole)


def is_measurable(copy: R) -> bool:
    """Return whether a copy is large enough to be scored."""
    return min(copy.size) >= MIN_SIDE


def score_likeness(copy: R, from_mip: R, measurer: Measurer[R]) -> float:
    """Return the SSIMULACRA2 score of a mip's pixels, scaled to the size of a copy, against it."""
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
        for output in TRIED_QUALITIES
    }


def _scale(raster: R, size: Size) -> R:
    # On white first: scaling a raster with alpha modifies it.
    opaque = raster.flatten(WHITE)
    return opaque if opaque.size == size else opaque.resize(Box(0, 0, *raster.size), size)


class _EncoderOptions(NamedTuple):
    """How a copy is encoded, except for the quality."""

    chroma: Chroma = Chroma.QUARTER
    effort: Effort = Effort.USUAL


class _Trial(NamedTuple):
    """The score of an encoded copy, and its length in bytes."""

    score: float
    bytes: int


@dataclass(frozen=True, slots=True)
class _CurveMeasurer(Generic[R]):
    """Encodes one picture with several qualities, and compares the results with the *copy*.

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
        qualities = TRIED_QUALITIES[self.output]
        curve = self._measure_curve(qualities, options)
        usual = curve.quality_for(TARGETS[AutoQuality.AUTO])
        if min(abs(usual - quality) for quality in qualities) > _NEAR:
            curve = self._measure_curve(sorted((*qualities, usual)), options)
        return curve

    def _measure_curve(self, qualities: Iterable[int], options: _EncoderOptions) -> Curve:
        points = [(quality, self._try(quality, options).score) for quality in qualities]
        return Curve(_make_rising(points), options.chroma, options.effort)

    def _choose_options(self) -> _EncoderOptions:
        options = _EncoderOptions()
        if self.output in _WITH_CHROMA and self._is_worthwhile(
            _EncoderOptions(Chroma.FULL), options, _MIN_GAIN
        ):
            options = _EncoderOptions(Chroma.FULL)
        more_effort = options._replace(effort=Effort.MORE)
        if self.output is Format.AVIF and self._is_worthwhile(
            more_effort, options, saving=_MAX_BYTES_SHARE
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
        _, middle, high = TRIED_QUALITIES[self.output]
        usual, better = self._try(middle, options), self._try(high, options)
        trial = self._try(middle, other)
        gained = trial.score - usual.score
        growth = math.log(max(better.bytes / usual.bytes, _MIN_GROWTH))
        # The growth in bytes at which a higher quality would gain the same points.
        worth = gained / max(better.score - usual.score, _MIN_RISE) * growth
        return gained > gain and trial.bytes < usual.bytes * math.exp(worth) * saving

    def _try(self, quality: int, options: _EncoderOptions) -> _Trial:
        if (quality, options) not in self.trials:
            encoding = Encoding(self.output, quality, chroma=options.chroma, effort=options.effort)
            body = self.codec.encode([Frame(self.encoded)], encoding)
            (frame,) = self.codec.decode(body, Decoding(_KINDS[self.output]))
            score = self.measurer.score_likeness(self.copy, frame.raster)
            self.trials[quality, options] = _Trial(score, len(body))
        return self.trials[quality, options]


def _make_rising(points: list[tuple[int, float]]) -> tuple[tuple[int, float], ...]:
    """Return points whose scores rise: one that is too low is raised above the one before."""
    rising = [points[0]]
    for quality, score in points[1:]:
        rising.append((quality, max(score, rising[-1][1] + _MIN_RISE)))
    return tuple((quality, round(score, 1)) for quality, score in rising)
