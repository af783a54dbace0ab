"""Sides take turns; what cannot win stops early, and what refuses has no time."""

from collections.abc import Callable, Iterator
from itertools import count

from bench.peers.peer import Answer, Refused
from bench.peers.race import FEWEST, MOST, race

FOREVER = 1e9


def side(calls: list[str], name: str, milliseconds: float) -> Callable[[], Answer]:
    def render() -> Answer:
        calls.append(name)
        return Answer(b"", milliseconds)

    return render


def refusing() -> Answer:
    message = "no HEIC"
    raise Refused(message)


def ticking(step: float) -> Callable[[], float]:
    ticks: Iterator[float] = count(0.0, step)
    return lambda: next(ticks)


def test_with_no_time_there_are_the_fewest_rounds() -> None:
    calls: list[str] = []

    results = race({"us": side(calls, "us", 10)}, {}, seconds=0)

    assert len(results["us"].times) == FEWEST


def test_with_all_the_time_there_are_the_most_rounds() -> None:
    calls: list[str] = []

    results = race({"us": side(calls, "us", 10)}, {}, seconds=FOREVER)

    assert len(results["us"].times) == MOST


def test_rounds_go_on_while_time_is_left() -> None:
    calls: list[str] = []

    race({"us": side(calls, "us", 10)}, {}, seconds=4.5, now=ticking(1))

    assert len(calls) == FEWEST + 4


def test_nobody_always_goes_first() -> None:
    calls: list[str] = []

    race({"us": side(calls, "us", 10)}, {"them": side(calls, "them", 10)}, seconds=0)

    assert calls == ["them", "us", "us", "them", "them", "us"]


def test_a_peer_that_cannot_win_stops_early_the_sooner_the_farther_behind() -> None:
    calls: list[str] = []
    peers = {
        "fast": side(calls, "fast", 10),
        "near": side(calls, "near", 15),
        "behind": side(calls, "behind", 16),
        "slow": side(calls, "slow", 31),
    }

    results = race({}, peers, seconds=FOREVER)

    assert {name: len(result.times) for name, result in results.items()} == {
        "fast": MOST,
        "near": MOST,
        "behind": FEWEST,
        "slow": 1,
    }


def test_we_go_on_however_slow() -> None:
    calls: list[str] = []

    results = race(
        {"us": side(calls, "us", 1000)},
        {"them": side(calls, "them", 10)},
        seconds=FOREVER,
    )

    assert len(results["us"].times) == MOST


def test_one_who_refuses_is_asked_once_and_says_why() -> None:
    calls: list[str] = []

    results = race({"us": side(calls, "us", 10)}, {"them": refusing}, seconds=0)

    assert (results["them"].times, results["them"].refused) == ([], "no HEIC")
    assert len(results["us"].times) == FEWEST
