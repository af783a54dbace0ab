"""What `q=auto` saves: against the one fixed `q` with which the worst picture looks as good.

For each format: automatic quality, as after ingest, gives some worst score over the originals;
the fixed `q` is the lowest that gives every original that score.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from bench.peers.contestants import FORMATS, OURS
from bench.peers.equal import Cell
from bench.peers.looks import Look, Looks
from bench.peers.matching import BEST, Point, number_at
from bench.peers.peer import Ask, Peer
from bench.sharp import geometric_mean
from origin_lambda.url.values import Format

WIDTH: Final = 480
_FIXED: Final = (20, 35, 50, 62, 75, 85, 92, 97)


@dataclass(frozen=True, slots=True)
class Automatic:
    """Of one format: scores of `q=auto`, the fixed `q` with the same worst one, and bytes."""

    format: Format
    worst: float
    median: float
    fixed: float
    fixed_median: float
    ratio: float


class Tried(NamedTuple):
    """An original at automatic quality, and at some fixed ones."""

    automatic: Look
    fixed: Sequence[Point]


def automatics(peers: Mapping[str, Peer], looks: Looks, cells: Sequence[Cell]) -> list[Automatic]:
    """Return what automatic quality comes to, by format."""
    return [compared(each, _tried(peers[OURS], looks, cells, each)) for each in FORMATS]


def compared(output: Format, tried: Sequence[Tried]) -> Automatic:
    """Compare automatic quality with the fixed one that has the same worst score."""
    worst = min(each.automatic.score for each in tried)
    numbers = [number_at(each.fixed, worst) for each in tried]
    fixed = max(BEST if number is None else number for number in numbers)
    there = [_at(each.fixed, fixed) for each in tried]
    return Automatic(
        output,
        worst,
        statistics.median(each.automatic.score for each in tried),
        fixed,
        statistics.median(look.score for look in there),
        geometric_mean(
            [each.automatic.bytes / look.bytes for each, look in zip(tried, there, strict=True)]
        ),
    )


def _tried(ours: Peer, looks: Looks, cells: Sequence[Cell], output: Format) -> list[Tried]:
    def asks(settings: Mapping[str, object]) -> list[Ask]:
        return [
            Ask(original.path, width, output, {"source": "mip", **settings})
            for original, width in cells
        ]

    automatic = looks.of(ours, asks({}))
    fixed = {number: looks.of(ours, asks({"q": number})) for number in _FIXED}
    return [
        Tried(look, [Point(number, *fixed[number][at]) for number in _FIXED])
        for at, look in enumerate(automatic)
    ]


def _at(points: Sequence[Point], number: float) -> Look:
    """Return the look at a number; the logarithm of bytes is straight between two points."""
    upper = next((at for at in range(1, len(points)) if number <= points[at].number), -1)
    after = points[upper]
    before = points[upper - 1]
    share = (number - before.number) / (after.number - before.number)
    grown = math.log(after.bytes / before.bytes)
    return Look(
        before.score + share * (after.score - before.score),
        round(before.bytes * math.exp(share * grown)),
    )
