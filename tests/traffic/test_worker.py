"""Only what pays is refined, and the budget is never exceeded, also if a worker dies."""

from dataclasses import dataclass, field

import pytest

from origin_lambda.adapters.memory import MemoryBucket, MemoryTraffic
from origin_lambda.derivatives.refine import Outcome, Refinement, ref_of
from origin_lambda.errors import OutOfTime, Unavailable
from origin_lambda.ports import ObjectMetadata
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.traffic.popularity import Popularity
from origin_lambda.traffic.worker import BUDGET, Prices, Worker, report
from origin_lambda.url.admission import Policy, admit_uri

NOW = 1_795_900_000.0
PRICES = Prices(delivered_gb=0.085, second=0.00003, month=1.0)
TRY = 1800
"""The price of the longest try, in millionths of a dollar."""


def path_of(key: str) -> str:
    return admit_uri(f"/{key}", "w=640&fm=webp", {}, Policy(), 0)


@dataclass
class Refiner:
    """Makes every file half as large, or raises an error."""

    error: BaseException | None = None
    paths: list[str] = field(default_factory=list)

    def refine(self, path: str, watch: Stopwatch) -> Refinement:
        assert watch.deadline
        self.paths.append(path)
        if self.error:
            raise self.error
        return Refinement(Outcome.REFINED, 40_000, 20_000)


@dataclass
class Traffic:
    """A table, a bucket, and workers of them."""

    table: MemoryTraffic = field(default_factory=MemoryTraffic)
    bucket: MemoryBucket = field(default_factory=MemoryBucket)

    @property
    def popularity(self) -> Popularity:
        return Popularity(self.table, lambda: NOW)

    def view(self, key: str, views: int, size: int = 40_000) -> str:
        """Store a derivative, and count its views; return its path."""
        path = path_of(key)
        ref = ref_of(path)
        assert ref
        self.bucket.write(ref.stored_as, bytes(size), ObjectMetadata("image/webp"))
        self.popularity.add({path: views})
        return path

    def create_worker(self, refiner: Refiner, prices: Prices = PRICES) -> Worker:
        return Worker(self.popularity, self.table, self.bucket, refiner, prices, lambda: NOW)

    def work(self, refiner: Refiner, prices: Prices = PRICES, seconds: float = 900) -> int:
        return sum(1 for _ in self.create_worker(refiner, prices).run(seconds))

    @property
    def spent(self) -> int:
        return dict(self.table.entries(BUDGET)).get("2026-11", {}).get("spent", 0)


def test_what_pays_is_refined_once() -> None:
    traffic, refiner = Traffic(), Refiner()
    often, oftener = traffic.view("a.jpg", 10**6), traffic.view("b.jpg", 10**7)
    traffic.view("rare.jpg", 10)
    traffic.popularity.add({path_of("gone.jpg"): 10**7, "/no/derivative": 10**7})

    assert traffic.work(refiner) == 2
    assert refiner.paths == [oftener, often]
    for key in ("a.jpg", "b.jpg"):
        traffic.view(key, 1, 20_000)
    assert traffic.work(refiner) == 0
    assert traffic.spent < 0.1 * TRY


def test_the_highest_return_comes_first() -> None:
    traffic, refiner = Traffic(), Refiner()
    small, large = (
        traffic.view("small.jpg", 10**6, 1_000),
        traffic.view("large.jpg", 10**6 // 2, 200_000),
    )

    assert traffic.work(refiner) == 2
    assert refiner.paths == [large, small]


@pytest.mark.parametrize("delivered, tries", [(0.085, 1), (0.0, 0)])
def test_without_a_price_of_a_second_what_saves_anything_is_refined(
    delivered: float, tries: int
) -> None:
    traffic, refiner = Traffic(), Refiner()
    traffic.view("rare.jpg", 10)

    assert traffic.work(refiner, Prices(delivered, 0.0, month=1.0)) == tries


def test_a_derivative_that_was_rendered_again_is_refined_again() -> None:
    traffic, refiner = Traffic(), Refiner()
    traffic.view("a.jpg", 10**6)
    traffic.work(refiner)

    traffic.view("a.jpg", 1, 41_000)

    assert traffic.work(refiner) == 1


def test_the_budget_is_never_exceeded_even_if_workers_die() -> None:
    traffic, dying = Traffic(), Refiner(SystemExit())
    for at in range(9):
        traffic.view(f"{at}.jpg", 10**6)
    budget = Prices(PRICES.delivered_gb, PRICES.second, month=3.5 * TRY / 1e6)

    for _ in range(3):
        with pytest.raises(SystemExit):
            traffic.work(dying, budget)

    assert traffic.spent == 3 * TRY
    assert traffic.work(Refiner(), budget) == 0
    assert traffic.spent == 3 * TRY


def test_there_is_work_while_something_pays_and_the_budget_allows_it() -> None:
    traffic, dying = Traffic(), Refiner(SystemExit())
    worker = traffic.create_worker(dying, Prices(PRICES.delivered_gb, PRICES.second, TRY / 1e6))
    assert not worker.has_work()
    traffic.view("a.jpg", 10**6)

    assert worker.has_work()
    assert traffic.spent == 0
    with pytest.raises(SystemExit):
        next(worker.run())
    assert not worker.has_work()


def test_no_budget_means_no_try() -> None:
    traffic, refiner = Traffic(), Refiner()
    traffic.view("a.jpg", 10**6)

    assert traffic.work(refiner, Prices(0.085, 0.00003, 0)) == 0


def test_no_try_begins_that_could_outlive_the_function() -> None:
    traffic, refiner = Traffic(), Refiner()
    traffic.view("a.jpg", 10**6)

    assert traffic.work(refiner, seconds=59) == 0
    assert traffic.spent == 0


@pytest.mark.parametrize("error, tries", [(OutOfTime("late"), 0), (Unavailable("down"), 1)])
def test_a_try_that_is_too_slow_is_not_repeated_but_one_that_failed_is(
    error: Exception, tries: int
) -> None:
    traffic = Traffic()
    traffic.view("a.jpg", 10**6)
    traffic.work(Refiner(error))

    assert traffic.work(Refiner()) == tries


def test_the_report_has_what_is_saved_and_spent() -> None:
    traffic = Traffic()
    path = traffic.view("a.jpg", 10**6)
    traffic.work(Refiner())

    found = report(traffic.popularity, traffic.table, 0.085, NOW)

    views = traffic.popularity.estimate()[path]
    assert (found.tried, found.files) == (1, 1)
    assert found.saved_gb == pytest.approx(30 * views * 20_000 / 2**30)
    assert found.saved_dollars == pytest.approx(0.085 * found.saved_gb)
    assert found.spent_dollars == pytest.approx(traffic.spent / 1e6)
