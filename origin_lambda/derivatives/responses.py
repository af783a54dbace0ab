"""How a derivative is answered: its headers, its label in the bucket, its entity tag."""

import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from posixpath import basename, splitext
from typing import Final
from urllib.parse import quote

from origin_lambda.http import ALWAYS, Response
from origin_lambda.ports import Blob, ObjectMetadata, Stat
from origin_lambda.url.grammar import (
    DerivativeKey,
    OriginalKey,
    canonical,
    escape,
)
from origin_lambda.url.keys import LONGEST_KEY
from origin_lambda.url.transform import Transform

FRESH: Final = "public, max-age=86400, stale-while-revalidate=604800, stale-if-error=604800"
FOREVER: Final = "public, max-age=31536000, immutable"
FOR_NOW: Final = "public, max-age=60"
HANDED_OFF_SECONDS: Final = 300

_NOT_MODIFIED: Final = frozenset({*ALWAYS, "cache-control", "etag", "vary"})
"""Headers of a response that its 304 has as well."""

_AS_IS: Final = "bare=as-is,"
"""Begins the segment of an original as it is; still sorted, since `r` and `v` come later."""

_MAX_AGE: Final = re.compile(r"max-age=([0-9]+)")

# SVG is a document: nothing in it may load or run, whatever sanitising has missed.
_SVG: Final = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


@dataclass(frozen=True, slots=True)
class DerivativeRef:
    """Names a derivative: an original, and a transform, of which *segment* is the canonical form.

    The segment is computed once, since keys and paths are made of it. *vary* and
    *expires* are those of the request (`url.admission.Admission`): they bound who may reuse the
    answer, and for how long, but not what is stored.

    An original that is answered *as is* has a name that no edge asks for. So it is never answered
    where it should be without its metadata.
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
        """The key that it has in the derivatives bucket."""
        return DerivativeKey(f"{self.key}/{self.segment}")

    @property
    def path(self) -> str:
        """The canonical path that the edge asks for it by."""
        return f"/{escape(self.key)}/{self.segment}"

    @property
    def can_be_stored(self) -> bool:
        """Whether S3 allows a key of that length."""
        return len(self.stored_as.encode()) <= LONGEST_KEY

    @property
    def cache_control(self) -> str:
        """How long it may be kept: for ever where the URL changes with the picture."""
        return FOREVER if self.transform.delivery.version else FRESH


def label(
    wanted: DerivativeRef, media_type: str, extension: str, version: str, brief: str
) -> ObjectMetadata:
    """Return what a derivative is kept with; its notes say what it was made from, and how."""
    return ObjectMetadata(
        media_type=media_type,
        cache_control=wanted.cache_control,
        disposition=_disposition(wanted, extension),
        user_metadata={"version": version, "brief": brief},
    )


def _disposition(wanted: DerivativeRef, extension: str) -> str:
    """Return a Content-Disposition (RFC 6266), with the file name in both spellings if need be."""
    kind = "inline" if wanted.transform.delivery.download is None else "attachment"
    own = f"{splitext(basename(wanted.key.rstrip('/')))[0]}.{extension}"
    name = (wanted.transform.delivery.download or own).replace("/", "_")
    plain = "".join(
        character if " " <= character <= "~" and character not in '"\\%' else "_"
        for character in name
    )
    encoded = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'{kind}; filename="{plain}"{encoded}'


def derivative(wanted: DerivativeRef, blob: Blob, how: str, caching: str | None = None) -> Response:
    """Return the answer that a derivative is; *how* says where it came from.

    *caching* is said in place of what it is labelled with.
    """
    headers = (
        ALWAYS
        | _vary(wanted)
        | {
            "etag": f'"{blob.stat.version}"',
            "content-type": blob.metadata.media_type,
            "content-disposition": blob.metadata.disposition,
            "cache-control": _bound(caching or blob.metadata.cache_control, wanted.expires),
            "x-calotype": _debug(how, blob.metadata.user_metadata),
        }
    )
    if blob.metadata.media_type == "image/svg+xml":
        headers |= _SVG
    return Response(200, headers, blob.body)


def not_modified(response: Response) -> Response:
    """Return a 304 in place of a response whose body the caller has already (RFC 9110, 15.4.5)."""
    kept = {name: text for name, text in response.headers.items() if name in _NOT_MODIFIED}
    return Response(304, kept | {"x-calotype": "not-modified"})


def redirect(url: str) -> Response:
    """Return the answer that sends the caller where a derivative too large for us can be had."""
    headers = ALWAYS | {"location": url, "cache-control": "no-store", "x-calotype": "handed-off"}
    return Response(302, headers)


def has_body(response: Response, if_none_match: str) -> bool:
    """Whether an `If-None-Match` names this response (RFC 9110, 13.1.2: weak comparison)."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return bool(if_none_match) and ("*" in tags or response.headers.get("etag") in tags)


def compute_stat(body: bytes) -> Stat:
    """Return the size and the version that S3 gives to these bytes (docs/decisions/0037)."""
    return Stat(hashlib.md5(body, usedforsecurity=False).hexdigest(), len(body))


def _vary(wanted: DerivativeRef) -> dict[str, str]:
    return {"vary": ", ".join(wanted.vary)} if wanted.vary else {}


def _bound(cache_control: str, expires: int | None) -> str:
    """Return a Cache-Control that lasts no longer than the URL: RFC 9111, 5.2.2.1 and RFC 5861."""
    found = _MAX_AGE.search(cache_control)
    if expires is None or found is None:
        return cache_control
    left = max(0, expires - int(time.time()))
    return f"public, max-age={min(int(found[1]), left)}"


def _debug(how: str, notes: Mapping[str, str]) -> str:
    return "; ".join(filter(None, (how, notes.get("brief", ""))))
