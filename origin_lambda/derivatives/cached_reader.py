"""Keeps what was read last in memory: only of objects that never change under their key.

Catalog items are not kept: one that is a second old would have a replaced original shown once more
(docs/decisions/0017).
"""

import threading
from typing import Final

from cachetools import LRUCache

from origin_lambda.derivatives.single_flight import SingleFlight
from origin_lambda.ports import Blob, Readable

MIP_BYTES: Final = 64_000_000
"""Room for mips: 15 of the largest, 600 of the smallest, of a function's 1,769 MB."""


class CachedReader:
    """Objects of a bucket, of which as many bytes are kept as there is room for."""

    def __init__(self, bucket: Readable, room: int = MIP_BYTES) -> None:
        """Keep nothing yet; *room* is in bytes."""
        self._bucket = bucket
        self._kept: LRUCache[str, Blob] = LRUCache(room, getsizeof=lambda blob: len(blob.body))
        self._lock = threading.Lock()
        self._flights = SingleFlight[Blob | None]()

    def read(self, key: str, *, first: int | None = None) -> Blob | None:
        """Return an object; one that is missing, or only read in part, is asked for every time."""
        if first is not None:
            return self._bucket.read(key, first=first)
        with self._lock:
            blob = self._kept.get(key)
        return blob or self._flights.once(key, lambda: self._fetched(key))

    def _fetched(self, key: str) -> Blob | None:
        blob = self._bucket.read(key)
        if blob is not None and len(blob.body) <= self._kept.maxsize:
            with self._lock:
                self._kept[key] = blob
        return blob
