"""Caches objects of a bucket in memory. Use it only for objects that never change.

Catalog items are not cached: one that is a second old could show a replaced original again
(docs/decisions/0017).
"""

import threading
from typing import Final

from cachetools import LRUCache

from origin_lambda.derivatives.single_flight import SingleFlight
from origin_lambda.ports import Blob, Readable

MIP_BYTES: Final = 64_000_000
"""Memory for mips, of the function's 1,769 MB: 15 of the largest fit, or 600 of the smallest."""


class CachedReader:
    """Objects of a bucket; the most recently used ones are in memory."""

    def __init__(self, bucket: Readable, max_bytes: int = MIP_BYTES) -> None:
        """Start with an empty cache of *max_bytes*."""
        self._bucket = bucket
        self._cache: LRUCache[str, Blob] = LRUCache(
            max_bytes, getsizeof=lambda blob: len(blob.body)
        )
        self._lock = threading.Lock()
        self._single_flight = SingleFlight[Blob | None]()

    def read(self, key: str, *, first: int | None = None) -> Blob | None:
        """Return an object, from the cache if possible; misses and parts are not cached."""
        if first is not None:
            return self._bucket.read(key, first=first)
        with self._lock:
            blob = self._cache.get(key)
        return blob or self._single_flight.do(key, lambda: self._fetch(key))

    def _fetch(self, key: str) -> Blob | None:
        blob = self._bucket.read(key)
        if blob is not None and len(blob.body) <= self._cache.maxsize:
            with self._lock:
                self._cache[key] = blob
        return blob
