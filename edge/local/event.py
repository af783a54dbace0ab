"""Events and results of CloudFront Functions, as the runtime writes and reads them.

Source: CloudFront developer guide, "CloudFront Functions event structure" and "Restrictions on all
edge functions".
"""

import base64
import binascii
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from edge.local.function import FunctionFailed
from edge.local.origins import OriginAnswer

_UNSEEN: Final = frozenset(
    {
        "connection",
        "cookie",  # told apart from the headers
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "trailer",
        "upgrade",
        "x-cache",
        "x-forwarded-proto",
        "x-real-ip",
    }
)
_READ_ONLY: Final = ("content-length", "host", "transfer-encoding", "via")

Fields = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ViewerRequest:
    """What a viewer sent: *uri* and *query* percent-encoded, header names in lower case."""

    method: str
    uri: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    ip: str = "127.0.0.1"

    def header(self, name: str) -> str:
        """Return a header field's value; empty if it was not sent."""
        return ", ".join(value for other, value in self.headers if other == name)


def request_event(viewer: ViewerRequest) -> dict[str, Any]:
    """Return the event of a viewer request; nothing in it is decoded.

    Its *rawQueryString* is for the engine: the runtime has it as a method of the request.
    """
    pairs = (pair.partition("=") for pair in viewer.query.split("&") if pair)
    seen = ((name, value) for name, value in viewer.headers if name not in _UNSEEN)
    return _event("viewer-request", viewer.ip) | {
        "rawQueryString": viewer.query,
        "request": {
            "method": viewer.method,
            "uri": viewer.uri,
            "querystring": _fields((name, value) for name, _, value in pairs),
            "headers": _fields(seen),
            "cookies": _fields(_cookies(viewer.header("cookie"))),
        },
    }


def response_event(
    viewer: ViewerRequest, request: Mapping[str, Any], answer: OriginAnswer
) -> dict[str, Any]:
    """Return the event of a viewer response; *request* is as the first function left it."""
    return _event("viewer-response", viewer.ip) | {
        "request": request,
        "response": {
            "statusCode": answer.status,
            "statusDescription": HTTPStatus(answer.status).phrase,
            "headers": _fields(answer.headers.items()),
            "cookies": {},
        },
    }


def _event(kind: str, ip: str) -> dict[str, Any]:
    context = {
        "distributionDomainName": "d111111abcdef8.cloudfront.net",
        "distributionId": "LOCAL",
        "eventType": kind,
        "requestId": str(uuid.uuid4()),
    }
    return {"version": "1.0", "context": context, "viewer": {"ip": ip}}


def _fields(pairs: Iterable[tuple[str, str]]) -> Fields:
    """Return a field a name; a name that occurs again lists all its values besides the first."""
    fields: Fields = {}
    for name, value in pairs:
        if name not in fields:
            fields[name] = {"value": value}
            continue
        field = fields[name]
        field.setdefault("multiValue", [{"value": field["value"]}]).append({"value": value})
    return fields


def _cookies(header: str) -> Iterable[tuple[str, str]]:
    for cookie in header.split(";"):
        name, _, value = cookie.strip().partition("=")
        if name:
            yield name, value


def request_uri(event: Mapping[str, Any], request: Mapping[str, Any]) -> str:
    """Return the URI that a function wants fetched.

    Raises:
        FunctionFailed: it returned a request that CloudFront would refuse.

    """
    uri = request.get("uri")
    if not isinstance(uri, str) or not uri.startswith("/"):
        message = "a request's uri must begin with /"
        raise FunctionFailed(message)
    before, after = event["request"]["headers"], request.get("headers", {})
    if any(before.get(name) != after.get(name) for name in _READ_ONLY):
        message = f"a function may not change {', '.join(_READ_ONLY)}"
        raise FunctionFailed(message)
    return uri


def response_answer(response: Mapping[str, Any], body: bytes = b"") -> OriginAnswer:
    """Return the answer that a function's response is; *body* stays unless it brings its own.

    Raises:
        FunctionFailed: it returned a response that CloudFront would refuse.

    """
    try:
        headers = {name: _joined(field) for name, field in response.get("headers", {}).items()}
        own = _body(response["body"]) if "body" in response else body
        return OriginAnswer(int(response["statusCode"]), headers, own)
    except (AttributeError, KeyError, TypeError, ValueError, binascii.Error) as error:
        raise FunctionFailed(repr(error)) from error


def _joined(field: Mapping[str, Any]) -> str:
    return ", ".join(each["value"] for each in field.get("multiValue", [field]))


def _body(body: str | Mapping[str, str]) -> bytes:
    if isinstance(body, str):
        return body.encode()
    if body.get("encoding") == "base64":
        return base64.b64decode(body["data"], validate=True)
    return body["data"].encode()
