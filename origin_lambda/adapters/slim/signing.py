"""Signs requests with AWS Signature Version 4: pure functions of a request, a key and a time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
Paths are percent-encoded already and are signed unchanged. That is S3's rule; the other services
here have the path `/`, which the general rule leaves unchanged, too.
"""

import hmac
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple
from urllib.parse import quote

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_UNSIGNED: Final = "UNSIGNED-PAYLOAD"
_LAST: Final = "aws4_request"

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Credentials:
    """A signing key, and when it expires, in seconds since 1970."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    expires: float = float("inf")


class Scope(NamedTuple):
    """The region and service that a signature is valid for."""

    region: str
    service: str


@dataclass(frozen=True, slots=True)
class Call:
    """A request: its *path* percent-encoded, its *query* not, header names in lower case.

    A request that is not *repeatable* is not sent again after it may have been received. If the
    body of the answer has more than *most* bytes, it is not read.
    """

    method: str
    path: str = "/"
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    repeatable: bool = True
    most: int | None = None

    @property
    def target(self) -> str:
        """The target in the request line, exactly as it is signed."""
        return f"{self.path}?{canonical_query(self.query)}" if self.query else self.path


class Signer(NamedTuple):
    """Signs with credentials for a scope at a time; *now* is in seconds since 1970."""

    credentials: Credentials
    scope: Scope
    now: float

    def headers(self, call: Call) -> dict[str, str]:
        """Return a request's headers (with `host`), plus those of the signature."""
        body_hash = sha256(call.body).hexdigest()
        headers = {**call.headers, "x-amz-date": self._moment}
        if self.scope.service == "s3":  # S3 wants the hash in a header, too
            headers["x-amz-content-sha256"] = body_hash
        if self.credentials.token:
            headers["x-amz-security-token"] = self.credentials.token
        text = canonical_request(call.method, call.path, call.query, headers, body_hash)
        return headers | {
            "authorization": f"{_ALGORITHM} Credential={self._credential}, "
            f"SignedHeaders={_names(headers)}, Signature={self._signature(text)}"
        }

    def link(self, path: str, host: str, seconds: int) -> str:
        """Return the path and query of a presigned URL that anyone can GET for so many seconds."""
        query = [
            ("X-Amz-Algorithm", _ALGORITHM),
            ("X-Amz-Credential", self._credential),
            ("X-Amz-Date", self._moment),
            ("X-Amz-Expires", str(seconds)),
            ("X-Amz-SignedHeaders", "host"),
        ]
        if self.credentials.token:
            query.append(("X-Amz-Security-Token", self.credentials.token))
        text = canonical_request("GET", path, query, {"host": host}, _UNSIGNED)
        return f"{path}?{canonical_query(query)}&X-Amz-Signature={self._signature(text)}"

    @property
    def _moment(self) -> str:
        return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self.now))

    @property
    def _within(self) -> str:
        return "/".join((self._moment[:8], *self.scope, _LAST))

    @property
    def _credential(self) -> str:
        return f"{self.credentials.key_id}/{self._within}"

    def _signature(self, text: str) -> str:
        digest = sha256(text.encode()).hexdigest()
        to_sign = f"{_ALGORITHM}\n{self._moment}\n{self._within}\n{digest}"
        key = _signing_key(self.credentials.secret, self._moment[:8], self.scope)
        return hmac.digest(key, to_sign.encode(), "sha256").hex()


def canonical_request(
    method: str, path: str, query: Pairs, headers: Mapping[str, str], body_hash: str
) -> str:
    """Return the canonical form of a request."""
    lines = [f"{name}:{' '.join(headers[name].split())}" for name in sorted(headers)]
    return "\n".join([method, path, canonical_query(query), *lines, "", _names(headers), body_hash])


def canonical_query(query: Pairs) -> str:
    """Return the canonical form of a query: sorted, with all but unreserved characters encoded."""
    pairs = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in query)
    return "&".join(f"{name}={value}" for name, value in pairs)


def _names(headers: Mapping[str, str]) -> str:
    return ";".join(sorted(headers))


@lru_cache(maxsize=8)
def _signing_key(secret: str, day: str, scope: Scope) -> bytes:
    """Return the signing key of a day, which all requests of that day to a service share."""
    key = f"AWS4{secret}".encode()
    for part in (day, *scope, _LAST):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
