"""Let several sides render one derivative in turn, as often as a time budget allows."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bench.peers.peer import Answer, Refused

FEWEST: Final = 3
MOST: Final = 15
HOPELESS: Final = {1: 3.0, FEWEST: 1.5}
"""Rounds -> after these, a peer is left out if it takes so many times as long as the fastest."""

_STRICTEST_FIRST: Final = sorted(HOPELESS.items(), reverse=True)


@dataclass(slots=True)
class Result:
    """The answers of a side, and their times in milliseconds."""

    times: list[float] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    refused: str = ""

    @property
    def median(self) -> float:
        """The median time."""
        return statistics.median(self.times)


Side = Callable[[], Answer]


def race(
    ours: Mapping[str, Side],
    peers: Mapping[str, Side],
    seconds: float,
    *,
    now: Callable[[], float] = time.monotonic,
) -> dict[str, Result]:
    """Let all sides render in turn: at least three rounds, and more while time is left.

    A peer that cannot become the fastest stops early, after one round if it is far behind; our
    own sides never stop early. A side that refuses has no times.
    """
    sides = {**ours, **peers}
    results = {name: Result() for name in sides}
    running, began, rounds = dict(sides), now(), 0
    while running and (rounds < FEWEST or (rounds < MOST and now() - began < seconds)):
        order = list(running) if rounds % 2 else list(reversed(running))
        for name in order:
            _render(running, name, results[name])
        rounds += 1
        behind = next(limit for after, limit in _STRICTEST_FIRST if rounds >= after)
        for name in _hopeless(results, set(running) & set(peers), behind):
            del running[name]
    return results


def _render(running: dict[str, Side], name: str, result: Result) -> None:
    try:
        answer = running[name]()
    except Refused as refused:
        result.refused = str(refused)
        del running[name]
    else:
        result.answers.append(answer)
        result.times.append(answer.milliseconds)


def _hopeless(results: Mapping[str, Result], peers: set[str], behind: float) -> list[str]:
    if not peers:
        return []
    fastest = min(results[name].median for name in peers)
    return [name for name in peers if results[name].median > behind * fastest]
