"""Has work that several ask for at once done once: a single flight."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Work that is under way, by what tells it from other work."""

    def __init__(self) -> None:
        """Nothing is under way yet."""
        self._under_way: dict[Hashable, _Call[T]] = {}
        self._lock = threading.Lock()

    def once(self, key: Hashable, work: Callable[[], T], seconds: float | None = None) -> T:
        """Return what the work gives, or raise what it raises; wait for it if somebody is at it.

        Raises:
            TimeoutError: somebody is still at it after so many seconds.

        """
        with self._lock:
            flight = self._under_way.get(key)
            mine = self._under_way[key] = _Call() if flight is None else flight
        if flight is not None:
            return flight.landed(seconds)
        try:
            return mine.fly(work)
        finally:
            with self._lock:
                del self._under_way[key]


class _Call(Generic[T]):
    """One piece of work, and what came of it."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._result: list[T] = []
        self._error: BaseException | None = None

    def fly(self, work: Callable[[], T]) -> T:
        try:
            self._result.append(work())
        except BaseException as error:
            self._error = error
            raise
        finally:
            self._done.set()
        return self._result[0]

    def landed(self, seconds: float | None) -> T:
        if not self._done.wait(seconds):
            raise TimeoutError
        if self._error:
            raise self._error
        return self._result[0]
