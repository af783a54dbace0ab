"""Interpolate an encoder's quality curve: quality number, score and bytes.

Between measured points the score is a straight line over the number, and the logarithm of the
bytes is a straight line over the score.
"""

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

BEST: Final = 100


class Point(NamedTuple):
    """A measured point: an encoder's quality number, the score, and the bytes."""

    number: float
    score: float
    bytes: int


def number_at(points: Sequence[Point], score: float) -> float | None:
    """Return the lowest quality number that reaches a score; None if no number does.

    Outside the measured points the nearest line is extended. Where the score falls while the
    number rises, the best score so far counts.
    """
    rising = _make_rising(points)
    for lower, upper in pairwise(rising):
        if score <= upper.score or upper is rising[-1]:
            slope = (upper.score - lower.score) / (upper.number - lower.number)
            if slope <= 0:
                return upper.number if score <= upper.score else None
            number = lower.number + (score - lower.score) / slope
            return max(1.0, number) if number <= BEST else None
    return None


def score_at(points: Sequence[Point], number: float) -> float:
    """Return the score of a quality number; the outer lines are extended."""
    lower, upper = _neighbours([point.number for point in points], number)
    first, second = points[lower], points[upper]
    share = (number - first.number) / (second.number - first.number)
    return first.score + share * (second.score - first.score)


def bytes_at(points: Sequence[Point], score: float) -> float | None:
    """Return the size of a file with that score; None outside the measured points."""
    rising = _make_rising(points)
    if not rising[0].score <= score <= rising[-1].score:
        return None
    lower, upper = _neighbours([point.score for point in rising], score)
    first, second = rising[lower], rising[upper]
    if second.score == first.score:
        return float(first.bytes)
    share = (score - first.score) / (second.score - first.score)
    return float(first.bytes * (second.bytes / first.bytes) ** share)


def common_number(numbers: Sequence[float | None]) -> int | None:
    """Return one number for many pictures: the median, rounded up; None if most have none."""
    median = statistics.median_high(math.inf if each is None else each for each in numbers)
    return None if math.isinf(median) else min(BEST, math.ceil(median))


def _make_rising(points: Sequence[Point]) -> list[Point]:
    best = -math.inf
    rising = []
    for point in sorted(points):
        best = max(best, point.score)
        rising.append(point._replace(score=best))
    return rising


def _neighbours(values: Sequence[float], value: float) -> tuple[int, int]:
    """Return the indices of the two values to interpolate between."""
    last = len(values) - 1
    upper = next((at for at in range(1, last + 1) if value <= values[at]), last)
    return upper - 1, upper
