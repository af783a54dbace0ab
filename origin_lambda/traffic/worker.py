"""Makes popular derivatives smaller where that pays, and never spends more than a budget.

The price of a try is reserved before it begins, and what it did not take is given back. If the
worker dies, its reservation stays spent.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol

from origin_lambda.derivatives.refine import Outcome, Refinement, ref_of
from origin_lambda.derivatives.responses import DerivativeRef
from origin_lambda.errors import Failure, OutOfTime
from origin_lambda.log import Metrics, log_event, measure
from origin_lambda.ports import Bucket, TrafficTable
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.traffic.popularity import Popularity
from origin_lambda.url.values import Format, Negotiated

FILES: Final = "files"
BUDGET: Final = "budget"

RUN_SECONDS: Final = 600.0
"""The time-out of the function that refines: time for ten of the longest tries."""

_CANDIDATES: Final = 200
_SECONDS: Final = 60.0
"""The longest try; the worker reserves its price."""

_HORIZON: Final = 30
"""Days of views that must pay for a try: an expected life of a derivative that is cautious."""


class _Expected(NamedTuple):
    """The share of the bytes that a try saves, and its speed in bytes of the file a second."""

    share: float
    rate: float


_EXPECTED: Final[Mapping[object, _Expected]] = {
    Format.AVIF: _Expected(0.2, 3_000),
    Negotiated.AVIF: _Expected(0.2, 3_000),
    Format.JPEG: _Expected(0.15, 20_000),
    Format.WEBP: _Expected(0.06, 10_000),
    Negotiated.WEBP: _Expected(0.06, 10_000),
}
"""Measured, and rounded to the careful side (docs/traffic.md)."""

_EXPECTED_ELSE: Final = _Expected(0.03, 10_000)
_LEAST_SECONDS: Final = 1.0
_RETURN: Final = 2.0
"""A try must be expected to save so many times its price."""

_FORGOTTEN: Final = 60 * 86_400
_GB: Final = 2**30
_MICRO: Final = 1_000_000
METRICS: Final = Metrics({"RefinedBytes": "Bytes", "RefineMilliseconds": "Milliseconds"})
REFINEMENTS: Final = Metrics({"Refinements": "Count"}, by="what")


class Refines(Protocol):
    """What makes a derivative smaller: `derivatives.refine.Refiner`."""

    def refine(self, path: str, watch: Stopwatch) -> Refinement:
        """Refine the derivative with a canonical path."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars of a GB that is delivered, of a second of the worker, and of all in a *month*."""

    delivered_gb: float
    second: float
    month: float


