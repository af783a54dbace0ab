"""Turns a whole answer into what one viewer gets: 304, 206 or 416, and the right headers."""

import dataclasses
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from edge.local.event import ViewerRequest
from edge.local.origins import OriginAnswer, error_page
from origin_lambda.http import ALWAYS

_REMOVED: Final = frozenset({"connection", "content-length", "set-cookie", "transfer-encoding"})
# Developer guide, "HTTP response headers that CloudFront removes or replaces": if the cache key
# has no headers, CloudFront removes all names but these from an origin's Vary.
_KEPT_IN_VARY: Final = frozenset({"accept-encoding", "cookie"})
_ONE_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_DESCRIBES_BODY: Final = frozenset({"content-disposition", "content-type"})


def filter_headers(answer: OriginAnswer) -> OriginAnswer:
    """Return an origin's answer without the headers that CloudFront removes."""
    headers = {name: text for name, text in answer.headers.items() if name not in _REMOVED}
    varying = [name.strip() for name in headers.pop("vary", "").split(",")]
    kept = ", ".join(name for name in varying if name.lower() in _KEPT_IN_VARY)
    if kept:
        headers["vary"] = kept
    return dataclasses.replace(answer, headers=headers)


def add_policy_headers(answer: OriginAnswer) -> OriginAnswer:
    """Add the headers of the response headers policy that the origin did not send."""
    return dataclasses.replace(answer, headers=ALWAYS | dict(answer.headers))


def apply_conditions(answer: OriginAnswer, viewer: ViewerRequest) -> OriginAnswer:
    """Apply a viewer's conditional and range headers to a whole answer.

    RFC 9110, 13.2.2 gives the order of conditions.
    """
    if answer.status != 200:
        return answer
    if _is_not_modified(answer.headers, viewer):
        headers = {
            name: text for name, text in answer.headers.items() if name not in _DESCRIBES_BODY
        }
        return OriginAnswer(304, headers)
    wanted = viewer.header("range")
    if wanted and viewer.method == "GET" and _is_range_current(answer.headers, viewer):
        return _select_range(answer, wanted)
    return answer


def _is_not_modified(headers: Mapping[str, str], viewer: ViewerRequest) -> bool:
    given = viewer.header("if-none-match")
    if given:
        tags = {tag.strip().removeprefix("W/") for tag in given.split(",")}
        return "*" in tags or headers.get("etag", "").removeprefix("W/") in tags
    return _is_not_later(headers.get("last-modified", ""), viewer.header("if-modified-since"))


def _is_not_later(modified: str, since: str) -> bool:
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except (OverflowError, TypeError, ValueError):
        return False


def _is_range_current(headers: Mapping[str, str], viewer: ViewerRequest) -> bool:
    given = viewer.header("if-range")
    return not given or given in (headers.get("etag"), headers.get("last-modified"))


def _select_range(answer: OriginAnswer, wanted: str) -> OriginAnswer:
    """Return one range; the whole answer for several ranges or an invalid one (RFC 9110, 14.2)."""
    match = _ONE_RANGE.fullmatch(wanted.replace(" ", ""))
    if match is None or match[1] == match[2] == "":
        return answer
    size = len(answer.body)
    first = int(match[1]) if match[1] else max(0, size - int(match[2]))
    last = min(size - 1, int(match[2])) if match[1] and match[2] else size - 1
    if match[1] and match[2] and int(match[2]) < first:
        return answer
    if first >= size:
        page = error_page(416, "The range lies outside the object.")
        return dataclasses.replace(
            page, headers=dict(page.headers) | {"content-range": f"bytes */{size}"}
        )
    headers = dict(answer.headers) | {"content-range": f"bytes {first}-{last}/{size}"}
    return OriginAnswer(206, headers, answer.body[first : last + 1])
