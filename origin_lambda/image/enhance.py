"""Chooses adjustments for a picture from its tones: what `auto=enhance` does.

Middle tones move halfway to a middle grey, the darkest and lightest tones towards black and white,
and pale colours become stronger. All changes are small, so that a good picture hardly changes.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Final

from origin_lambda.image.raster import Tones

_MAX: Final = 255

_CLIPPED: Final = 0.005
"""The share of the darkest and of the lightest pixels that can become black and white."""

_MIDDLE: Final = 0.46
"""Where the median goes, halfway: a little below the middle, as in most photographs."""

_MAX_GAMMA: Final = 25
_MIN_GAMMA: Final = -8
"""Bright pictures, such as those of a sky, are hardly darkened: most were meant to be bright."""

_BLACK, _WHITE = 0.02, 0.98
_MAX_SLOPE: Final = 1.2

_VIVID: Final = 0.35
"""The mean saturation from which colours stay as they are."""

_MAX_VIBRANCE: Final = 25


def choose_adjustments(tones: Tones) -> Mapping[str, int]:
    """Return adjustments by their field in `Adjust`, in percent; none for a picture of one tone."""
    if sum(tones.counts) == 0:
        return {}
    low, median, high = (
        _find_quantile(tones.counts, each) for each in (_CLIPPED, 0.5, 1 - _CLIPPED)
    )
    if high - low < 1 / _MAX:
        return {}
    gamma = _choose_gamma(median)
    exponent = 2.0 ** (-gamma / 50)
    slope, shift = _choose_line(low**exponent, high**exponent)
    missing = max(0.0, 1 - tones.saturation / _VIVID)
    # A grey picture stays grey, and a nearly grey one was meant to be so.
    vibrance = round(_MAX_VIBRANCE * missing * min(1.0, tones.saturation * 10))
    return {
        "gamma": gamma,
        "brightness": round(shift * 100),
        "contrast": round((slope - 1) * 100),
        "vibrance": vibrance,
    }


def _find_quantile(counts: Sequence[int], share: float) -> float:
    """Return the luma, 0 to 1, below which this share of the pixels lies."""
    wanted = share * sum(counts)
    sums = itertools.accumulate(counts)
    return next(luma for luma, so_far in enumerate(sums) if so_far >= wanted) / _MAX


def _choose_gamma(median: float) -> int:
    """Return the `gam` that moves the median halfway to the middle, within bounds."""
    if not 0 < median < 1:
        return 0
    exponent = math.log((median + _MIDDLE) / 2) / math.log(median)
    return min(max(round(-50 * math.log2(exponent)), _MIN_GAMMA), _MAX_GAMMA)


def _choose_line(low: float, high: float) -> tuple[float, float]:
    """Return the slope around 0.5 and the shift before it that spread the tones."""
    slope = min((_WHITE - _BLACK) / (high - low), _MAX_SLOPE)
    if slope <= 1:
        return 1.0, 0.0
    half, middle = slope * (high - low) / 2, (low + high) / 2
    new_middle = min(max(middle, _BLACK + half), _WHITE - half)
    return slope, (new_middle - 0.5) / slope + 0.5 - middle
