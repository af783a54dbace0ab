"""What becomes of a whole answer on its way to one viewer: 304, 206, 416, no body, headers."""

import dataclasses
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from edge.local.event import ViewerRequest
from edge.local.origins import OriginAnswer, error_page
from origin_lambda.http import ALWAYS

_NOT_PASSED_ON: Final = frozenset(
    {"connection", "content-length", "set-cookie", "transfer-encoding"}
)
# "HTTP response headers that CloudFront removes or replaces": with no header in the cache key,
# these two names are all that it leaves of an origin's Vary.
_VARYING: Final = frozenset({"accept-encoding", "cookie"})
_ONE_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_DESCRIBES_BODY: Final = frozenset({"content-disposition", "content-type"})


def passed_on(answer: OriginAnswer) -> OriginAnswer:
    """Return an origin's answer with only the headers that CloudFront passes on."""
    headers = {name: text for name, text in answer.headers.items() if name not in _NOT_PASSED_ON}
    varying = [name.strip() for name in headers.pop("vary", "").split(",")]
    left = ", ".join(name for name in varying if name.lower() in _VARYING)
    if left:
        headers["vary"] = left
    return dataclasses.replace(answer, headers=headers)


def with_policy(answer: OriginAnswer) -> OriginAnswer:
    """Return an answer with what the response headers policy adds where an origin said nothing."""
    return dataclasses.replace(answer, headers=ALWAYS | dict(answer.headers))


def served(answer: OriginAnswer, viewer: ViewerRequest) -> OriginAnswer:
    """Return what a viewer gets of a whole answer (RFC 9110, 13.2.2: the order of conditions)."""
    if answer.status != 200:
        return answer
    if _has_it(answer.headers, viewer):
        headers = {
            name: text for name, text in answer.headers.items() if name not in _DESCRIBES_BODY
        }
        return OriginAnswer(304, headers)
    wanted = viewer.header("range")
    if wanted and viewer.method == "GET" and _range_holds(answer.headers, viewer):
        return _part(answer, wanted)
    return answer


def _has_it(headers: Mapping[str, str], viewer: ViewerRequest) -> bool:
    given = viewer.header("if-none-match")
    if given:
        tags = {tag.strip().removeprefix("W/") for tag in given.split(",")}
        return "*" in tags or headers.get("etag", "").removeprefix("W/") in tags
    return _no_later(headers.get("last-modified", ""), viewer.header("if-modified-since"))


def _no_later(modified: str, since: str) -> bool:
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except (OverflowError, TypeError, ValueError):
        return False


def _range_holds(headers: Mapping[str, str], viewer: ViewerRequest) -> bool:
    given = viewer.header("if-range")
    return not given or given in (headers.get("etag"), headers.get("last-modified"))


def _part(answer: OriginAnswer, wanted: str) -> OriginAnswer:
    """Return one range; the whole if several or nonsense were asked for (RFC 9110, 14.2)."""
    found = _ONE_RANGE.fullmatch(wanted.replace(" ", ""))
    if found is None or found[1] == found[2] == "":
        return answer
    size = len(answer.body)
    first = int(found[1]) if found[1] else max(0, size - int(found[2]))
    last = min(size - 1, int(found[2])) if found[1] and found[2] else size - 1
    if found[1] and found[2] and int(found[2]) < first:
        return answer
    if first >= size:
        page = error_page(416, "The range lies outside the object.")
        return dataclasses.replace(
            page, headers=dict(page.headers) | {"content-range": f"bytes */{size}"}
        )
    headers = dict(answer.headers) | {"content-range": f"bytes {first}-{last}/{size}"}
    return OriginAnswer(206, headers, answer.body[first : last + 1])