@dataclass(frozen=True, slots=True)
class Worker:
    """Refines the most popular derivatives; *clock* is in Unix seconds."""

    popularity: Popularity
    table: TrafficTable
    derivatives: Bucket
    refiner: Refines
    prices: Prices
    clock: Callable[[], float] = field(default=time.time)

    def run(self, seconds: float = RUN_SECONDS) -> Iterator[Refinement]:
        """Refine what pays, for at most so many *seconds*; yield what became of each try.

        The highest expected return comes first: the budget may not be enough for all.
        """
        until = time.monotonic() + seconds
        for _, path in sorted(self._find_candidates(), reverse=True):
            if time.monotonic() + _SECONDS > until or not self._reserve():
                return
            yield self._try(path)

    def has_work(self) -> bool:
        """Whether a derivative pays for a try, and the budget allows it."""
        spent = dict(self.table.entries(BUDGET)).get(self._month(), {}).get("spent", 0)
        is_affordable = spent + self._price <= self._most
        return is_affordable and any(True for _ in self._find_candidates())

    def _find_candidates(self) -> Iterator[tuple[float, str]]:
        """Yield the return of a try and the path, where it pays, the most popular first."""
        known = dict(self.table.entries(FILES))
        for path, views in self.popularity.find_top(_CANDIDATES):
            ref = ref_of(path)
            stat = self.derivatives.stat(ref.stored_as) if ref else None
            if ref is None or stat is None or known.get(path, {}).get("after") == stat.size:
                continue
            expected = self._estimate_return(ref, views, stat.size)
            if expected > _RETURN:
                yield expected, path

    def _estimate_return(self, ref: DerivativeRef, views: float, size: int) -> float:
        """Return how many times its price a try is expected to save; *views* are a day's.

        *size* is the bytes of the file. A try that costs nothing returns infinitely much, if it
        saves anything.
        """
        expected = _EXPECTED.get(ref.transform.output.format, _EXPECTED_ELSE)
        saved = views * _HORIZON * size * expected.share / _GB * self.prices.delivered_gb
        seconds = min(_LEAST_SECONDS + size / expected.rate, _SECONDS)
        price = seconds * self.prices.second
        if price == 0:
            return math.inf if saved else 0.0
        return saved / price

    @property
    def _price(self) -> int:
        """The price of the longest try, in millionths of a dollar."""
        return round(_SECONDS * self.prices.second * _MICRO)

    @property
    def _most(self) -> int:
        """The budget of a month, in millionths of a dollar."""
        return int(self.prices.month * _MICRO)

    def _reserve(self) -> bool:
        return self.table.reserve(
            BUDGET, self._month(), self._price, most=self._most, expires=self._expiry()
        )

    def _try(self, path: str) -> Refinement:
        watch = Stopwatch(time.monotonic() + _SECONDS)
        try:
            refinement = self.refiner.refine(path, watch)
        except OutOfTime:
            ref = ref_of(path)
            stat = self.derivatives.stat(ref.stored_as) if ref else None
            size = stat.size if stat else 0
            refinement = Refinement(Outcome.KEPT, size, size)
        except Failure as error:
            log_event("refine-failed", code=error.code, detail=error.detail)
            refinement = Refinement(Outcome.CHANGED)
        spent = min(watch.total / 1000, _SECONDS)
        unused = round((_SECONDS - spent) * self.prices.second * _MICRO)
        expires = self._expiry()
        self.table.add(BUDGET, self._month(), {"spent": -unused}, expires=expires)
        if refinement.outcome is not Outcome.CHANGED:
            numbers = {"before": refinement.before, "after": refinement.after}
            self.table.put(FILES, path, numbers, expires=expires)
        measure(
            "refined",
            METRICS,
            REFINEMENTS,
            what=refinement.outcome,
            Refinements=1,
            RefinedBytes=refinement.before - refinement.after,
            RefineMilliseconds=watch.total,
        )
        return refinement

    def _month(self) -> str:
        return f"{datetime.fromtimestamp(self.clock(), UTC):%Y-%m}"

    def _expiry(self) -> int:
        return int(self.clock()) + _FORGOTTEN


@dataclass(frozen=True, slots=True)
class Report:
    """What refinement does at the traffic of the last week.

    *files* were refined, *tried* includes those without a gain. *saved_gb* and *saved_dollars* are
    of 30 days, *spent_dollars* of this month.
    """

    tried: int
    files: int
    saved_gb: float
    saved_dollars: float
    spent_dollars: float


def report(popularity: Popularity, table: TrafficTable, price: float, now: float) -> Report:
    """Return what refinement saves and costs; *price* is the dollars of a GB that is delivered."""
    known: Mapping[str, Mapping[str, int]] = dict(table.entries(FILES))
    views = popularity.estimate()
    saved = sum(
        views.get(path, 0) * _HORIZON * (numbers["before"] - numbers["after"])
        for path, numbers in known.items()
    )
    month = f"{datetime.fromtimestamp(now, UTC):%Y-%m}"
    spent = dict(table.entries(BUDGET)).get(month, {}).get("spent", 0)
    files = sum(numbers["after"] < numbers["before"] for numbers in known.values())
    gigabytes = saved / _GB
    return Report(len(known), files, gigabytes, gigabytes * price, spent / _MICRO)
