"""Work that several ask for at once is done once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from origin_lambda.derivatives.single_flight import SingleFlight


class Work:
    """Counts how often it is done; goes on until it may end."""

    def __init__(self) -> None:
        self.begun = 0
        self.at_it = threading.Event()
        self.may_end = threading.Event()

    def __call__(self) -> str:
        self.begun += 1
        self.at_it.set()
        assert self.may_end.wait(10)
        return "done"


def test_who_waits_is_done_when_the_first_is(monkeypatch: pytest.MonkeyPatch) -> None:
    flights, work = SingleFlight[str](), Work()
    waiting, wait = threading.Event(), threading.Event.wait

    def seen(event: threading.Event, seconds: float | None = None) -> bool:
        if event not in {work.at_it, work.may_end, waiting}:
            waiting.set()
        return wait(event, seconds)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(flights.once, "key", work)
        assert work.at_it.wait(10)
        monkeypatch.setattr(threading.Event, "wait", seen)
        second = pool.submit(flights.once, "key", work)
        assert wait(waiting, 10)
        work.may_end.set()

        assert (first.result(), second.result(), work.begun) == ("done", "done", 1)


def test_what_is_over_is_done_again() -> None:
    flights, numbers = SingleFlight[int](), iter(range(9))

    assert [flights.once("key", lambda: next(numbers)) for _ in range(3)] == [0, 1, 2]


def test_other_work_is_not_waited_for() -> None:
    flights, work = SingleFlight[str](), Work()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(flights.once, "key", work)
        assert work.at_it.wait(10)

        assert flights.once("other", lambda: "mine") == "mine"

        work.may_end.set()


def test_who_waits_fails_as_the_first_does() -> None:
    flights, work = SingleFlight[str](), Work()

    def fails() -> str:
        work()
        raise LookupError

    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(flights.once, "key", fails) for _ in range(2)]
        assert work.at_it.wait(10)
        work.may_end.set()

        for each in asked:
            with pytest.raises(LookupError):
                each.result()


def test_nobody_waits_longer_than_there_is_time() -> None:
    flights, work = SingleFlight[str](), Work()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(flights.once, "key", work)
        assert work.at_it.wait(10)

        with pytest.raises(TimeoutError):
            flights.once("key", work, 0.05)

        work.may_end.set()
