"""The result of a bench, as a value and as JSON.

docs/benchmarking.md describes the JSON. Raise `VERSION` when an old reader would misread it.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Final, Self

import msgspec

from bench.latency.scenario import Scenario
from bench.latency.tally import Series, Size, Tally, all_of, percentile

FORMAT: Final = "calotype-bench"
VERSION: Final = 2

PERCENTILES: Final = (50.0, 90.0, 99.0, 99.9)


class BadResult(ValueError):
    """A file is not the result of a bench, or is of another version."""


class Figures(msgspec.Struct, frozen=True):
    """The distribution of some latencies, in milliseconds."""

    count: int
    mean_ms: float
    percentiles_ms: dict[str, float]
    max_ms: float

    @classmethod
    def of(cls, samples: Iterable[int]) -> Self:
        """Return the figures of latencies in microseconds."""
        ascending = sorted(samples)
        return cls(
            len(ascending),
            round(fmean(ascending) / 1000, 3) if ascending else 0.0,
            {f"p{each:g}": percentile(ascending, each) / 1000 for each in PERCENTILES},
            ascending[-1] / 1000 if ascending else 0.0,
        )


class Check(msgspec.Struct, frozen=True):
    """An assertion: its limit, what was measured, and whether it passed."""

    name: str
    limit: str
    measured: str
    passed: bool


class RunResult(msgspec.Struct, frozen=True):
    """One run of a scenario; *latency_us* and *groups_us* are microseconds by second."""

    name: str
    description: str
    scenario: str
    load: str
    counts: dict[str, int]
    latency: Figures
    latency_us: Series
    groups: Figures
    groups_us: Series
    late: Figures
    failed: Figures
    tiers: dict[str, Figures]
    stages: dict[str, Figures]
    formats: dict[str, Size]
    statuses: dict[str, int]
    errors: dict[str, int]
    checks: list[Check]
    warnings: list[str]

    @property
    def has_passed(self) -> bool:
        """Whether all assertions hold."""
        return all(check.passed for check in self.checks)

    def share(self, tier: str) -> float:
        """Return the share of answers that came from a tier."""
        count = self.tiers[tier].count if tier in self.tiers else 0
        return count / self.latency.count if self.latency.count else 0.0


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """All runs of one bench; fewer if it was stopped."""

    format: str = FORMAT
    version: int = VERSION
    started: str
    seed: int
    is_stopped: bool = False
    environment: dict[str, str]
    target: dict[str, str]
    runs: list[RunResult]


def summarise(
    scenario: Scenario, load: str, tally: Tally, checks: Iterable[Check], warnings: Sequence[str]
) -> RunResult:
    """Return the result of a run; *load* describes its load in words."""
    return RunResult(
        name=scenario.name,
        description=scenario.description,
        scenario=scenario.text,
        load=load,
        counts={
            "requested": tally.requested,
            "answered": tally.answered,
            "redirects": tally.redirects,
            "renders": tally.renders,
            "waited": tally.waited,
            "abandoned": tally.abandoned,
        },
        latency=Figures.of(all_of(tally.latency)),
        latency_us=dict(sorted(tally.latency.items())),
        groups=Figures.of(all_of(tally.groups)),
        groups_us=dict(sorted(tally.groups.items())),
        late=Figures.of(tally.late),
        failed=Figures.of(tally.failed),
        tiers={name: Figures.of(each) for name, each in sorted(tally.tiers.items())},
        stages={name: Figures.of(each) for name, each in tally.stages.items()},
        formats=dict(sorted(tally.formats.items())),
        statuses=dict(sorted(tally.statuses.items())),
        errors=dict(tally.errors.most_common()),
        checks=list(checks),
        warnings=list(warnings),
    )


def write_result(result: Result, path: Path) -> None:
    """Write a result to a file, as JSON."""
    path.write_bytes(msgspec.json.encode(result))


def read_result(path: Path) -> Result:
    """Read the result in a file.

    Raises:
        BadResult: it has none.

    """
    try:
        result = msgspec.json.decode(path.read_bytes(), type=Result)
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise BadResult(message) from error
    except (msgspec.DecodeError, RecursionError) as error:
        message = f"{path}: not the JSON of a bench: {error}"
        raise BadResult(message) from error
    if (result.format, result.version) != (FORMAT, VERSION):
        message = f"{path}: not the JSON of a bench, or of another version of Calotype"
        raise BadResult(message)
    return result
