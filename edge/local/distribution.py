"""A distribution: the way of a request through CloudFront.

method -> viewer-request function -> cache -> origin group -> cache -> 304 or range
       -> response headers policy -> viewer-response function -> viewer
"""

import dataclasses
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from edge.local.cache import Cache
from edge.local.event import (
    ViewerRequest,
    request_event,
    request_uri,
    response_answer,
    response_event,
)
from edge.local.freshness import CachePolicy
from edge.local.function import EdgeFunction, Event, FunctionFailed
from edge.local.objects import Found, Objects
from edge.local.origins import OriginAnswer, OriginGroup, Primary, Secondary, error_page
from edge.local.serving import passed_on, served, with_policy

_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_BODYLESS: Final = frozenset({204, 304})
_VIA: Final = "1.1 d111111abcdef8.cloudfront.net (CloudFront)"

_log: Final = logging.getLogger(__name__)


class Distribution:
    """CloudFront on a laptop: an ASGI application.

    *function* and *response_function* answer the events of viewer requests and responses; the
    origins are called in threads. Requests must all come from one event loop.
    """

    def __init__(  # noqa: PLR0913 reason: the parts of a distribution's configuration
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
        self._function = function
        self._response_function = response_function
        self._objects = Objects(
            OriginGroup(primary, secondary), cache or Cache(), policy or CachePolicy(), clock
        )

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
        await Response(answer.body, answer.status, answer.headers)(scope, receive, send)

    def invalidate(self, paths: Iterable[str]) -> None:
        """Do what CreateInvalidation does, at once: see `Objects.invalidate`."""
        self._objects.invalidate(paths)

    async def answer(self, viewer: ViewerRequest) -> OriginAnswer:
        """Return what a viewer is answered; the body of a HEAD's answer is the server's to drop."""
        if viewer.method not in _METHODS:
            page = error_page(403, "This distribution supports only cachable requests.")
            return _stamped(Found(page, "Error"))
        event = request_event(viewer)
        try:
            request = _ran(self._function, event)
            if "statusCode" in request:
                made = response_answer(request)
                return _stamped(Found(made, "FunctionGeneratedResponse"))
            found = await self._found(viewer.method, request_uri(event, request))
            return self._dressed(viewer, request, found)
        except FunctionFailed as error:
            _log.warning("A CloudFront Function failed: %s", error)
            page = error_page(503, "The CloudFront function did not run as it should.")
            return _stamped(Found(page, "FunctionExecutionError"))

    async def _found(self, method: str, uri: str) -> Found:
        if method == "OPTIONS":
            return Found(await self._objects.fetch(method, uri, {}), "Miss")
        # A cold HEAD fetches all of it: the render that it costs either way is then kept.
        return await self._objects.find(uri)

    def _dressed(
        self, viewer: ViewerRequest, request: Mapping[str, Any], found: Found
    ) -> OriginAnswer:
        answer = with_policy(served(passed_on(found.answer), viewer))
        if answer.status >= 400:
            return _stamped(Found(answer, "Error", found.age))
        event = response_event(viewer, request, answer)
        dressed = response_answer(_ran(self._response_function, event), answer.body)
        return _stamped(dataclasses.replace(found, answer=dressed))


def _ran(function: EdgeFunction, event: Event) -> dict[str, Any]:
    """Return what a function answers; each engine that may run one raises errors of its own."""
    try:
        return function(event)
    except Exception as error:
        raise FunctionFailed(str(error)) from error


def _stamped(found: Found) -> OriginAnswer:
    """Return an answer with what CloudFront says of itself."""
    stamps = {"x-cache": f"{found.how} from cloudfront", "via": _VIA}
    if found.age is not None:
        stamps["age"] = str(found.age)
    if found.answer.status not in _BODYLESS:
        stamps["content-length"] = str(len(found.answer.body))
    return dataclasses.replace(found.answer, headers=dict(found.answer.headers) | stamps)
