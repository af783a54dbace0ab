"""Renderers take turns; a peer that cannot win stops early, one that refuses has no time."""

from collections.abc import Callable, Iterator
from itertools import count

from bench.peers.peer import Answer, Refused
from bench.peers.race import FEWEST, MOST, race

FOREVER = 1e9


def build_side(calls: list[str], name: str, milliseconds: float) -> Callable[[], Answer]:
    def render() -> Answer:
        calls.append(name)
        return Answer(b"", milliseconds)

    return render


def refuse() -> Answer:
    message = "no HEIC"
    raise Refused(message)


def ticking_clock(step: float) -> Callable[[], float]:
    ticks: Iterator[float] = count(0.0, step)
    return lambda: next(ticks)


def test_with_no_time_there_are_the_fewest_rounds() -> None:
    calls: list[str] = []

    results = race({"us": build_side(calls, "us", 10)}, {}, seconds=0)

    assert len(results["us"].times) == FEWEST


def test_with_all_the_time_there_are_the_most_rounds() -> None:
    calls: list[str] = []

    results = race({"us": build_side(calls, "us", 10)}, {}, seconds=FOREVER)

    assert len(results["us"].times) == MOST


def test_rounds_go_on_while_time_is_left() -> None:
    calls: list[str] = []

    race({"us": build_side(calls, "us", 10)}, {}, seconds=4.5, now=ticking_clock(1))

    assert len(calls) == FEWEST + 4


def test_the_order_alternates() -> None:
    calls: list[str] = []

    race({"us": build_side(calls, "us", 10)}, {"them": build_side(calls, "them", 10)}, seconds=0)

    assert calls == ["them", "us", "us", "them", "them", "us"]


def test_the_slower_a_losing_peer_the_earlier_it_stops() -> None:
    calls: list[str] = []
    peers = {
        "fast": build_side(calls, "fast", 10),
        "near": build_side(calls, "near", 15),
        "behind": build_side(calls, "behind", 16),
        "slow": build_side(calls, "slow", 31),
    }

    results = race({}, peers, seconds=FOREVER)

    assert {name: len(result.times) for name, result in results.items()} == {
        "fast": MOST,
        "near": MOST,
        "behind": FEWEST,
        "slow": 1,
    }


def test_our_own_renderer_never_stops_early() -> None:
    calls: list[str] = []

    results = race(
        {"us": build_side(calls, "us", 1000)},
        {"them": build_side(calls, "them", 10)},
        seconds=FOREVER,
    )

    assert len(results["us"].times) == MOST


def test_a_peer_that_refuses_is_asked_once_and_its_reason_is_kept() -> None:
    calls: list[str] = []

    results = race({"us": build_side(calls, "us", 10)}, {"them": refuse}, seconds=0)

    assert (results["them"].times, results["them"].refused) == ([], "no HEIC")
    assert len(results["us"].times) == FEWEST
