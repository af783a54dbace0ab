"""Remembers records of originals, so that mips can be read while the catalog is asked."""

import threading
from typing import Final

from cachetools import LRUCache

from origin_lambda.originals.record import OriginalRecord

_MAX_RECORDS: Final = 1000
"""Records in memory; each takes a few kilobytes."""


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
