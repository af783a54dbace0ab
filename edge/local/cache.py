"""The cache of an edge location: answers by URI, limited by their bytes."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from cachetools import LRUCache

from edge.local.freshness import Lifetime
from edge.local.origins import OriginAnswer

_CAPACITY: Final = 256_000_000
_OVERHEAD: Final = 2_000  # bytes of the objects around a body, measured with tracemalloc
_LONGEST_PATH: Final = 4_000


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer that was cached at *stored*; times are on the distribution's clock.

    If the origin failed to renew it after its lifetime, it is not asked again before *retry_at*.
    """

    answer: OriginAnswer
    lifetime: Lifetime
    stored: float
    retry_at: float = 0

    def age(self, now: float) -> int:
        """Return how many seconds it has been in the cache."""
        return int(now - self.stored)

    def is_fresh(self, now: float) -> bool:
        """Whether it can be used without asking an origin."""
        return now < self.stored + self.lifetime.fresh or now < self.retry_at

    def is_usable_while_revalidating(self, now: float) -> bool:
        """Whether it can be used while a newer answer is fetched."""
        return now < self.stored + self.lifetime.fresh + self.lifetime.while_revalidate

    def is_usable_on_error(self, now: float) -> bool:
        """Whether it can be used if the origin fails."""
        return now < self.stored + self.lifetime.fresh + self.lifetime.if_error


class Cache:
    """Entries by URI, evicted by least recent use. Can be used from any thread."""

    def __init__(self, capacity: int = _CAPACITY) -> None:
        self._entries: LRUCache[str, Entry] = LRUCache(capacity, getsizeof=_size)
        self._lock = threading.Lock()

    def find(self, uri: str) -> Entry | None:
        """Return the entry of a URI, fresh or not."""
        with self._lock:
            return self._entries.get(uri)

    def put(self, uri: str, entry: Entry | None) -> None:
        """Replace the entry of a URI; None, or an entry larger than the cache, removes it."""
        with self._lock:
            self._entries.pop(uri, None)
            if entry is not None and _size(entry) <= self._entries.maxsize:
                self._entries[uri] = entry

    def drop(self, matches: Callable[[str], bool]) -> None:
        """Remove every entry whose URI matches."""
        with self._lock:
            for uri in [uri for uri in self._entries if matches(uri)]:
                del self._entries[uri]

    @property
    def size(self) -> float:
        """Bytes in the cache."""
        return self._entries.currsize


def _size(entry: Entry) -> int:
    return len(entry.answer.body) + _OVERHEAD


def compile_invalidation(paths: Iterable[str]) -> Callable[[str], bool]:
    """Return a function that says whether a URI matches any of the paths of an invalidation.

    `*` at the end of a path stands for any text.

    Raises:
        ValueError: a path does not begin with `/`, is too long, or has `*` before its end.

    """
    paths = tuple(paths)
    for path in paths:
        if not path.startswith("/") or "*" in path[:-1] or len(path) > _LONGEST_PATH:
            message = "an invalidation path begins with / and may have one *, at its end"
            raise ValueError(message)
    prefixes = tuple(path[:-1] for path in paths if path.endswith("*"))
    exact = frozenset(path for path in paths if not path.endswith("*"))
    return lambda uri: uri in exact or uri.startswith(prefixes)
