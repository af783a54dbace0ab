"""Count the outcomes of one run of a scenario, as they come in.

Latencies are whole microseconds, and every one is kept: percentiles are exact, and a result needs
no special reader. A million requests take some 100 MB.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from bench.latency.answer import COLD, RENDERED, parse_stages
from bench.latency.client import Outcome

MICROSECONDS: Final = 1_000_000

Series = dict[int, list[int]]
"""Latencies by the second in which their requests were due; 0 is the end of the warm-up."""


def percentile(ascending: Sequence[int], percent: float) -> int:
    """Return the smallest value that *percent* of the values do not exceed; 0 of none."""
    rank = math.ceil(percent / 100 * len(ascending) - 1e-9)
    return ascending[max(1, rank) - 1] if ascending else 0


def all_of(series: Series) -> list[int]:
    """Return all latencies of a series."""
    return list(chain.from_iterable(series.values()))


@dataclass(slots=True)
class Size:
    """A number of answers, and their bytes."""

    answers: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Tally:
    """Counts of one run; latencies are of good answers only.

    *latency* is from the time a request was due, *late* how long after that it started. *failed*
    has the latencies of failures, *groups* that of each group's last answer. *renders* are those
    that groups caused, *waited* the requests that found no free connection.
    """

    latency: Series = field(default_factory=dict)
    groups: Series = field(default_factory=dict)
    late: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    tiers: dict[str, list[int]] = field(default_factory=dict)
    stages: dict[str, list[int]] = field(default_factory=dict)
    formats: dict[str, Size] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    redirects: int = 0
    renders: int = 0
    waited: int = 0
    abandoned: int = 0

    def record(self, outcome: Outcome, due: float, ended: float) -> None:
        """Count an outcome; times are in seconds since the end of the warm-up."""
        latency = round((ended - due) * MICROSECONDS)
        self.redirects += outcome.redirects
        if outcome.status:
            self.statuses[str(outcome.status)] += 1
        if outcome.error:
            self.errors[outcome.error] += 1
            self.failed.append(latency)
            return
        self.latency.setdefault(int(due), []).append(latency)
        self.tiers.setdefault(outcome.tier, []).append(latency)
        size = self.formats.setdefault(outcome.format, Size())
        size.answers += 1
        size.bytes += outcome.size
        for name, milliseconds in parse_stages(outcome.timing).items():
            self.stages.setdefault(name, []).append(round(milliseconds * 1000))

    def record_group(self, outcomes: Iterable[Outcome], due: float, ended: float) -> None:
        """Count a group; its last answer counts only if all its answers are good.

        Answers that share a render repeat its `Server-Timing`, which has tenths of milliseconds.
        """
        outcomes = list(outcomes)
        if not any(outcome.error for outcome in outcomes):
            self.groups.setdefault(int(due), []).append(round((ended - due) * MICROSECONDS))
        self.renders += len({each.timing for each in outcomes if each.tier in {RENDERED, COLD}})

    @property
    def answered(self) -> int:
        """The number of good answers."""
        return sum(map(len, self.tiers.values()))

    @property
    def requested(self) -> int:
        """The number of requests that ended."""
        return self.answered + len(self.failed)

    @property
    def error_rate(self) -> float:
        """The share of requests that failed; 0 of none."""
        return len(self.failed) / self.requested if self.requested else 0.0

    def share(self, *tiers: str) -> float:
        """Return the share of good answers that came from some tiers."""
        count = sum(len(self.tiers.get(tier, ())) for tier in tiers)
        return count / self.answered if self.answered else 0.0
