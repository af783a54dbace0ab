"""Reads a mip while the catalog is asked, by a record that may be old (docs/decisions/0053)."""

import threading
from collections.abc import Callable
from typing import Final

from cachetools import LRUCache

from origin_lambda.log import log_event
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.url.transform import Transform

_MAX_RECORDS: Final = 1000
"""Records in memory; each takes a few kilobytes."""

Prefetch = Callable[[Transform, OriginalRecord], None]


class Prefetcher:
    """Calls *prefetch* in a thread of its own, with the last record of an original.

    An old record only costs a read in vain: the name of a mip has its version, so the renderer
    never finds a mip of another version than that of the catalog's record.
    """

    def __init__(self, prefetch: Prefetch, max_records: int = _MAX_RECORDS) -> None:
        """Start without records; the thread starts with the first prefetch."""
        self._prefetch = prefetch
        self._records: LRUCache[str, OriginalRecord] = LRUCache(max_records)
        self._lock = threading.Lock()
        self._next: tuple[Transform, OriginalRecord] | None = None
        self._has_next = threading.Semaphore(0)
        self._is_busy = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self, key: str, transform: Transform) -> None:
        """Start to read what a derivative needs, unless the thread is busy with another."""
        with self._lock:
            record = self._records.get(key)
        if record is None or not self._is_busy.acquire(blocking=False):
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="prefetch", daemon=True)
            self._thread.start()
        self._next = transform, record
        self._has_next.release()

    def remember(self, record: OriginalRecord) -> None:
        """Remember a record that the catalog has."""
        if record.is_listed:
            with self._lock:
                self._records[record.key] = record

    def _run(self) -> None:
        while True:
            self._has_next.acquire()
            try:
                if self._next:
                    self._prefetch(*self._next)
            except Exception as error:  # noqa: BLE001 reason: the renderer reads it itself
                log_event("prefetch-failed", error=repr(error))
            self._is_busy.release()
