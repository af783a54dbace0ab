"""One scale of quality for every encoder: the same `q` should look the same in each format.

`q` is JPEG's familiar number. The tables say which number another encoder needs for the same
SSIMULACRA2 score as JPEG has at that `q`; `bench/calibrate.py` measures them.
"""

from bisect import bisect_right
from typing import Final

from origin_lambda.url.values import AutoQuality, Format

AUTOMATIC: Final = {
    AutoQuality.LOW: 45,
    AutoQuality.ECO: 60,
    AutoQuality.AUTO: 75,
    AutoQuality.GOOD: 75,
    AutoQuality.BEST: 90,
}
"""The `q` of each automatic grade, where nothing more is known of the original."""

# JPEG q -> the encoder's own number; in between, straight lines. Medians over 12 photographs,
# AVIF two numbers higher in the middle, so that it never looks worse than WebP on the average.
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
        (20, 24),
        (35, 39),
        (50, 50),
        (60, 54),
        (70, 60),
        (75, 65),
        (80, 70),
        (85, 75),
        (90, 83),
        (95, 92),
        (100, 100),
    ),
}


def encoder_quality(output: Format, quality: int | AutoQuality) -> int:
    """Return the number that an encoder of format *output* needs for a `q`, 1 to 100."""
    number = AUTOMATIC[quality] if isinstance(quality, AutoQuality) else quality
    scale = _SCALES.get(output)
    return max(1, round(_interpolated(scale, number)) if scale else number)


def _interpolated(scale: tuple[tuple[int, int], ...], number: int) -> float:
    upper = min(bisect_right(scale, (number, 100)), len(scale) - 1)
    (x0, y0), (x1, y1) = scale[upper - 1], scale[upper]
    return y0 + (y1 - y0) * (number - x0) / (x1 - x0)
