"""Builds the responses for derivatives: headers, entity tags, and the metadata of the object."""

import dataclasses
import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from posixpath import basename, splitext
from typing import Final
from urllib.parse import quote

from origin_lambda.http import ALWAYS, Response
from origin_lambda.ports import Blob, ObjectMetadata, Stat
from origin_lambda.url.grammar import DerivativeKey, OriginalKey, canonical, derivatives_prefix
from origin_lambda.url.keys import LONGEST_KEY
from origin_lambda.url.transform import Transform

FRESH: Final = "public, max-age=86400, stale-while-revalidate=604800, stale-if-error=604800"
FOREVER: Final = "public, max-age=31536000, immutable"
FOR_NOW: Final = "public, max-age=60"
LINK_SECONDS: Final = 60
"""How long a presigned link can be used: a client follows a redirect at once."""

_NOT_MODIFIED: Final = frozenset({*ALWAYS, "cache-control", "etag", "vary", "x-calotype-ignored"})
"""Headers that a 304 copies from its response."""

_AS_IS: Final = "bare=as-is,"
"""Prefix of the segment of an original as it is. The segment stays sorted: `r` and `v` follow."""

_MAX_AGE: Final = re.compile(r"max-age=([0-9]+)")

# An SVG is a document. The policy lets nothing load or run that sanitising has missed.
_SVG: Final = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


@dataclass(frozen=True, slots=True)
class DerivativeRef:
    """Identifies a derivative: an original's key and a transform.

    *segment* is the transform's canonical form, computed once for keys and paths. *vary* and
    *expires* are those of the request (`url.admission.Admission`): they limit who can reuse the
    answer and for how long, not what is stored.

    *is_as_is*: the original's own bytes. Their segment is one that no edge asks for. So they are
    never answered where the original should have no metadata.
    """

    key: OriginalKey
    transform: Transform
    vary: tuple[str, ...] = ()
    expires: int | None = None
    is_as_is: bool = False
    segment: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        segment = canonical(self.transform)
        object.__setattr__(self, "segment", _AS_IS + segment if self.is_as_is else segment)

    @property
    def stored_as(self) -> DerivativeKey:
        """Its key in the derivatives bucket."""
        return DerivativeKey(f"{derivatives_prefix(self.key)}{self.segment}")

    @property
    def path(self) -> str:
        """Its canonical path, which the edge uses."""
        return f"/{self.stored_as}"

    @property
    def can_be_stored(self) -> bool:
        """Whether its key is short enough for S3."""
        return len(self.stored_as) <= LONGEST_KEY

    @property
    def cache_control(self) -> str:
        """How long it can be cached: forever where the URL has a version token."""
        return FOREVER if self.transform.delivery.version else FRESH


def object_metadata(
    ref: DerivativeRef, media_type: str, extension: str, version: str, brief: str
) -> ObjectMetadata:
    """Return the metadata to store with a derivative; *brief* is its plan in short."""
    return ObjectMetadata(
        media_type=media_type,
        cache_control=ref.cache_control,
        disposition=_content_disposition(ref, extension),
        user_metadata={"version": version, "brief": brief},
    )


def _content_disposition(ref: DerivativeRef, extension: str) -> str:
    """Return a Content-Disposition (RFC 6266); a name that is not plain ASCII is there twice."""
    kind = "inline" if ref.transform.delivery.download is None else "attachment"
    default = f"{splitext(basename(ref.key.rstrip('/')))[0]}.{extension}"
    name = (ref.transform.delivery.download or default).replace("/", "_")
    plain = "".join(
        character if " " <= character <= "~" and character not in '"\\%' else "_"
        for character in name
    )
    encoded = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'{kind}; filename="{plain}"{encoded}'


def derivative(ref: DerivativeRef, blob: Blob, how: str, caching: str | None = None) -> Response:
    """Return the answer with a derivative; *how* says where it came from, for `X-Calotype`.

    *caching* replaces the `Cache-Control` of its metadata.
    """
    headers = (
        ALWAYS
        | _vary(ref)
        | {
            "etag": f'"{blob.stat.version}"',
            "content-type": blob.metadata.media_type,
            "content-disposition": blob.metadata.disposition,
            "cache-control": _limit_max_age(caching or blob.metadata.cache_control, ref.expires),
            "x-calotype": _describe(how, blob.metadata.user_metadata),
        }
    )
    if blob.metadata.media_type == "image/svg+xml":
        headers |= _SVG
    return Response(200, headers, blob.body)


def add_ignored(response: Response, ignored: Sequence[str]) -> Response:
    """Return the response with a header that lists the names in the query that were *ignored*."""
    if not ignored:
        return response
    headers = dict(response.headers) | {"x-calotype-ignored": ", ".join(ignored)}
    return dataclasses.replace(response, headers=headers)


def not_modified(response: Response) -> Response:
    """Return the 304 for a response whose body the caller has already (RFC 9110, 15.4.5)."""
    headers = {name: text for name, text in response.headers.items() if name in _NOT_MODIFIED}
    return Response(304, headers | {"x-calotype": "not-modified"})


def redirect(url: str) -> Response:
    """Return the redirect to a derivative that is too large to answer."""
    headers = ALWAYS | {"location": url, "cache-control": "no-store", "x-calotype": "handed-off"}
    return Response(302, headers)


def compute_link_seconds(ref: DerivativeRef, now: float) -> int:
    """Return how long a presigned link to a derivative is valid: no longer than the URL."""
    if ref.expires is None:
        return LINK_SECONDS
    return max(1, min(LINK_SECONDS, ref.expires - int(now)))


def matches_etag(response: Response, if_none_match: str) -> bool:
    """Whether an `If-None-Match` names this response (RFC 9110, 13.1.2: weak comparison).

    A response without an entity tag is never named.
    """
    tag = response.headers.get("etag")
    named = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return tag is not None and not named.isdisjoint({tag, "*"})


def compute_stat(body: bytes) -> Stat:
    """Return the size and the version that S3 gives to these bytes (docs/decisions/0037)."""
    return Stat(hashlib.md5(body, usedforsecurity=False).hexdigest(), len(body))


def _vary(ref: DerivativeRef) -> dict[str, str]:
    return {"vary": ", ".join(ref.vary)} if ref.vary else {}


def _limit_max_age(cache_control: str, expires: int | None) -> str:
    """Return a Cache-Control that ends no later than the URL: RFC 9111, 5.2.2.1 and RFC 5861."""
    match = _MAX_AGE.search(cache_control)
    if expires is None or match is None:
        return cache_control
    seconds_left = max(0, expires - int(time.time()))
    return f"public, max-age={min(int(match[1]), seconds_left)}"


def _describe(how: str, notes: Mapping[str, str]) -> str:
    return "; ".join(filter(None, (how, notes.get("brief", ""))))
