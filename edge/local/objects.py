"""Gets objects by URI: from the cache, or with one shared request to the origins."""

import asyncio
import dataclasses
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from edge.local.cache import Cache, Entry, compile_invalidation
from edge.local.freshness import CachePolicy, compute_lifetime
from edge.local.origins import OriginAnswer, OriginGroup

_THREADS: Final = 16
_HIT, _MISS, _REFRESHED = "Hit", "Miss", "RefreshHit"


@dataclass(frozen=True, slots=True)
class EdgeResult:
    """An answer, where it came from, and its age in seconds if it was in the cache.

    *result_type* is the word that `x-cache` begins with, as `Hit`.
    """

    answer: OriginAnswer
    result_type: str
    age: int | None = None


class Objects:
    """The objects of an edge location.

    All calls of `find` must come from one event loop. The origins are called in a few threads.
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
        self._flights: dict[str, asyncio.Task[EdgeResult]] = {}
        self._lock = threading.Lock()

    async def find(self, uri: str) -> EdgeResult:
        """Return the object of a URI.

        Requests that arrive while it is fetched share the answer, even if it is an error.
        CloudFront sends each of them to the origin if the answer is `no-store`; here they share it.
        """
        entry, now = self._cache.find(uri), self._clock()
        if entry is not None and entry.is_fresh(now):
            return EdgeResult(entry.answer, _HIT, entry.age(now))
        flight = self._join_flight(uri)
        if entry is not None and entry.is_usable_while_revalidating(now):
            return EdgeResult(entry.answer, _HIT, entry.age(now))
        # Shielded, because other viewers wait for the same fetch: one that leaves must not stop it.
        return await asyncio.shield(flight)

    async def fetch(self, method: str, uri: str, headers: Mapping[str, str]) -> OriginAnswer:
        """Return what the origins answer, without using the cache."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._group.fetch, method, uri, headers)

    def invalidate(self, paths: Iterable[str]) -> None:
        """Remove all objects that *paths* name; do not cache the answers of running fetches.

        A request that comes after this returns gets an answer fetched after the call. Can be
        called from any thread.

        Raises:
            ValueError: a path is not what CreateInvalidation accepts.

        """
        matches = compile_invalidation(paths)
        with self._lock:
            for uri in filter(matches, list(self._flights)):
                del self._flights[uri]
            self._cache.drop(matches)

    def _join_flight(self, uri: str) -> asyncio.Task[EdgeResult]:
        with self._lock:
            flight = self._flights.get(uri)
            if flight is None or flight.done():
                # Looked up again: an entry that an invalidation has just removed must not return.
                flight = asyncio.create_task(self._fetch_and_cache(uri, self._cache.find(uri)))
                self._flights[uri] = flight
            return flight

    async def _fetch_and_cache(self, uri: str, known: Entry | None) -> EdgeResult:
        etag = known.answer.headers.get("etag") if known else None
        answer = await self.fetch("GET", uri, {"if-none-match": etag} if etag else {})
        result, entry = self._evaluate(known, answer)
        with self._lock:
            # After an invalidation it is not listed, and a newer answer may be cached already.
            if self._flights.get(uri) is asyncio.current_task():
                del self._flights[uri]
                self._cache.put(uri, entry)
        return result

    def _evaluate(
        self, known: Entry | None, answer: OriginAnswer
    ) -> tuple[EdgeResult, Entry | None]:
        """Return the result for the viewer, and the entry to cache, if any.

        *known* is the entry that was cached before the fetch.
        """
        now = self._clock()
        if known is not None and answer.status >= 500 and known.is_usable_on_error(now):
            retry_at = now + self._policy.minimum_error_ttl(answer.status)
            kept = dataclasses.replace(known, retry_at=retry_at)
            return EdgeResult(known.answer, _REFRESHED, known.age(now)), kept
        result_type = _MISS
        if known is not None and _is_unchanged(known.answer, answer):
            result_type = _REFRESHED
            headers = dict(known.answer.headers) | dict(answer.headers)
            answer = dataclasses.replace(known.answer, headers=headers)
        kept_for = compute_lifetime(answer, self._policy)
        return EdgeResult(answer, result_type), Entry(answer, kept_for, now) if kept_for else None


def _is_unchanged(known: OriginAnswer, answer: OriginAnswer) -> bool:
    """Whether the origin answered 304, or sent the same ETag again: a real S3 would answer 304."""
    etag = answer.headers.get("etag")
    return answer.status == 304 or (
        answer.status == known.status == 200
        and etag is not None
        and etag == known.headers.get("etag")
    )
