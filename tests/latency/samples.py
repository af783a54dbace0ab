"""Scenarios and results for tests."""

from collections.abc import Callable

from bench.latency.requests import Target
from bench.latency.result import Result, RunResult, summarise
from bench.latency.scenario import Scenario, parse_scenario
from bench.latency.tally import Size, Tally, all_of

MINIMAL = """
name = "sample"
description = "A sample."

[[requests]]
template = "/{key}?w={width}&fm={format}"

[variables]
width = { from = 1, to = 1000 }
format = ["webp"]
"""


def scenario(top: str = "", below: str = "") -> Scenario:
    """Return a scenario with lines added at its top or at its end."""
    return parse_scenario(f"{top}\n{MINIMAL}\n{below}", "sample.toml")


def target(base: str = "http://img.test", finish: Callable[[str], str] = str) -> Target:
    return Target(base, "image/webp", finish)


def run_result(name: str, series: list[list[int]], warnings: tuple[str, ...] = ()) -> RunResult:
    """Return a run with these latencies in microseconds, one list for each second."""
    tally = Tally(latency=dict(enumerate(series)))
    tally.tiers["rendered"] = all_of(tally.latency)
    tally.formats["webp"] = Size(tally.answered, 1000 * tally.answered)
    of = parse_scenario(MINIMAL.replace('"sample"', f'"{name}"'))
    return summarise(of, "10 requests a second", tally, [], warnings)


def result(*runs: RunResult) -> Result:
    return Result(
        started="2026-01-01T00:00:00+00:00",
        seed=7,
        environment={"python": "3"},
        target={"base": "http://img.test"},
        runs=list(runs),
    )
