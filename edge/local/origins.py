"""The origin group: the derivatives bucket, and the origin for what the bucket does not have."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from botocore.exceptions import ClientError

_FORWARDED: Final = frozenset(
    {
        "accept-ranges",
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-type",
        "etag",
        "last-modified",
    }
)
# S3 answers 400 to a key of more than 1,024 bytes; the origin renders it without storing it.
FAILOVER: Final = frozenset({400, 403, 404, 500, 502, 503, 504})

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OriginAnswer:
    """An answer of an origin or of the edge; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


Primary = Callable[[str], OriginAnswer | None]
"""Answers a GET of a percent-encoded URI; None if it has no answer."""
Secondary = Callable[[str, str, Mapping[str, str]], OriginAnswer]
"""Answers a method, a percent-encoded URI and header fields."""


@dataclass(frozen=True, slots=True)
class OriginGroup:
    """Two origins: the secondary is asked if the primary answers with a *failover* status."""

    primary: Primary
    secondary: Secondary
    failover: frozenset[int] = FAILOVER

    def fetch(self, method: str, uri: str, headers: Mapping[str, str]) -> OriginAnswer:
        """Return the group's answer; 502 if the secondary origin raises."""
        # A bucket without CORS rules refuses every OPTIONS, which then fails over.
        if method != "OPTIONS":
            answer = self._ask_primary(uri)
            if answer is not None and answer.status not in self.failover:
                return answer
        try:
            return self.secondary(method, uri, headers)
        except Exception:  # noqa: BLE001 reason: whatever it raises, it did not answer
            _log.exception("The secondary origin failed")
            return error_page(502, "CloudFront wasn't able to connect to the origin.")

    def _ask_primary(self, uri: str) -> OriginAnswer | None:
        try:
            return self.primary(uri)
        except Exception:  # noqa: BLE001 reason: whatever it raises, it did not answer
            _log.exception("The primary origin failed")
            return None


@dataclass(frozen=True, slots=True)
class BucketOrigin:
    """The primary origin, with a boto3 S3 client: the key is the decoded URI without its slash."""

    client: Any
    bucket: str

    def __call__(self, uri: str) -> OriginAnswer:
        try:
            key = unquote_to_bytes(uri).decode().removeprefix("/")
            response = self.client.get_object(Bucket=self.bucket, Key=key)
        except UnicodeDecodeError:
            return OriginAnswer(400, {})
        except ClientError as error:
            return OriginAnswer(error.response["ResponseMetadata"]["HTTPStatusCode"], {})
        sent = response["ResponseMetadata"]["HTTPHeaders"]
        headers = {
            name: text
            for name, text in sent.items()
            if name in _FORWARDED or name.startswith("x-amz-")
        }
        return OriginAnswer(200, headers, response["Body"].read())


_PAGE: Final = """<!doctype html><title>ERROR: The request could not be satisfied</title>
<h1>{status} ERROR</h1><h2>The request could not be satisfied.</h2><p>{text}</p>
"""


def error_page(status: int, text: str) -> OriginAnswer:
    """Return the page that CloudFront answers with if no origin has an answer."""
    page = _PAGE.format(status=status, text=text)
    return OriginAnswer(status, {"content-type": "text/html"}, page.encode())
