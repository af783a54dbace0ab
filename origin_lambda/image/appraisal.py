"""Finds out at which quality an original looks good enough, before anybody asks for it.

A small copy is written at a few numbers of each encoder and compared with itself: by a multi-scale
SSIM in CIELAB, which takes 20 ms where SSIMULACRA2 takes half a second. What that would say is
predicted; `bench/appraise.py` fits the prediction, and measures how far it is off.
"""

import math
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple

from origin_lambda.image.formats import SAME
from origin_lambda.image.geometry import Box, Extent
from origin_lambda.image.measure import Likeness, Measurer
from origin_lambda.image.plan import WHITE, Decoding, Encoding
from origin_lambda.image.quality import NO_CURVES, Curve, Curves
from origin_lambda.image.raster import Codec, Frame, R
from origin_lambda.url.values import Chroma, Format

APPRAISED: Final = 480
"""Longest side of the copy, in pixels; more if the shorter one would be too small."""

SMALLEST: Final = 176
"""Pixels a side that five scales need: an 11 pixel window on the coarsest."""

NUMBERS: Final = {
    Format.JPEG: (40, 62, 84),
    Format.WEBP: (40, 66, 88),
    Format.AVIF: (36, 56, 76),
}
"""What each encoder is tried at: about JPEG's 40, 62 and 84."""

# A score is the sum of these, times 1, w, w^2, c, a, b, n and n^2: w, c, a and b say how alike the
# two are (-log10 of what is missing to 1) where they differ the most, in their colours, at full
# and at half resolution; n is the encoder's number, of 1. Fitted to 43 pictures and 10 drawings at
# scores of 45 to 91. Left out of the fit, a photograph is predicted with a standard deviation of
# 2.6 (JPEG), 2.2 (WebP) and 2.2 (AVIF), a drawing with 5, 2 and 5.
_PREDICTION: Final = {
    Format.JPEG: (-25.6, 64.5, -7.1, 5.1, -9.3, -8.7, 31.6, -8.4),
    Format.WEBP: (-47.0, 84.5, -12.2, 5.8, -5.9, -5.7, 9.8, -0.2),
    Format.AVIF: (-59.7, 96.7, -14.1, 4.9, -3.5, -12.1, 32.6, -14.3),
}

_CLOSEST: Final = 2.9
"""Closeness from which on it says no more: the top of those parabolas."""

_RISES: Final = 0.5
"""What a score rises from one number to the next, at least: better never looks worse."""

_WITH_CHROMA: Final = frozenset({Format.JPEG, Format.AVIF})

_LEAST_GAIN, _SEEN_OF_IT = 0.5, 0.8
"""The prediction is careful with full colours. Of 23 originals these choose six in AVIF, and the
poster in JPEG: by SSIMULACRA2 it pays for all of them."""

_GROWS: Final = 1.01
"""What a file grows from one number to the next, at least: or nothing can be bought by bytes."""

_KINDS: Final = {output: kind for kind, output in SAME.items()}


def appraised(raster: R, codec: Codec[R], measurer: Measurer[R]) -> Curves:
    """Return the curves of an upright sRGB raster, none of a small one; spoils it."""
    longest, shortest = max(raster.size), min(raster.size)
    if shortest < SMALLEST:
        return NO_CURVES
    share = min(1, max(APPRAISED / longest, SMALLEST / shortest))
    size = Extent(*raster.size).scaled(share).whole
    small = raster.resized(Box(0, 0, *raster.size), size).over(WHITE)
    appraiser = _Appraiser(codec, measurer, small)
    return {output: appraiser.curve(output) for output in NUMBERS}


class _Tried(NamedTuple):
    """What a copy came to: the score to expect, and its bytes."""

    score: float
    bytes: int


@dataclass(frozen=True, slots=True)
class _Appraiser(Generic[R]):
    """Tries encoders on a copy of an original."""

    codec: Codec[R]
    measurer: Measurer[R]
    copy: R

    def curve(self, output: Format) -> Curve:
        """Return the curve of a format, with the chroma that gives the better look."""
        chroma = Chroma.FULL if self._needs_full(output) else Chroma.QUARTER
        points = [(number, self._tried(output, number, chroma).score) for number in NUMBERS[output]]
        return Curve(_rising(points), chroma)

    def _needs_full(self, output: Format) -> bool:
        """Whether colours of full resolution are worth more than their bytes are elsewhere."""
        if output not in _WITH_CHROMA:
            return False
        _, middle, high = NUMBERS[output]
        plain = self._tried(output, middle, Chroma.QUARTER)
        better = self._tried(output, high, Chroma.QUARTER)
        full = self._tried(output, middle, Chroma.FULL)
        gain = full.score - plain.score
        growth = math.log(max(better.bytes / plain.bytes, _GROWS))
        bought = (better.score - plain.score) / growth * math.log(full.bytes / plain.bytes)
        return gain > max(_LEAST_GAIN, _SEEN_OF_IT * bought)

    def _tried(self, output: Format, number: int, chroma: Chroma) -> _Tried:
        body = self.codec.encode([Frame(self.copy)], Encoding(output, number, chroma=chroma))
        (frame,) = self.codec.decode(body, Decoding(_KINDS[output]))
        likeness = self.measurer.likeness(self.copy, frame.raster)
        return _Tried(predicted(output, number, likeness), len(body))


def predicted(output: Format, number: int, likeness: Likeness) -> float:
    """Return the score to expect of a likeness at an encoder's number."""
    worst, colours, finest, fine = map(closeness, likeness)
    share = number / 100
    terms = (1, worst, worst**2, colours, finest, fine, share, share**2)
    return sum(weight * term for weight, term in zip(_PREDICTION[output], terms, strict=True))


def closeness(likeness: float) -> float:
    """Return how many decimals of a likeness are nines."""
    return -math.log10(max(1 - likeness, 10**-_CLOSEST))


def _rising(points: list[tuple[int, float]]) -> tuple[tuple[int, float], ...]:
    """Return points of which those are lifted that lie too low behind one before."""
    rising = [points[0]]
    for number, score in points[1:]:
        rising.append((number, max(score, rising[-1][1] + _RISES)))
    return tuple((number, round(score, 1)) for number, score in rising)
