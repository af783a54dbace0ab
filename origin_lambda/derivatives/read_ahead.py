"""Reads what a request probably needs while the catalog is asked (docs/decisions/0053)."""

import threading
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from cachetools import LRUCache

from origin_lambda.derivatives.single_flight import Call
from origin_lambda.originals.record import OriginalRecord

T = TypeVar("T")

_MAX_RECORDS: Final = 1000
"""Records in memory; each takes a few kilobytes."""


class Starter(Protocol):
    """Starts reads; what is read must not be used before the catalog's record confirms it."""

    def start(self, read: Callable[[], T]) -> Callable[[], T]:
        """Start a read; return a function that waits for its result, or raises its error."""


class ReadThread:
    """A thread that does one read at a time; while it is busy, reads wait until they are needed."""

    def __init__(self) -> None:
        """Start no thread yet: the first read starts it."""
        self._next: Callable[[], None] | None = None
        self._has_next = threading.Semaphore(0)
        self._is_busy = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self, read: Callable[[], T]) -> Callable[[], T]:
        if not self._is_busy.acquire(blocking=False):
            return read
        call = Call[T]()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="read-ahead", daemon=True)
            self._thread.start()
        self._next = lambda: call.attempt(read)
        self._has_next.release()
        return lambda: call.wait(None)

    def _run(self) -> None:
        while True:
            self._has_next.acquire()
            if self._next:
                self._next()
            self._is_busy.release()


class RecentRecords:
    """The last records of originals that the catalog returned; they may be old."""

    def __init__(self, max_records: int = _MAX_RECORDS) -> None:
        """Start without records."""
        self._records: LRUCache[str, OriginalRecord] = LRUCache(max_records)
        self._lock = threading.Lock()

    def find(self, key: str) -> OriginalRecord | None:
        """Return the last record of an original."""
        with self._lock:
            return self._records.get(key)

    def add(self, record: OriginalRecord) -> None:
        """Remember a record that the catalog has."""
        if record.is_listed:
            with self._lock:
                self._records[record.key] = record
