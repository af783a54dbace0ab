"""What was promised, what was measured, and whether it holds."""

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

from bench.peers import headline, memory
from bench.peers.contestants import OURS
from bench.peers.report import Report, table
from bench.peers.weight import OUR_AVIF
from bench.sharp import geometric_mean


class Bar(NamedTuple):
    """A promise: at most so much."""

    promise: str
    most: float
    measured: float

    @property
    def holds(self) -> bool:
        """Whether it is kept."""
        return self.measured <= self.most


_AFTER: Final = 0.25
_AFTER_ROW: Final = 1.05
_BEFORE: Final = 0.75
_BEFORE_ROW: Final = 1.1
_AUTOMATIC: Final = 0.85
_WEIGHTS: Final = {"sharp avif": 1.20, "sharp webp": 0.85}


def bars(report: Report) -> str:
    """Return a table of the bars that this run has measured."""
    rows = [
        (
            bar.promise,
            f"{bar.most:.3g}",
            "not reached" if math.isinf(bar.measured) else f"{bar.measured:.3g}",
            "yes" if bar.holds else "NO",
        )
        for bar in found(report)
    ]
    return table(("promise", "at most", "measured", "holds"), rows) if rows else ""


def found(report: Report) -> Iterator[Bar]:
    """Find every bar that a report has the measurements of."""
    for head in report.headlines:
        promise = f"{head.original} to {headline.WIDTH} px {head.format}, to sharp's default time"
        yield Bar(promise, headline.BARS[head.format], head.ratio)
    yield from _times(report)
    yield from _weights(report)
    for automatic in report.automatics:
        promise = f"q=auto's bytes to those of one q with the same worst score, {automatic.format}"
        yield Bar(promise, _AUTOMATIC, automatic.ratio)
    for each in report.memories:
        if each.peer == OURS and each.most is not None:
            promise = f"100 megapixels, {each.original} JPEG to {memory.WIDTH} px, MB"
            yield Bar(promise, memory.BAR, each.most)


def _times(report: Report) -> Iterator[Bar]:
    after = [row.after_ratio for row in report.rows if row.after_ratio is not None]
    before = [row.before_ratio for row in report.rows if row.before_ratio is not None]
    jpegs = [
        row.before_ratio
        for row in report.rows
        if row.before_ratio is not None and row.kind == "jpg"
    ]
    if after:
        yield Bar("after ingest, to the fastest peer, mean", _AFTER, geometric_mean(after))
        yield Bar("after ingest, to the fastest peer, any row", _AFTER_ROW, max(after))
    if before:
        yield Bar("before ingest, to the fastest peer, mean", _BEFORE, geometric_mean(before))
    if jpegs:
        yield Bar("before ingest, any row of a JPEG", _BEFORE_ROW, max(jpegs))


def _weights(report: Report) -> Iterator[Bar]:
    for peer, most in _WEIGHTS.items():
        for score in sorted({weight.score for weight in report.weights}):
            chosen = [weight for weight in report.weights if weight.score == score]
            ratios = [ratio for each in chosen if (ratio := each.ratio(peer)) is not None]
            # A score that only the peer reaches is no bar held, whatever the others weigh.
            missed = any(each.bytes[OUR_AVIF] is None and each.bytes[peer] for each in chosen)
            if ratios or missed:
                promise = f"our avif's bytes to {peer}'s at a score of {score}, mean"
                yield Bar(promise, most, math.inf if missed else geometric_mean(ratios))
