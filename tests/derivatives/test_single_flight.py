"""Concurrent calls with the same key are made once."""

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


def test_a_waiting_call_gets_the_result_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    single_flight, work = SingleFlight[str](), Work()
    waiting, wait = threading.Event(), threading.Event.wait

    def seen(event: threading.Event, seconds: float | None = None) -> bool:
        if event not in {work.at_it, work.may_end, waiting}:
            waiting.set()
        return wait(event, seconds)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(single_flight.do, "key", work)
        assert work.at_it.wait(10)
        monkeypatch.setattr(threading.Event, "wait", seen)
        second = pool.submit(single_flight.do, "key", work)
        assert wait(waiting, 10)
        work.may_end.set()

        assert (first.result(), second.result(), work.begun) == ("done", "done", 1)


def test_a_finished_call_is_not_shared() -> None:
    single_flight, numbers = SingleFlight[int](), iter(range(9))

    assert [single_flight.do("key", lambda: next(numbers)) for _ in range(3)] == [0, 1, 2]


def test_calls_with_other_keys_do_not_wait() -> None:
    single_flight, work = SingleFlight[str](), Work()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(single_flight.do, "key", work)
        assert work.at_it.wait(10)

        assert single_flight.do("other", lambda: "mine") == "mine"

        work.may_end.set()


def test_a_waiting_call_gets_the_error_of_the_first() -> None:
    single_flight, work = SingleFlight[str](), Work()

    def fails() -> str:
        work()
        raise LookupError

    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(single_flight.do, "key", fails) for _ in range(2)]
        assert work.at_it.wait(10)
        work.may_end.set()

        for each in asked:
            with pytest.raises(LookupError):
                each.result()


def test_a_waiting_call_has_a_timeout() -> None:
    single_flight, work = SingleFlight[str](), Work()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(single_flight.do, "key", work)
        assert work.at_it.wait(10)

        with pytest.raises(TimeoutError):
            single_flight.do("key", work, 0.05)

        work.may_end.set()
