"""Scenarios and results for tests."""

from collections.abc import Callable

from bench.latency.histogram import Histogram
from bench.latency.reading import parsed
from bench.latency.result import Measured, Result
from bench.latency.scenario import Scenario
from bench.latency.supply import Target
from bench.latency.tally import Series, Size, Tally

LEAST = """
name = "sample"
description = "A sample."

[[requests]]
template = "/{key}?w={width}&fm={format}"

[variables]
width = { from = 1, to = 1000 }
format = ["webp"]
"""


def scenario(top: str = "", below: str = "") -> Scenario:
    """Return a scenario with lines added at its top, or below all else."""
    return parsed(f"{top}\n{LEAST}\n{below}", "sample.toml")


def target(
    base: str = "http://img.test", *, dialect: str = "calotype", finish: Callable[[str], str] = str
) -> Target:
    return Target(base, "image/webp", dialect, finish)


def measured(name: str, series: list[list[int]], doubts: tuple[str, ...] = ()) -> Measured:
    """Return a run with these microseconds, a list for each second."""
    seconds = {at: Histogram(values) for at, values in enumerate(series)}
    tally = Tally(latency=Series(seconds))
    tally.tiers["rendered"] = tally.latency.whole
    if series:
        tally.formats["webp"] = Size(tally.answered, 1000 * tally.answered)
    return Measured(name, "A sample.", "", "open loop", True, tally, doubts=doubts)


def result(*runs: Measured) -> Result:
    return Result(
        "2026-01-01T00:00:00+00:00", 7, {"python": "3"}, {"base": "http://img.test"}, runs
    )
