"""Stages are timed, and no stage begins after the deadline. The tests use a fake clock."""

from dataclasses import dataclass

import pytest

from origin_lambda import stopwatch
from origin_lambda.errors import OutOfTime
from origin_lambda.stopwatch import Stopwatch


@dataclass
class Clock:
    """Both clocks of a stopwatch, in seconds; a test sets them."""

    now: float = 1000.0

    def perf_counter(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(stopwatch, "time", clock)
    return clock


def spend(watch: Stopwatch, clock: Clock, name: str, seconds: float) -> None:
    with watch.stage(name):
        clock.now += seconds


def spend_and_break(watch: Stopwatch, clock: Clock, name: str, seconds: float) -> None:
    with watch.stage(name):
        clock.now += seconds
        raise ZeroDivisionError


def test_a_new_stopwatch_has_no_stages() -> None:
    assert Stopwatch().stages == {}
    assert Stopwatch().server_timing == ""


def test_stages_are_in_milliseconds_and_in_their_order(clock: Clock) -> None:
    watch = Stopwatch()
    spend(watch, clock, "fetch", 0.25)
    clock.now += 9
    spend(watch, clock, "decode", 0.125)

    assert list(watch.stages.items()) == [("fetch", 250), ("decode", 125)]


def test_equal_names_add_up(clock: Clock) -> None:
    watch = Stopwatch()
    spend(watch, clock, "decode", 0.25)
    spend(watch, clock, "resize", 1)
    spend(watch, clock, "decode", 0.5)

    assert list(watch.stages.items()) == [("decode", 750), ("resize", 1000)]


def test_a_stage_that_fails_is_timed_too(clock: Clock) -> None:
    watch = Stopwatch()

    with pytest.raises(ZeroDivisionError):
        spend_and_break(watch, clock, "decode", 0.25)

    assert watch.stages == {"decode": 250}


def test_the_header_has_a_tenth_of_a_millisecond(clock: Clock) -> None:
    watch = Stopwatch()
    spend(watch, clock, "fetch", 0.0123456)
    spend(watch, clock, "store", 2)

    assert watch.server_timing == "fetch;dur=12.3, store;dur=2000.0"


def test_a_stage_can_begin_until_the_deadline(clock: Clock) -> None:
    watch = Stopwatch(deadline=1001.0)
    spend(watch, clock, "fetch", 1)
    spend(watch, clock, "decode", 5)

    assert list(watch.stages) == ["fetch", "decode"]


def test_no_stage_begins_after_the_deadline(clock: Clock) -> None:
    watch = Stopwatch(deadline=1001.0)
    spend(watch, clock, "fetch", 1.001)

    with pytest.raises(OutOfTime) as caught:
        spend(watch, clock, "decode", 1)

    assert caught.value.detail == "before decode"
    assert "decode" not in caught.value.message
    assert list(watch.stages) == ["fetch"]


def test_without_a_deadline_a_stage_can_begin_at_any_time(clock: Clock) -> None:
    watch = Stopwatch()
    clock.now += 1e9
    spend(watch, clock, "fetch", 1)

    assert watch.stages == {"fetch": 1000}
