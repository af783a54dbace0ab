"""Requests and responses, and the event shapes of AWS that carry them.

Function URL and HTTP API (payload 2.0), REST API (1.0), Application Load Balancer target. An HTTP
API decodes the path; all others pass it on as it was sent.
"""

import base64
import dataclasses
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

from origin_lambda.errors import CalotypeError, MethodNotAllowed, Unauthorized

_LAMBDA_ANSWER: Final = 4_700_000
"""Largest body in bytes: as base64 inside JSON it fits Lambda's response of 6 MB."""
_BALANCER_ANSWER: Final = 760_000
"""Largest body in bytes for a load balancer, whose limit is 1 MB."""
_MARGIN: Final = 1.5
"""Seconds before Lambda's own deadline by which the answer must be ready."""
_STREAMED_ANSWER: Final = 22_000_000
"""Largest body in bytes of an answer that is streamed.

Lambda allows 200 MB, but sends only the first 6 MB at full speed, and the others at 2 MB/s. From a
bucket, a larger one arrives sooner (Lambda developer guide, "Response streaming").
"""
_STREAMING_SECONDS: Final = 8.0
"""What Lambda takes to send the largest streamed answer."""

METHODS: Final = "GET, HEAD, OPTIONS"
ALWAYS: Final = {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "timing-allow-origin": "*",
    "x-content-type-options": "nosniff",
}
PREFLIGHT: Final = {
    "access-control-allow-methods": METHODS,
    "access-control-allow-headers": "*",
    "access-control-max-age": "7200",  # Chrome caches it no longer
}
"""Headers of the answer to a CORS preflight request (Fetch, "CORS-preflight fetch")."""


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request: *path* and *query* are percent-encoded, header names are lower case.

    *answer_limit* is the largest body in bytes; *deadline* is in seconds of `time.monotonic`.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    answer_limit: int = _LAMBDA_ANSWER
    deadline: float | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


def error_response(error: CalotypeError) -> Response:
    """Turn an error into a response. No other code does this."""
    facts = {"code": error.code, "message": error.message}
    if error.param:
        facts["param"] = error.param
    caching = f"public, max-age={error.max_age}" if error.max_age else "no-store"
    headers = ALWAYS | {"content-type": "application/json", "cache-control": caching}
    if isinstance(error, MethodNotAllowed):
        headers |= {"allow": error.allow or METHODS}
    if isinstance(error, Unauthorized):
        headers |= {"www-authenticate": "Bearer"}
    return Response(error.status, headers, json.dumps({"error": facts}).encode())


def from_streamed_event(event: Mapping[str, Any], remaining: float) -> Request:
    """Read a request of a function URL that streams; *remaining* is as for `from_event`."""
    request = from_event(event, remaining - _STREAMING_SECONDS)
    return dataclasses.replace(request, answer_limit=_STREAMED_ANSWER)


def from_event(event: Mapping[str, Any], remaining: float | None) -> Request:
    """Read the request of a Lambda event; *remaining* is the seconds until Lambda's deadline."""
    deadline = None if remaining is None else time.monotonic() + remaining - _MARGIN
    headers = {name.lower(): value for name, value in _headers(event).items()}
    context = event.get("requestContext", {})
    if event.get("version") == "2.0":
        path = event["rawPath"]
        if ".lambda-url." not in context.get("domainName", ""):
            path = quote(path.removeprefix(_stage(context)), safe="/")
        return Request(
            method=context["http"]["method"],
            path=path,
            query=event.get("rawQueryString", ""),
            headers=headers,
            body=_body(event),
            deadline=deadline,
            request_id=context.get("requestId", ""),
        )
    balanced = "elb" in context
    return Request(
        method=event["httpMethod"],
        path=event["path"],
        query=_query(event, encoded=balanced),
        headers=headers,
        body=_body(event),
        answer_limit=_BALANCER_ANSWER if balanced else _LAMBDA_ANSWER,
        deadline=deadline,
        request_id=context.get("requestId", headers.get("x-amzn-trace-id", "")),
    )


def _stage(context: Mapping[str, Any]) -> str:
    """Return what an HTTP API puts before the path: `/STAGE`, or nothing for `$default`."""
    stage = context.get("stage", "$default")
    return "" if stage == "$default" else f"/{stage}"


def _body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()


def _headers(event: Mapping[str, Any]) -> dict[str, str]:
    many = event.get("multiValueHeaders")
    if many:
        return {name: ",".join(values) for name, values in many.items()}
    return event.get("headers") or {}


def _query(event: Mapping[str, Any], *, encoded: bool) -> str:
    """Return the query string, percent-encoded; *encoded* if the event did not decode it."""
    many = event.get("multiValueQueryStringParameters")
    single = event.get("queryStringParameters") or {}
    pairs = [(name, value) for name, values in (many or {}).items() for value in values]
    pairs = pairs or list(single.items())
    if encoded:
        return "&".join(f"{name}={value}" for name, value in pairs)
    return urlencode(pairs)


def to_event(response: Response, event: Mapping[str, Any]) -> dict[str, Any]:
    """Return a response in the shape that the sender of *event* expects."""
    answer: dict[str, Any] = {
        "statusCode": response.status,
        "isBase64Encoded": True,
        "body": base64.b64encode(response.body).decode(),
    }
    if "multiValueHeaders" in event and "elb" in event.get("requestContext", {}):
        answer["multiValueHeaders"] = {name: [value] for name, value in response.headers.items()}
    else:
        answer["headers"] = dict(response.headers)
    return answer
