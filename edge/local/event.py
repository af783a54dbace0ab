"""Builds events for CloudFront Functions and reads their results, as CloudFront does.

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

_REMOVED_HEADERS: Final = frozenset(
    {
        "connection",
        "cookie",  # the event has it as `cookies`
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
_READ_ONLY_HEADERS: Final = ("content-length", "host", "transfer-encoding", "via")

Fields = dict[str, dict[str, Any]]
"""Headers, cookies or parameters in an event: name -> `{"value": ...}`."""


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


def build_request_event(viewer: ViewerRequest) -> dict[str, Any]:
    """Return the event of a viewer request; nothing in it is decoded.

    *rawQueryString* is an addition for the engine, which offers it as the method of a request that
    CloudFront's runtime has.
    """
    pairs = (pair.partition("=") for pair in viewer.query.split("&") if pair)
    visible = ((name, value) for name, value in viewer.headers if name not in _REMOVED_HEADERS)
    return _build_event("viewer-request", viewer.ip) | {
        "rawQueryString": viewer.query,
        "request": {
            "method": viewer.method,
            "uri": viewer.uri,
            "querystring": _build_fields((name, value) for name, _, value in pairs),
            "headers": _build_fields(visible),
            "cookies": _build_fields(_read_cookies(viewer.header("cookie"))),
        },
    }


def build_response_event(
    viewer: ViewerRequest, request: Mapping[str, Any], answer: OriginAnswer
) -> dict[str, Any]:
    """Return the event of a viewer response to *request*, which the request function returned."""
    return _build_event("viewer-response", viewer.ip) | {
        "request": request,
        "response": {
            "statusCode": answer.status,
            "statusDescription": HTTPStatus(answer.status).phrase,
            "headers": _build_fields(answer.headers.items()),
            "cookies": {},
        },
    }


def _build_event(kind: str, ip: str) -> dict[str, Any]:
    context = {
        "distributionDomainName": "d111111abcdef8.cloudfront.net",
        "distributionId": "LOCAL",
        "eventType": kind,
        "requestId": str(uuid.uuid4()),
    }
    return {"version": "1.0", "context": context, "viewer": {"ip": ip}}


def _build_fields(pairs: Iterable[tuple[str, str]]) -> Fields:
    """Return a field for each name: its first value, and `multiValue` if the name is repeated."""
    fields: Fields = {}
    for name, value in pairs:
        if name not in fields:
            fields[name] = {"value": value}
            continue
        field = fields[name]
        field.setdefault("multiValue", [{"value": field["value"]}]).append({"value": value})
    return fields


def _read_cookies(header: str) -> Iterable[tuple[str, str]]:
    for cookie in header.split(";"):
        name, _, value = cookie.strip().partition("=")
        if name:
            yield name, value


def read_request_uri(event: Mapping[str, Any], request: Mapping[str, Any]) -> str:
    """Return the URI of the request that a function returned.

    Raises:
        FunctionFailed: CloudFront would refuse this request.

    """
    uri = request.get("uri")
    if not isinstance(uri, str) or not uri.startswith("/"):
        message = "a request's uri must begin with /"
        raise FunctionFailed(message)
    before, after = event["request"]["headers"], request.get("headers", {})
    if any(before.get(name) != after.get(name) for name in _READ_ONLY_HEADERS):
        message = f"a function may not change {', '.join(_READ_ONLY_HEADERS)}"
        raise FunctionFailed(message)
    return uri


def read_response(response: Mapping[str, Any], body: bytes = b"") -> OriginAnswer:
    """Return the answer of a function's response; *body* is used if the response has none.

    Raises:
        FunctionFailed: CloudFront would refuse this response.

    """
    try:
        headers = {name: _join_values(field) for name, field in response.get("headers", {}).items()}
        own = _decode_body(response["body"]) if "body" in response else body
        return OriginAnswer(int(response["statusCode"]), headers, own)
    except (AttributeError, KeyError, TypeError, ValueError, binascii.Error) as error:
        raise FunctionFailed(repr(error)) from error


def _join_values(field: Mapping[str, Any]) -> str:
    return ", ".join(each["value"] for each in field.get("multiValue", [field]))


def _decode_body(body: str | Mapping[str, str]) -> bytes:
    if isinstance(body, str):
        return body.encode()
    if body.get("encoding") == "base64":
        return base64.b64decode(body["data"], validate=True)
    return body["data"].encode()
