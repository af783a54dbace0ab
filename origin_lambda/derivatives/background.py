"""Calls of services that run while a request goes on (docs/decisions/0053, 0070)."""

import functools
import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from origin_lambda.derivatives.single_flight import Call

T = TypeVar("T")


class Background(Protocol):
    """Starts calls."""

    def start(self, call: Callable[[], T]) -> Callable[[], T]:
        """Start a call; return a function that waits for its result, or raises its error.

        If nothing can be started now, the call begins when its result is needed.
        """


class Inline:
    """Makes each call at once."""

    def start(self, call: Callable[[], T]) -> Callable[[], T]:
        done = Call[T]()
        done.attempt(call)
        return lambda: done.wait(None)


class BackgroundThread:
    """A thread that makes one call at a time; other calls wait until they are needed."""

    def __init__(self) -> None:
        """Start no thread yet: the first call starts it."""
        self._next: Callable[[], None] | None = None
        self._has_next = threading.Semaphore(0)
        self._is_busy = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self, call: Callable[[], T]) -> Callable[[], T]:
        if not self._is_busy.acquire(blocking=False):
            return functools.cache(call)
        running = Call[T]()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="background", daemon=True)
            self._thread.start()
        self._next = lambda: running.attempt(call)
        self._has_next.release()
        return lambda: running.wait(None)

    def _run(self) -> None:
        while True:
            self._has_next.acquire()
            if self._next:
                self._next()
            self._is_busy.release()
