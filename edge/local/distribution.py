"""A distribution: the steps of a request through CloudFront.

check the method -> viewer-request function -> read the cache -> origin group -> write the cache
-> 304 or range -> response headers policy -> viewer-response function -> viewer
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
    build_request_event,
    build_response_event,
    read_request_uri,
    read_response,
)
from edge.local.freshness import CachePolicy
from edge.local.function import EdgeFunction, Event, FunctionFailed
from edge.local.objects import EdgeResult, Objects
from edge.local.origins import OriginAnswer, OriginGroup, Primary, Secondary, error_page
from edge.local.serving import add_policy_headers, apply_conditions, filter_headers

_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_STATUSES_WITHOUT_BODY: Final = frozenset({204, 304})
_VIA: Final = "1.1 d111111abcdef8.cloudfront.net (CloudFront)"

_log: Final = logging.getLogger(__name__)


class Distribution:
    """CloudFront on a laptop: an ASGI application.

    *function* and *response_function* answer the events of viewer requests and responses; the
    origins are called in threads. Requests must all come from one event loop. *on_view* is called
    with the canonical URI of each GET that is answered with 200.
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
        on_view: Callable[[str], object] = len,
    ) -> None:
        self._on_view = on_view
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
        """Invalidate paths as CreateInvalidation does, but at once: see `Objects.invalidate`."""
        self._objects.invalidate(paths)

    async def answer(self, viewer: ViewerRequest) -> OriginAnswer:
        """Return the answer for a viewer; the server must drop the body of an answer to HEAD."""
        if viewer.method not in _METHODS:
            page = error_page(403, "This distribution supports only cachable requests.")
            return _add_cloudfront_headers(EdgeResult(page, "Error"))
        event = build_request_event(viewer)
        try:
            request = _run(self._function, event)
            if "statusCode" in request:
                answer = read_response(request)
                return _add_cloudfront_headers(EdgeResult(answer, "FunctionGeneratedResponse"))
            uri = read_request_uri(event, request)
            result = await self._find_object(viewer.method, uri)
            if viewer.method == "GET" and result.answer.status == 200:
                self._on_view(uri)
            return self._finish(viewer, request, result)
        except FunctionFailed as error:
            _log.warning("A CloudFront Function failed: %s", error)
            page = error_page(503, "The CloudFront function did not run as it should.")
            return _add_cloudfront_headers(EdgeResult(page, "FunctionExecutionError"))

    async def _find_object(self, method: str, uri: str) -> EdgeResult:
        if method == "OPTIONS":
            return EdgeResult(await self._objects.fetch(method, uri, {}), "Miss")
        # A HEAD that misses fetches the whole object: a render is made anyway, so it is cached.
        return await self._objects.find(uri)

    def _finish(
        self, viewer: ViewerRequest, request: Mapping[str, Any], result: EdgeResult
    ) -> OriginAnswer:
        answer = add_policy_headers(apply_conditions(filter_headers(result.answer), viewer))
        if answer.status >= 400:
            return _add_cloudfront_headers(EdgeResult(answer, "Error", result.age))
        event = build_response_event(viewer, request, answer)
        finished = read_response(_run(self._response_function, event), answer.body)
        return _add_cloudfront_headers(dataclasses.replace(result, answer=finished))


def _run(function: EdgeFunction, event: Event) -> dict[str, Any]:
    """Return the result of a function; raise FunctionFailed for any error of its engine."""
    try:
        return function(event)
    except Exception as error:
        raise FunctionFailed(str(error)) from error


def _add_cloudfront_headers(result: EdgeResult) -> OriginAnswer:
    """Return the answer with CloudFront's own headers: `x-cache`, `via` and `age`."""
    added = {"x-cache": f"{result.result_type} from cloudfront", "via": _VIA}
    if result.age is not None:
        added["age"] = str(result.age)
    if result.answer.status not in _STATUSES_WITHOUT_BODY:
        added["content-length"] = str(len(result.answer.body))
    return dataclasses.replace(result.answer, headers=dict(result.answer.headers) | added)
