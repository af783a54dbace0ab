"""What the edge keeps: answers by URI, as many as fit a number of bytes."""

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
    """An answer kept since *stored*; times are on the distribution's clock.

    Past its lifetime an origin may have failed to renew it; it is not asked again before
    *retried*.
    """

    answer: OriginAnswer
    lifetime: Lifetime
    stored: float
    retried: float = 0

    def age(self, now: float) -> int:
        """Return for how many seconds it has been kept."""
        return int(now - self.stored)

    def is_fresh(self, now: float) -> bool:
        """Whether it may be used without asking an origin."""
        return now < self.stored + self.lifetime.fresh or now < self.retried

    def may_be_awaited(self, now: float) -> bool:
        """Whether it may be used while a newer answer is fetched."""
        return now < self.stored + self.lifetime.fresh + self.lifetime.while_revalidate

    def outlasts_error(self, now: float) -> bool:
        """Whether it may be used because an origin fails."""
        return now < self.stored + self.lifetime.fresh + self.lifetime.if_error


class Cache:
    """Entries by URI; the one used least recently makes room for a new one. For any thread."""

    def __init__(self, capacity: int = _CAPACITY) -> None:
        self._entries: LRUCache[str, Entry] = LRUCache(capacity, getsizeof=_size)
        self._lock = threading.Lock()

    def find(self, uri: str) -> Entry | None:
        """Return the entry of a URI, fresh or not."""
        with self._lock:
            return self._entries.get(uri)

    def put(self, uri: str, entry: Entry | None) -> None:
        """Keep an entry, or nothing, in place of any of this URI; too large a one is not kept."""
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
        """Bytes kept."""
        return self._entries.currsize


def _size(entry: Entry) -> int:
    return len(entry.answer.body) + _OVERHEAD


def invalidating(paths: Iterable[str]) -> Callable[[str], bool]:
    """Return the test whether a URI is named by any of *paths*, as CreateInvalidation reads them.

    A path is percent-encoded as the URIs are; `*` at its end stands for anything.

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
