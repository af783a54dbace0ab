"""Measure what automatic quality saves.

For each format: automatic quality, as after ingest, has a worst score over the originals. The
fixed `q` it is compared with is the lowest that gives every original at least that score.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from bench.peers.best_settings import Cell, Sweep, measure_curves
from bench.peers.contestants import DEFAULT_AFTER, FORMATS, OURS, Candidate
from bench.peers.curves import BEST, Point, number_at
from bench.peers.judge import Judge, Rating
from bench.peers.peer import Ask, Peer
from origin_lambda.url.values import Format

WIDTH: Final = 480
_FIXED: Final = (20, 35, 50, 62, 75, 85, 92, 97)


@dataclass(frozen=True, slots=True)
class AutoQuality:
    """For one format: scores of automatic quality, the fixed `q`, and our bytes to its bytes."""

    format: Format
    worst: float
    median: float
    fixed: float
    fixed_median: float
    ratio: float


class Tried(NamedTuple):
    """An original with automatic quality, and with some fixed ones."""

    automatic: Rating
    fixed: Sequence[Point]


def compare_auto_quality(
    peers: Mapping[str, Peer], judge: Judge, cells: Sequence[Cell]
) -> list[AutoQuality]:
    """Compare automatic with fixed quality, format by format."""
    return [compare(each, _try(peers[OURS], judge, cells, each)) for each in FORMATS]


def compare(output: Format, tried: Sequence[Tried]) -> AutoQuality:
    """Compare automatic quality with the fixed one that has the same worst score."""
    worst = min(each.automatic.score for each in tried)
    numbers = [number_at(each.fixed, worst) for each in tried]
    fixed = max(BEST if number is None else number for number in numbers)
    fixed_ratings = [_interpolate(each.fixed, fixed) for each in tried]
    return AutoQuality(
        output,
        worst,
        statistics.median(each.automatic.score for each in tried),
        fixed,
        statistics.median(rating.score for rating in fixed_ratings),
        statistics.geometric_mean(
            each.automatic.bytes / rating.bytes
            for each, rating in zip(tried, fixed_ratings, strict=True)
        ),
    )


def _try(ours: Peer, judge: Judge, cells: Sequence[Cell], output: Format) -> list[Tried]:
    asks = [Ask(original.path, width, output, DEFAULT_AFTER) for original, width in cells]
    automatic = judge.rate(ours, asks)
    sweep = Sweep(output, Candidate("q", DEFAULT_AFTER), _FIXED)
    fixed = measure_curves(ours, judge, cells, sweep)
    return [Tried(*each) for each in zip(automatic, fixed, strict=True)]


def _interpolate(points: Sequence[Point], number: float) -> Rating:
    """Return the rating of a quality number between two points."""
    upper = next((at for at in range(1, len(points)) if number <= points[at].number), -1)
    after, before = points[upper], points[upper - 1]
    share = (number - before.number) / (after.number - before.number)
    size = before.bytes * (after.bytes / before.bytes) ** share
    return Rating(before.score + share * (after.score - before.score), round(size))
