"""A distribution: the way of a request through CloudFront.

method -> viewer-request function -> cache -> origin group -> cache -> 304 or range
       -> response headers policy -> viewer-response function -> viewer
"""

import asyncio
import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from edge.local.cache import Cache, Entry, invalidating
from edge.local.event import (
    ViewerRequest,
    request_event,
    request_uri,
    response_answer,
    response_event,
)
from edge.local.freshness import CachePolicy, lifetime
from edge.local.function import EdgeFunction, FunctionFailed
from edge.local.origins import OriginAnswer, OriginGroup, Primary, Secondary, error_page
from edge.local.serving import passed_on, served, with_policy

_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_THREADS: Final = 16
_HIT, _MISS, _REFRESHED = "Hit", "Miss", "RefreshHit"

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """An answer, where it came from, and for how many seconds it had been kept."""

    answer: OriginAnswer
    how: str
    age: int | None = None


@dataclass(slots=True, eq=False)
class Flight:
    """A fetch under way, for all who wait for it; no longer *current* once invalidated."""

    landing: asyncio.Task[Found] | None = None
    current: bool = True


class Distribution:
    """CloudFront on a laptop, an ASGI application.

    *function* and *response_function* answer events; *primary* and *secondary* are called in
    threads. All requests must come from one event loop; `invalidate` may come from any thread.
    """

    def __init__(  # noqa: PLR0913 reason: each is a part of a distribution's configuration
        self,
        function: EdgeFunction,
        response_function: EdgeFunction,
        primary: Primary,
        secondary: Secondary,
        *,
        cache: Cache | None = None,
        policy: CachePolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.cache = Cache() if cache is None else cache
        self._function = function
        self._response_function = response_function
        self._group = OriginGroup(primary, secondary)
        self._policy = CachePolicy() if policy is None else policy
        self._clock = clock
        self._flights: dict[str, Flight] = {}
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="edge")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        viewer = ViewerRequest(
            request.method,
            scope["raw_path"].decode("latin-1"),
            scope["query_string"].decode("latin-1"),
            tuple(request.headers.items()),
            request.client.host if request.client else "127.0.0.1",
        )
        answer = await self.answer(viewer)
        body = b"" if viewer.method == "HEAD" else answer.body
        await Response(body, answer.status, answer.headers)(scope, receive, send)

    async def answer(self, viewer: ViewerRequest) -> OriginAnswer:
        """Return what CloudFront answers a viewer; to HEAD, with the body it leaves out."""
        if viewer.method not in _METHODS:
            page = error_page(403, "This distribution supports only cachable requests.")
            return _stamped(Found(page, "Error"))
        event = request_event(viewer)
        try:
            request = self._function(event)
            if "statusCode" in request:
                made = response_answer(request)
                return _stamped(Found(made, "FunctionGeneratedResponse"))
            found = await self._found(viewer.method, request_uri(event, request))
            return self._dressed(viewer, request, found)
        except FunctionFailed as error:
            _log.warning("A CloudFront Function failed: %s", error)
            page = error_page(503, "The CloudFront function could not run.")
            return _stamped(Found(page, "FunctionExecutionError"))

    def _dressed(self, viewer: ViewerRequest, request: dict[str, Any], found: Found) -> OriginAnswer:
        answer = with_policy(served(passed_on(found.answer), viewer))
        if answer.status < 400:
            event = response_event(viewer, request, answer)
            answer = response_answer(self._response_function(event), answer.body)
        return _stamped(dataclasses.replace(found, answer=answer))

    async def _found(self, method: str, uri: str) -> Found:
        if method == "OPTIONS":
            return Found(await self._fetched("OPTIONS", uri, None), _MISS)
        entry, now = self.cache.find(uri), self._clock()
        if entry is not None and entry.is_fresh(now):
            return Found(entry.answer, _HIT, entry.age(now))
        flight = self._joined(uri, entry)
        if entry is not None and entry.may_be_awaited(now):
            return Found(entry.answer, _HIT, entry.age(now))
        # The viewer who leaves takes nobody's answer along.
        return await asyncio.shield(flight)

    def _joined(self, uri: str, known: Entry | None) -> asyncio.Task[Found]:
        """Return the fetch of a URI that is under way, or start it."""
        with self._lock:
            flight = self._flights.get(uri)
            if flight is None:
                flight = self._flights[uri] = Flight()
                flight.landing = asyncio.create_task(self._flown(uri, known, flight))
        assert flight.landing is not None
        return flight.landing

    async def _flown(self, uri: str, known: Entry | None, flight: Flight) -> Found:
        try:
            answer = await self._fetched("GET", uri, known)
            with self._lock:
                return self._landed(uri, known, flight, answer)
        finally:
            with self._lock:
                if self._flights.get(uri) is flight:
                    del self._flights[uri]

    def _landed(
        self, uri: str, known: Entry | None, flight: Flight, answer: OriginAnswer
    ) -> Found:
        """Keep what was fetched, unless it was invalidated on its way."""
        now = self._clock()
        found, entry = self._judged(known, answer, now)
        if flight.current:
            if entry is None:
                self.cache.drop(uri.__eq__)
            else:
                self.cache.keep(uri, entry)
        return found
