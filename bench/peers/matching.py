"""Which number of an encoder reaches a score, and what a file weighs there.

Between measured points there are straight lines.
"""

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

BEST: Final = 100


class Point(NamedTuple):
    """What an encoder's number gave: a score, and bytes."""

    number: float
    score: float
    bytes: int


def number_at(points: Sequence[Point], score: float) -> float | None:
    """Return the lowest number that reaches a score; None where not even the best one would.

    Beyond the measured points the last two are continued. Scores that fall while the number rises
    are taken for the best one so far.
    """
    rising = _rising(points)
    for lower, upper in pairwise(rising):
        if score <= upper.score or upper is rising[-1]:
            slope = (upper.score - lower.score) / (upper.number - lower.number)
            if slope <= 0:
                return upper.number if score <= upper.score else None
            found = lower.number + (score - lower.score) / slope
            return max(1.0, found) if found <= BEST else None
    return None


def score_at(points: Sequence[Point], number: float) -> float:
    """Return the score that a number gives, beyond the measured ones on the last two's line."""
    lower, upper = _around([point.number for point in points], number)
    first, second = points[lower], points[upper]
    share = (number - first.number) / (second.number - first.number)
    return first.score + share * (second.score - first.score)


def bytes_at(points: Sequence[Point], score: float) -> float | None:
    """Return what a file of that score weighs; None outside of what was measured.

    Between two points the logarithm of bytes is straight: bytes double by steps of score.
    """
    rising = _rising(points)
    if not rising[0].score <= score <= rising[-1].score:
        return None
    lower, upper = _around([point.score for point in rising], score)
    first, second = rising[lower], rising[upper]
    if second.score == first.score:
        return float(first.bytes)
    share = (score - first.score) / (second.score - first.score)
    return math.exp(
        math.log(first.bytes) + share * (math.log(second.bytes) - math.log(first.bytes))
    )


def common_number(numbers: Sequence[float | None]) -> int | None:
    """Return one number for many pictures: their median, rounded up; None if most have none."""
    found = sorted(math.inf if number is None else number for number in numbers)
    median = statistics.median_high(found)
    return None if math.isinf(median) else min(BEST, math.ceil(median))


def _rising(points: Sequence[Point]) -> list[Point]:
    ordered = sorted(points)
    best = -math.inf
    rising = []
    for point in ordered:
        best = max(best, point.score)
        rising.append(point._replace(score=best))
    return rising


def _around(values: Sequence[float], value: float) -> tuple[int, int]:
    """Return the places of the two neighbours to interpolate between."""
    last = len(values) - 1
    upper = next((at for at in range(1, last + 1) if value <= values[at]), last)
    return upper - 1, upper
