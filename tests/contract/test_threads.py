"""Calls that run in threads."""

import threading

import pytest

from origin_lambda.adapters.threads import run_at_once
from origin_lambda.errors import StoreFailed


def test_calls_run_at_once() -> None:
    barrier = threading.Barrier(5, timeout=10)

    run_at_once([barrier.wait] * 5)


def test_after_a_failure_the_other_calls_are_complete() -> None:
    made: list[int] = []
    message = "a service behind this one failed"

    def fail() -> None:
        raise StoreFailed(message)

    with pytest.raises(StoreFailed):
        run_at_once([fail, *(lambda number=number: made.append(number) for number in range(3))])

    assert sorted(made) == [0, 1, 2]
