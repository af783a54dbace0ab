"""Compare two results: whether one is slower, or the difference may be chance.

The ratio of a percentile has an interval from a bootstrap. It draws whole seconds of both runs with
replacement, because neighbouring requests wait in the same queue (block bootstrap, Politis and
Romano; percentile intervals, Efron). It cannot know how much two runs of the same thing differ on
the same machine, so a ratio must also differ from 1 by more than a fixed share.
"""

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain
from typing import Final

from bench.latency.checks import SERIOUS
from bench.latency.result import Result, RunResult
from bench.latency.tally import Series, percentile

NOISE: Final = 0.05
"""The share by which a ratio must differ from 1."""

_COMPARED: Final = (50.0, 90.0, 99.0)
_DRAWS: Final = 500
_CONFIDENCE: Final = 0.95
_MAX_BLOCKS: Final = 40
_MIN_BLOCKS: Final = 8
_MIN_BEYOND: Final = 10  # answers slower than a percentile, so that it is more than chance
_MAX_SAMPLES: Final = 50_000  # of a run; of more, every nth of each block is used
_UNLIKE: Final = 0.05

_Blocks = Sequence[Sequence[int]]
"""Ascending latencies of each second, or of equal stretches of seconds."""


@dataclass(frozen=True, slots=True)
class Row:
    """A percentile of both, in microseconds, and bounds of their ratio.

    *inconclusive* says why the difference proves nothing; empty if it does.
    """

    scenario: str
    what: str
    percent: float
    before: int
    after: int
    low: float
    high: float
    inconclusive: str = ""

    @property
    def ratio(self) -> float:
        """The second divided by the first; 1 if the first is 0."""
        return self.after / self.before if self.before else 1.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """All rows, and what a reader must know about the two results."""

    rows: tuple[Row, ...]
    warnings: tuple[str, ...]

    def slower(self, ratio: float) -> list[Row]:
        """Return the rows that are certainly slower, by more than *ratio*."""
        return [row for row in self.rows if not row.inconclusive and row.ratio > ratio]


def compare(before: Result, after: Result, noise: float = NOISE) -> Comparison:
    """Compare the scenarios that both results have.

    Raises:
        ValueError: they have none in common.

    """
    others = {run.name: run for run in after.runs}
    pairs = [(run, others[run.name]) for run in before.runs if run.name in others]
    if not pairs:
        message = "the two have no scenario in common"
        raise ValueError(message)
    rows = [row for pair in pairs for row in _compare_runs(*pair, noise)]
    names = {run.name for run in before.runs} ^ {run.name for run in after.runs}
    missing = [f"Only one of the two has {', '.join(sorted(names))}."] if names else []
    unlike = [warning for pair in pairs for warning in _list_differences(*pair)]
    return Comparison(tuple(rows), (*missing, *unlike))


def _compare_runs(before: RunResult, after: RunResult, noise: float) -> Iterator[Row]:
    is_serious = any(warning.startswith(SERIOUS) for warning in before.warnings + after.warnings)
    for what, one, other in (
        ("requests", before.latency_us, after.latency_us),
        ("groups", before.groups_us, after.groups_us),
    ):
        if one or other:
            for row in _compare_series(before.name, what, one, other):
                reason = row.inconclusive or _find_chance(row, noise)
                if is_serious:
                    reason = reason or "a run has a serious warning"
                yield replace(row, inconclusive=reason)


def _compare_series(name: str, what: str, one: Series, other: Series) -> Iterator[Row]:
    blocks = _make_blocks(one), _make_blocks(other)
    draws = [
        _bootstrap(each, random.Random(f"{name}/{what}/{at}")) for at, each in enumerate(blocks)
    ]
    wholes = [sorted(chain.from_iterable(each)) for each in blocks]
    margin = round((1 - _CONFIDENCE) / 2 * _DRAWS)
    for at, percent in enumerate(_COMPARED):
        ratios = sorted(
            after[at] / before[at] if before[at] else 1.0
            for before, after in zip(*draws, strict=True)
        )
        before, after = (percentile(whole, percent) for whole in wholes)
        inconclusive = ""
        if min(map(len, wholes)) * (100 - percent) / 100 < _MIN_BEYOND:
            inconclusive = "too few answers"
        elif min(map(len, blocks)) < _MIN_BLOCKS:
            inconclusive = "too short"
        bounds = ratios[margin], ratios[-1 - margin]
        yield Row(name, what, percent, before, after, *bounds, inconclusive)


def _find_chance(row: Row, noise: float) -> str:
    if row.low <= 1 <= row.high:
        return "not distinguishable"
    return "within noise" if abs(row.ratio - 1) < noise else ""


def _make_blocks(series: Series) -> _Blocks:
    seconds = [series[second] for second in sorted(series) if series[second]]
    stretch = -(-len(seconds) // _MAX_BLOCKS) or 1
    return [
        sorted(chain.from_iterable(seconds[at : at + stretch]))
        for at in range(0, len(seconds), stretch)
    ]


def _bootstrap(blocks: _Blocks, rng: random.Random) -> list[list[int]]:
    """Return percentiles of many samples, each made of blocks drawn with replacement."""
    if not blocks:
        return [[0] * len(_COMPARED)] * _DRAWS
    step = -(-sum(map(len, blocks)) // _MAX_SAMPLES)
    tagged = sorted((value, at) for at, block in enumerate(blocks) for value in block[::step])
    owners = [at for _, at in tagged]
    draws = []
    for _ in range(_DRAWS):
        times = Counter(rng.choices(range(len(blocks)), k=len(blocks)))
        counts = list(accumulate(times[at] for at in owners))
        ranks = (max(1.0, percent / 100 * counts[-1]) for percent in _COMPARED)
        draws.append([tagged[bisect_left(counts, rank)][0] for rank in ranks])
    return draws


def _list_differences(before: RunResult, after: RunResult) -> Iterator[str]:
    """Yield why two runs of a scenario may not be comparable."""
    if before.scenario != after.scenario or before.load != after.load:
        yield f"{before.name}: the scenario or its load differs ({before.load}; {after.load})."
    for tier in sorted({*before.tiers, *after.tiers}):
        shares = before.share(tier), after.share(tier)
        if abs(shares[0] - shares[1]) > _UNLIKE:
            yield (
                f"{before.name}: {shares[0]:.0%} of the first's answers are {tier},"
                f" {shares[1]:.0%} of the second's."
            )
    for run, place in ((before, "first"), (after, "second")):
        for warning in run.warnings:
            if warning.startswith(SERIOUS):
                yield f"{run.name}, {place}: {warning}"
