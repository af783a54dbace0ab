"""What is to be thought of a run: whether its assertions hold, and what casts doubt on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bench.latency.answer import OTHER
from bench.latency.scenario import Scenario
from bench.latency.tally import Tally

_STRAINED: Final = "THE GENERATOR COULD NOT KEEP UP"
_OTHERWISE: Final = "NOT WHAT IT SAYS"
GRAVE: Final = (_STRAINED, _OTHERWISE)
"""How doubts begin that leave little of the figures."""

_LATE: Final = 10_000
"""Microseconds after it was due at which a request is said to begin late. The event loop of an
idle machine stays below 2,000."""

_MEANT: Final = 0.95
_FEW: Final = 1_000
_SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """An assertion: what must hold, what was found, and whether it *held*."""

    name: str
    limit: str
    found: str
    held: bool


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a tally does not know: where it was taken, and what went wrong before."""

    is_local: bool = False
    unprimed: int = 0
    interrupted: bool = False


def checks(scenario: Scenario, tally: Tally) -> tuple[Check, ...]:
    """Return the assertions of a scenario, each with what was found."""
    return tuple(_checks(scenario, tally))


def _checks(scenario: Scenario, tally: Tally) -> Iterator[Check]:
    limits = scenario.assertions
    yield Check(
        "error rate",
        f"at most {limits.max_error_rate:.2%}",
        f"{tally.error_rate:.2%}" if tally.asked else "nothing was asked",
        bool(tally.asked) and tally.error_rate <= limits.max_error_rate,
    )
    if limits.expect_format is not None:
        found = sorted(tally.formats)
        held = found == [limits.expect_format]
        yield Check("format", limits.expect_format, ", ".join(found) or "none", held)
    if limits.p99_ms is not None:
        found_ms = tally.latency.whole.percentile(99) / 1000
        held = bool(tally.answered) and found_ms <= limits.p99_ms
        yield Check("p99", f"at most {limits.p99_ms:g} ms", f"{found_ms:.1f} ms", held)
    if limits.min_tier_share is not None:
        share = tally.share(*scenario.expect_tier)
        yield Check(
            f"share of {' or '.join(scenario.expect_tier)}",
            f"at least {limits.min_tier_share:.0%}",
            f"{share:.1%}",
            share >= limits.min_tier_share,
        )


def doubts(scenario: Scenario, tally: Tally, about: Circumstances) -> tuple[str, ...]:
    """Return what somebody who reads the figures must know, the gravest first."""
    return (
        *_generator(scenario, tally),
        *_circumstances(scenario, tally, about),
        *_tiers(scenario, tally),
        *_figures(tally),
    )


def _generator(scenario: Scenario, tally: Tally) -> Iterator[str]:
    if not scenario.load.is_open:
        yield (
            f"Closed loop, {scenario.load.concurrency} at a time: while an answer is slow, less is"
            " asked, so the percentiles leave out what others would have waited for. Use --rate for"
            " what users see."
        )
        return
    late = tally.late.percentile(99)
    if late > _LATE:
        yield (
            f"{_STRAINED}: one request in a hundred began"
            f" {late / 1000:.0f} ms late or later. Latencies count from when it was due, so they"
            " are partly this machine's. Lower --rate, or generate the load elsewhere."
        )
    if tally.waited:
        yield (
            f"{tally.waited:,} requests waited for a connection: all were in use. That wait is in"
            " their latency."
        )


def _circumstances(scenario: Scenario, tally: Tally, about: Circumstances) -> Iterator[str]:
    if about.interrupted:
        yield f"Stopped before its end; {tally.abandoned:,} requests under way were abandoned."
    if about.unprimed:
        yield f"{about.unprimed:,} requests could not be primed."
    if about.is_local:
        yield "On this machine the generator and what it measures share the processors."
        if scenario.local.note:
            yield scenario.local.note


def _tiers(scenario: Scenario, tally: Tally) -> Iterator[str]:
    share = tally.share(*scenario.expect_tier)
    if not tally.answered or not scenario.expect_tier or share >= _MEANT:
        return
    if tally.share(OTHER) >= _MEANT:
        yield "Nothing in the answers tells where they came from."
        return
    wanted = " or ".join(scenario.expect_tier)
    found = ", ".join(f"{tally.share(tier):.0%} {tier}" for tier in sorted(tally.tiers))
    yield f"{_OTHERWISE}: the answers should be {wanted}, and are {found}."


def _figures(tally: Tally) -> Iterator[str]:
    if tally.errors:
        yield "Failures are not among the latencies; they are counted on their own."
    if 0 < tally.answered < _FEW:
        yield f"p99.9 of {tally.answered:,} answers is next to their maximum."
