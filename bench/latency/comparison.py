"""Whether one result is slower than another, or only looks like it.

The ratio of a percentile is given with an interval that a bootstrap finds: the seconds of both
runs are drawn again with replacement, as whole seconds, for neighbours wait in the same queue and
say much the same (Politis and Romano on block bootstraps; Efron on percentile intervals). That
knows nothing of what differs from one run to the next on the same machine: hence a floor too.
"""

import dataclasses
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bench.latency.histogram import Histogram, merged
from bench.latency.judgement import GRAVE
from bench.latency.result import Measured, Result
from bench.latency.tally import Series

NOISE: Final = 0.05
"""The share by which a ratio must differ from 1 for any difference to be told."""

_COMPARED: Final = (50.0, 90.0, 99.0)
_DRAWS: Final = 500
_CONFIDENCE: Final = 0.95
_MOST_BLOCKS: Final = 40
_LEAST_BLOCKS: Final = 8
_LEAST_BEYOND: Final = 10  # answers slower than a percentile, for it to be more than chance
_UNLIKE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Row:
    """A percentile of both, in microseconds, and what their ratio is worth.

    *low* and *high* bound the ratio; *doubt* is why it tells nothing, or empty.
    """

    scenario: str
    what: str
    percent: float
    before: int
    after: int
    low: float
    high: float
    doubt: str

    @property
    def ratio(self) -> float:
        """How many times as long it takes; 1 of nothing."""
        return self.after / self.before if self.before else 1.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """All rows, and what else must be known of the two."""

    rows: tuple[Row, ...]
    doubts: tuple[str, ...]

    def slower(self, ratio: float) -> list[Row]:
        """Return the rows that certainly are slower, and more than *ratio* times."""
        return [row for row in self.rows if not row.doubt and row.ratio > ratio]


def compared(before: Result, after: Result, noise: float = NOISE) -> Comparison:
    """Compare the scenarios that both have.

    Raises:
        ValueError: they have none in common.

    """
    others = {run.name: run for run in after.runs}
    pairs = [(run, others[run.name]) for run in before.runs if run.name in others]
    if not pairs:
        message = "the two have no scenario in common"
        raise ValueError(message)
    rows = [row for pair in pairs for row in _rows(*pair, noise)]
    doubts = [doubt for pair in pairs for doubt in _unlike(*pair)]
    return Comparison(tuple(rows), (*_missing(before, after), *doubts))


def _rows(before: Measured, after: Measured, noise: float) -> Iterator[Row]:
    grave = _in_doubt(before, after)
    for what, one, other in (
        ("requests", before.tally.latency, after.tally.latency),
        ("groups", before.tally.groups, after.tally.groups),
    ):
        if one.seconds or other.seconds:
            for row in _percentiles(before.name, what, one, other, noise):
                yield dataclasses.replace(row, doubt=row.doubt or grave)


def _in_doubt(*runs: Measured) -> str:
    grave = any(doubt.startswith(GRAVE) for run in runs for doubt in run.doubts)
    return "a run is in grave doubt" if grave else ""


def _percentiles(name: str, what: str, one: Series, other: Series, noise: float) -> Iterator[Row]:
    blocks = _blocks(one), _blocks(other)
    drawn = [_drawn(each, random.Random(f"{name}/{what}/{at}")) for at, each in enumerate(blocks)]
    wholes = one.whole, other.whole
    for at, percent in enumerate(_COMPARED):
        ratios = sorted(
            after[at] / before[at] if before[at] else 1.0
            for before, after in zip(*drawn, strict=True)
        )
        margin = round((1 - _CONFIDENCE) / 2 * _DRAWS)
        low, high = ratios[margin], ratios[-1 - margin]
        before, after = (whole.percentile(percent) for whole in wholes)
        row = Row(name, what, percent, before, after, low, high, "")
        doubt = _too_few(wholes, blocks, percent) or _too_alike(row, noise)
        yield Row(name, what, percent, before, after, low, high, doubt)


def _too_few(
    wholes: Sequence[Histogram], blocks: Sequence[Sequence[Histogram]], percent: float
) -> str:
    if min(map(len, wholes)) * (100 - percent) / 100 < _LEAST_BEYOND:
        return "too few answers"
    return "too short" if min(map(len, blocks)) < _LEAST_BLOCKS else ""


def _too_alike(row: Row, noise: float) -> str:
    if row.low <= 1 <= row.high:
        return "not distinguishable"
    return "within noise" if abs(row.ratio - 1) < noise else ""


def _blocks(series: Series) -> list[Histogram]:
    """Return the seconds of a series, or where they are many, equal stretches of them."""
    seconds = [series.seconds[second] for second in sorted(series.seconds)]
    stretch = -(-len(seconds) // _MOST_BLOCKS) or 1
    return [merged(seconds[at : at + stretch]) for at in range(0, len(seconds), stretch)]


def _drawn(blocks: Sequence[Histogram], rng: random.Random) -> list[list[int]]:
    """Return the percentiles of so many histograms made of blocks drawn with replacement."""
    if not blocks:
        return [[0] * len(_COMPARED)] * _DRAWS
    samples = (merged(rng.choices(blocks, k=len(blocks))) for _ in range(_DRAWS))
    return [sample.percentiles(_COMPARED) for sample in samples]


def _missing(before: Result, after: Result) -> Iterator[str]:
    names = {run.name for run in before.runs} ^ {run.name for run in after.runs}
    if names:
        yield f"Only one of the two has {', '.join(sorted(names))}."


def _unlike(before: Measured, after: Measured) -> Iterator[str]:
    """Yield why two runs of a scenario may not be of the same thing."""
    if before.text != after.text or before.load != after.load:
        yield f"{before.name}: the scenario or its load differs ({before.load}; {after.load})."
    for tier in sorted({*before.tally.tiers, *after.tally.tiers}):
        shares = before.tally.share(tier), after.tally.share(tier)
        if abs(shares[0] - shares[1]) > _UNLIKE:
            yield (
                f"{before.name}: {shares[0]:.0%} of the first's answers are {tier},"
                f" {shares[1]:.0%} of the second's."
            )
    for run, place in ((before, "first"), (after, "second")):
        for doubt in run.doubts:
            if doubt.startswith(GRAVE):
                yield f"{run.name}, {place}: {doubt}"
