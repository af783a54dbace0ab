"""Where the curves cross: from how many views on another way becomes dearer, or cheaper."""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log
from typing import Final

from infra.costs.alternative import Alternative
from infra.costs.alternatives import MAKERS
from infra.costs.bill import bill, total
from infra.costs.workload import Workload

LEAST: Final = 1e4
MOST: Final = 1e11
"""Views a month that are looked at."""
_POINTS: Final = 71
"""Ten a decade: between two of them, only one crossing is looked for."""
_STEPS: Final = 40


@dataclass(frozen=True, slots=True)
class Crossing:
    """From so many views a month on, another way is dearer than Calotype, or cheaper."""

    name: str
    views: float
    becomes_dearer: bool


def crossings(work: Workload) -> tuple[Crossing, ...]:
    """Return where others cross Calotype's own bill; all but the views stays as it is."""
    return tuple(crossing for make in MAKERS for crossing in _crossings(work, make))


def at(work: Workload, views: float) -> Workload:
    """Return the workload with so many views a month."""
    return dataclasses.replace(work, views=views)


def grid(least: float = LEAST, most: float = MOST, points: int = _POINTS) -> list[float]:
    """Return numbers of views, evenly spaced on a logarithmic axis."""
    width = log(most / least) / (points - 1)
    return [least * exp(step * width) for step in range(points)]


def _crossings(work: Workload, make: Callable[[Workload], Alternative]) -> Iterator[Crossing]:
    name = make(work).name

    def is_dearer(views: float) -> bool | None:
        there = at(work, views)
        other = make(there).dollars
        return None if other is None else other > total(bill(there))

    for low, high in pairwise(grid()):
        before, after = is_dearer(low), is_dearer(high)
        if None not in {before, after} and before is not after:
            yield Crossing(name, _between(is_dearer, low, high), becomes_dearer=bool(after))


def _between(is_dearer: Callable[[float], bool | None], low: float, high: float) -> float:
    """Return where the answer changes, by bisection; where a price jumps, that is the jump."""
    before = is_dearer(low)
    for _ in range(_STEPS):
        middle = (low * high) ** 0.5
        if is_dearer(middle) is before:
            low = middle
        else:
            high = middle
    return high
