"""What was measured in one run of a scenario, as it comes in."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.latency.answer import COLD, RENDERED, stages
from bench.latency.client import Outcome
from bench.latency.histogram import Histogram, merged

MICROSECONDS = 1_000_000


@dataclass(slots=True)
class Series:
    """Latencies by the second in which they were due."""

    seconds: dict[int, Histogram] = field(default_factory=dict)

    def record(self, due: float, latency: float) -> None:
        """Count a latency in seconds; *due* is in seconds since the end of the warm-up."""
        second = self.seconds.setdefault(int(due), Histogram())
        second.record(round(latency * MICROSECONDS))

    @property
    def whole(self) -> Histogram:
        """All seconds in one."""
        return merged(self.seconds.values())


@dataclass(slots=True)
class Size:
    """How many answers, and their bytes."""

    answers: int = 0
    octets: int = 0


@dataclass(slots=True)
class Tally:
    """Counts of one run; only good answers have a latency that counts among the others.

    *latency* is from when a request was due (in a closed loop: sent), *service* from when it was
    sent; *late* is how long after it was due a request or group began; *failed* the latency of
    failures, *groups* that of each group's last answer. *renders* counts those that groups have
    caused, *waited* the requests that found no free connection.
    """

    latency: Series = field(default_factory=Series)
    groups: Series = field(default_factory=Series)
    service: Histogram = field(default_factory=Histogram)
    late: Histogram = field(default_factory=Histogram)
    failed: Histogram = field(default_factory=Histogram)
    tiers: dict[str, Histogram] = field(default_factory=dict)
    stages: dict[str, Histogram] = field(default_factory=dict)
    formats: dict[str, Size] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    failures: Counter[int] = field(default_factory=Counter)
    redirects: int = 0
    renders: int = 0
    waited: int = 0
    abandoned: int = 0

    def record(self, outcome: Outcome, due: float, begun: float, ended: float) -> None:
        """Count an outcome; times are in seconds since the end of the warm-up."""
        self.redirects += outcome.redirects
        if outcome.status:
            self.statuses[str(outcome.status)] += 1
        if outcome.error:
            self.errors[outcome.error] += 1
            self.failures[int(due)] += 1
            self.failed.record(round((ended - due) * MICROSECONDS))
            return
        latency = round((ended - due) * MICROSECONDS)
        self.latency.record(due, ended - due)
        self.service.record(round((ended - begun) * MICROSECONDS))
        self.tiers.setdefault(outcome.tier, Histogram()).record(latency)
        size = self.formats.setdefault(outcome.format, Size())
        size.answers += 1
        size.octets += outcome.size
        for name, milliseconds in stages(outcome.timing).items():
            self.stages.setdefault(name, Histogram()).record(round(milliseconds * 1000))

    def record_group(self, outcomes: Sequence[Outcome], due: float, ended: float) -> None:
        """Count the group that outcomes are of; one with a failure has no last answer.

        Answers that share a render repeat its times, to a tenth of a millisecond in every stage.
        """
        if not any(outcome.error for outcome in outcomes):
            self.groups.record(due, ended - due)
        renders = {each.timing for each in outcomes if each.tier in {RENDERED, COLD}}
        self.renders += len(renders)

    @property
    def answered(self) -> int:
        """How many good answers there were."""
        return sum(map(len, self.tiers.values()))

    @property
    def asked(self) -> int:
        """How many requests came to an end."""
        return self.answered + self.errors.total()

    @property
    def error_rate(self) -> float:
        """The share of requests that failed; of none, none did."""
        return self.errors.total() / self.asked if self.asked else 0.0

    def share(self, *tiers: str) -> float:
        """Return the share of good answers that came from some tiers."""
        found = sum(len(self.tiers[tier]) for tier in tiers if tier in self.tiers)
        return found / self.answered if self.answered else 0.0
