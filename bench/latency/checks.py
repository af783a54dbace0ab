"""Check a run: whether its assertions hold, and what makes its figures unreliable."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bench.latency.answer import UNKNOWN
from bench.latency.result import Check
from bench.latency.scenario import Scenario
from bench.latency.tally import Tally, all_of, percentile

_OVERLOADED: Final = "THE GENERATOR COULD NOT KEEP UP"
_WRONG_TIER: Final = "NOT WHAT IT SAYS"
SERIOUS: Final = (_OVERLOADED, _WRONG_TIER)
"""How warnings begin that make the figures useless for a comparison."""

_LATE: Final = 10_000
"""Microseconds. On an idle machine, the event loop starts requests less than 2,000 late."""

_EXPECTED_SHARE: Final = 0.95
_FEW: Final = 1_000


@dataclass(frozen=True, slots=True)
class Environment:
    """What a tally does not know about its run."""

    is_local: bool = False
    unprimed: int = 0
    is_interrupted: bool = False


def check_assertions(scenario: Scenario, tally: Tally) -> Iterator[Check]:
    """Yield the assertions of a scenario, each with what was measured."""
    limits = scenario.assertions
    yield Check(
        "error rate",
        f"at most {limits.max_error_rate:.2%}",
        f"{tally.error_rate:.2%}" if tally.requested else "no requests",
        bool(tally.requested) and tally.error_rate <= limits.max_error_rate,
    )
    if limits.expect_format is not None:
        formats = sorted(tally.formats)
        passed = formats == [limits.expect_format]
        yield Check("format", limits.expect_format, ", ".join(formats) or "none", passed)
    if limits.p99_ms is not None:
        p99 = percentile(sorted(all_of(tally.latency)), 99) / 1000
        passed = bool(tally.answered) and p99 <= limits.p99_ms
        yield Check("p99", f"at most {limits.p99_ms:g} ms", f"{p99:.1f} ms", passed)
    if limits.min_tier_share is not None:
        share = tally.share(*scenario.expect_tier)
        yield Check(
            f"share of {' or '.join(scenario.expect_tier)}",
            f"at least {limits.min_tier_share:.0%}",
            f"{share:.1%}",
            share >= limits.min_tier_share,
        )


def list_warnings(scenario: Scenario, tally: Tally, environment: Environment) -> Iterator[str]:
    """Yield what a reader of the figures must know, the most serious first."""
    yield from _warn_of_generator(tally)
    yield from _warn_of_tiers(scenario, tally)
    if environment.is_interrupted:
        yield f"Stopped before its end; {tally.abandoned:,} running requests were abandoned."
    if environment.unprimed:
        yield f"{environment.unprimed:,} requests could not be primed."
    if environment.is_local:
        yield "On this machine, the generator and the server share the processors."
        if scenario.local.note:
            yield scenario.local.note
    if tally.failed:
        yield "Failures are not among the latencies; they are counted separately."
    if 0 < tally.answered < _FEW:
        yield f"p99.9 of {tally.answered:,} answers is close to their maximum."


def _warn_of_generator(tally: Tally) -> Iterator[str]:
    late = percentile(sorted(tally.late), 99)
    if late > _LATE:
        yield (
            f"{_OVERLOADED}: one request in a hundred started {late / 1000:.0f} ms late or later."
            " Latencies count from the time a request was due, so they include this delay."
            " Lower --rate, or generate the load elsewhere."
        )
    if tally.waited:
        yield f"{tally.waited:,} requests waited for a free connection; their latency includes it."


def _warn_of_tiers(scenario: Scenario, tally: Tally) -> Iterator[str]:
    share = tally.share(*scenario.expect_tier)
    if not tally.answered or not scenario.expect_tier or share >= _EXPECTED_SHARE:
        return
    if tally.share(UNKNOWN) >= _EXPECTED_SHARE:
        yield "The headers of the answers do not say where they came from."
        return
    expected = " or ".join(scenario.expect_tier)
    actual = ", ".join(f"{tally.share(tier):.0%} {tier}" for tier in sorted(tally.tiers))
    yield f"{_WRONG_TIER}: the answers should be {expected}, and are {actual}."
