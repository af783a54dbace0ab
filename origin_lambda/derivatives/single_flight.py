"""Deduplicates concurrent calls by key (single-flight)."""

import threading
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """The calls that are running, by key. Equal concurrent calls share one result."""

    def __init__(self) -> None:
        """Start without any call."""
        self._calls: dict[Hashable, Call[T]] = {}
        self._lock = threading.Lock()

    def do(self, key: Hashable, work: Callable[[], T], seconds: float | None = None) -> T:
        """Return the result of *work*, or of the call with the same key that is running.

        Raises:
            TimeoutError: the other call was still running after this many *seconds*.
            BaseException: what the work raised.

        """
        with self._lock:
            running = self._calls.get(key)
            own = self._calls[key] = Call() if running is None else running
        if running is not None:
            return running.wait(seconds)
        try:
            return own.run(work)
        finally:
            with self._lock:
                del self._calls[key]


class Call(Generic[T]):
    """One call, and its result or error."""

    def __init__(self) -> None:
        """Start without a result."""
        self._done = threading.Event()
        self._result: list[T] = []
        self._error: BaseException | None = None

    def run(self, work: Callable[[], T]) -> T:
        """Return the result of the work, or raise its error."""
        try:
            self._result.append(work())
        except BaseException as error:
            self._error = error
            raise
        finally:
            self._done.set()
        return self._result[0]

    def attempt(self, work: Callable[[], T]) -> None:
        """Run the work; keep its error for those who wait."""
        with suppress(Exception):
            self.run(work)

    def wait(self, seconds: float | None) -> T:
        """Return the result, or raise the error.

        Raises:
            TimeoutError: the work was still running after this many *seconds*.

        """
        if not self._done.wait(seconds):
            raise TimeoutError
        if self._error:
            raise self._error
        return self._result[0]
