"""One scale of quality for every encoder: the same `q` should look the same in each format.

`q` is the quality of a JPEG encoder. Every other encoder has a scale of its own. The tables say
which quality on that scale gives the same SSIMULACRA2 score as JPEG at `q`; `bench/calibrate.py`
measures them. For automatic quality, ingest measures curves of each original
(`image.analysis.quality_curves`). A picture that is hard to encode gets a higher encoder quality
than an easy one, so that both look equally good.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from origin_lambda.url.values import AutoQuality, Chroma, Format

AUTOMATIC: Final = {
    AutoQuality.LOW: 45,
    AutoQuality.ECO: 60,
    AutoQuality.AUTO: 75,
    AutoQuality.GOOD: 75,
    AutoQuality.BEST: 90,
}
"""The `q` of each automatic grade, for originals without curves."""

TARGETS: Final = {
    AutoQuality.LOW: 55.0,
    AutoQuality.ECO: 62.0,
    AutoQuality.AUTO: 70.0,
    AutoQuality.GOOD: 70.0,
    AutoQuality.BEST: 82.0,
}
"""The score (SSIMULACRA2) of each automatic grade, for originals that have curves."""

_MIN_QUALITY, _MAX_QUALITY = 25, 95
"""The range of encoder qualities that a curve can give: outside it, a curve only guesses."""

Scale = tuple[tuple[int, int], ...]
"""Pairs of qualities that look equal on two scales, with straight lines between them."""

# JPEG's quality -> the encoder's own quality. Medians over 12 photographs. AVIF (SVT-AV1) is two
# higher in the middle, so that it never looks worse than WebP on average.
_SCALES: Final = {
    Format.WEBP: (
        (0, 0),
        (20, 15),
        (35, 38),
        (50, 55),
        (60, 65),
        (70, 77),
        (75, 81),
        (80, 86),
        (85, 88),
        (90, 92),
        (95, 97),
        (100, 100),
    ),
    Format.AVIF: (
        (0, 0),
        (20, 20),
        (35, 31),
        (50, 41),
        (60, 46),
        (70, 52),
        (75, 58),
        (80, 63),
        (85, 70),
        (90, 82),
        (95, 93),
        (100, 100),
    ),
}


class Effort(StrEnum):
    """How long an encoder searches for a smaller file.

    MOST takes seconds: for files that no caller waits for. TRIAL is the same encoder, but faster,
    to find the quality for MOST.
    """

    LESS = "less"
    USUAL = "usual"
    MORE = "more"
    TRIAL = "trial"
    MOST = "most"


class Tuning(StrEnum):
    """What a WebP encoder does with its bits; which needs the fewest differs by picture.

    COLOURS keeps edges between saturated colours. EVEN gives all areas the same quality. TEXTURE
    takes bits from busy areas, where errors are seen less.
    """

    USUAL = "usual"
    COLOURS = "colours"
    EVEN = "even"
    TEXTURE = "texture"


@dataclass(frozen=True, slots=True)
class Curve:
    """How good one original looks at some qualities of one encoder.

    *points* are pairs of an encoder quality and its SSIMULACRA2 score, both rising. *chroma* is the
    resolution of colours that looks better for the same bytes. *effort* is the one that is worth
    its time for small results.
    """

    points: tuple[tuple[int, float], ...]
    chroma: Chroma = Chroma.QUARTER
    effort: Effort = Effort.USUAL

    def quality_for(self, target: float) -> int:
        """Return the encoder quality that reaches a score.

        Between two points it is interpolated. Beyond the first or the last point, the nearest line
        is extended.
        """
        scores = [score for _, score in self.points]
        upper = min(max(bisect_right(scores, target), 1), len(scores) - 1)
        (low, worse), (high, better) = self.points[upper - 1 : upper + 1]
        quality = low + (high - low) * (target - worse) / (better - worse)
        return round(min(max(quality, _MIN_QUALITY), _MAX_QUALITY))


Curves = Mapping[Format, Curve]

DEFAULTS: Final = Curve(())
"""The usual chroma and effort, for an original without a curve; it has no points."""

NO_CURVES: Final[Curves] = {}


def choose_encoder_quality(
    output: Format, quality: int | AutoQuality, curves: Curves = NO_CURVES
) -> int:
    """Return the encoder quality (1 to 100) of format *output* for a `q`.

    An automatic quality uses the original's curve, if there is one for this format.
    """
    if isinstance(quality, AutoQuality):
        if output in curves:
            return curves[output].quality_for(TARGETS[quality])
        quality = AUTOMATIC[quality]
    scale = _SCALES.get(output)
    return max(1, round(interpolate(scale, quality)) if scale else quality)


def interpolate(scale: Scale, quality: float) -> float:
    """Return the quality on the second scale that looks like one on the first."""
    upper = min(bisect_right(scale, (quality, 100)), len(scale) - 1)
    (x0, y0), (x1, y1) = scale[upper - 1], scale[upper]
    return y0 + (y1 - y0) * (quality - x0) / (x1 - x0)
