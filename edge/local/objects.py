"""Objects by URI: out of the cache, or from the origins once for all who ask meanwhile."""

import asyncio
import dataclasses
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from edge.local.cache import Cache, Entry, invalidating
from edge.local.freshness import CachePolicy, lifetime
from edge.local.origins import OriginAnswer, OriginGroup

_THREADS: Final = 16
_HIT, _MISS, _REFRESHED = "Hit", "Miss", "RefreshHit"


@dataclass(frozen=True, slots=True)
class Found:
    """An answer, how it was found, and for how many seconds it had been kept if it was."""

    answer: OriginAnswer
    how: str
    age: int | None = None


class Objects:
    """What an edge location can answer.

    All finding belongs to one event loop; the origins are asked in a few threads of its own.
    """

    def __init__(
        self,
        group: OriginGroup,
        cache: Cache,
        policy: CachePolicy,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._group = group
        self._cache = cache
        self._policy = policy
        self._clock = clock
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="edge-origin")
        self._flights: dict[str, asyncio.Task[Found]] = {}
        self._lock = threading.Lock()

    async def find(self, uri: str) -> Found:
        """Return the object of a URI.

        Those who ask while it is being fetched get the same answer, an error too. CloudFront asks
        once for each of them where the answer turns out to be `no-store`; here it is shared.
        """
        entry, now = self._cache.find(uri), self._clock()
        if entry is not None and entry.is_fresh(now):
            return Found(entry.answer, _HIT, entry.age(now))
        flight = self._joined(uri)
        if entry is not None and entry.may_be_awaited(now):
            return Found(entry.answer, _HIT, entry.age(now))
        # Shielded, for the fetch belongs to all who wait: one of them may leave.
        return await asyncio.shield(flight)

    async def fetch(self, method: str, uri: str, headers: Mapping[str, str]) -> OriginAnswer:
        """Return what the origins answer, past the cache."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._group.fetch, method, uri, headers)

    def invalidate(self, paths: Iterable[str]) -> None:
        """Forget all objects that *paths* name, and do not keep those being fetched now.

        Who asks after this returns gets an answer fetched after it was called. From any thread.

        Raises:
            ValueError: a path is not what CreateInvalidation accepts.

        """
        matches = invalidating(paths)
        with self._lock:
            for uri in filter(matches, list(self._flights)):
                del self._flights[uri]
            self._cache.drop(matches)

    def _joined(self, uri: str) -> asyncio.Task[Found]:
        with self._lock:
            flight = self._flights.get(uri)
            if flight is None or flight.done():
                # Looked up again, for what an invalidation has taken must not be renewed.
                flight = asyncio.create_task(self._flown(uri, self._cache.find(uri)))
                self._flights[uri] = flight
            return flight

    async def _flown(self, uri: str, known: Entry | None) -> Found:
        etag = known.answer.headers.get("etag") if known else None
        answer = await self.fetch("GET", uri, {"if-none-match": etag} if etag else {})
        found, entry = self._judged(known, answer)
        with self._lock:
            # An invalidation has taken it off the list; then a newer answer may be kept already.
            if self._flights.get(uri) is asyncio.current_task():
                del self._flights[uri]
                self._cache.put(uri, entry)
        return found

    def _judged(self, known: Entry | None, answer: OriginAnswer) -> tuple[Found, Entry | None]:
        """Return what is found, and what is to be kept, given what was known already."""
        now = self._clock()
        if known is not None and answer.status >= 500 and known.outlasts_error(now):
            retried = now + self._policy.least_error(answer.status)
            kept = dataclasses.replace(known, retried=retried)
            return Found(known.answer, _REFRESHED, known.age(now)), kept
        how = _MISS
        if known is not None and _is_unchanged(known.answer, answer):
            how = _REFRESHED
            headers = dict(known.answer.headers) | dict(answer.headers)
            answer = dataclasses.replace(known.answer, headers=headers)
        kept_for = lifetime(answer, self._policy)
        return Found(answer, how), Entry(answer, kept_for, now) if kept_for else None


def _is_unchanged(known: OriginAnswer, answer: OriginAnswer) -> bool:
    """Whether an origin says so, or sends again what is known: a real S3 would have said so."""
    etag = answer.headers.get("etag")
    return answer.status == 304 or (
        answer.status == known.status == 200
        and etag is not None
        and etag == known.headers.get("etag")
    )
