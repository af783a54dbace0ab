"""Send one request, and report its outcome.

aiohttp costs the generator the least: 150 us of processor time for an answer of 20 KB, httpx2 600
(both over eight connections, to a bare server on the same machine). It speaks HTTP/1.1 only.
"""

import asyncio
import errno
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL

from bench.latency import answer
from bench.latency.requests import Request

_MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_WITHOUT_BODY: Final = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a request; *error* is empty for a good answer.

    *timing* is its `Server-Timing`, empty for answers of a cache.
    """

    error: str = ""
    status: int = 0
    tier: str = answer.UNKNOWN
    format: str = ""
    size: int = 0
    redirects: int = 0
    timing: str = ""


class Client:
    """A client with its own connections, at most *connections* at once; 0 for no limit.

    *headers* are sent to the target only, not to where it redirects.
    """

    def __init__(self, headers: Mapping[str, str], timeout: float, connections: int = 0) -> None:
        self._headers = dict(headers)
        self._connections = connections
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def __aenter__(self) -> Self:
        # No cookies: every visit is a first visit.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            auto_decompress=False,
        )
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._session.close()

    async def get(self, request: Request) -> Outcome:
        """Send a request, follow redirects and read the complete answer."""
        try:
            return await self._follow(request)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return Outcome(error=name_error(error))

    async def _follow(self, request: Request) -> Outcome:
        url, hops = request.url, 0
        while True:
            headers = {"accept": request.accept}
            if urlsplit(url)[:2] == urlsplit(request.url)[:2]:
                headers |= self._headers
            # Not encoded again, because a signature is valid for one spelling only.
            async with self._session.get(
                URL(url, encoded=True), headers=headers, allow_redirects=False
            ) as response:
                where = response.headers.get("location", "")
                if response.status not in _REDIRECTS or not where:
                    return await _read(response, hops)
                hops += 1
                if hops > _MAX_REDIRECTS:
                    return Outcome(error="too many redirects", redirects=hops)
                url = urljoin(url, where)
                if urlsplit(url).scheme not in {"http", "https"}:
                    return Outcome(error="redirect to no URL", redirects=hops)
                await response.read()


async def _read(response: aiohttp.ClientResponse, hops: int) -> Outcome:
    """Read an answer; aiohttp raises if there are fewer bytes than announced."""
    size = 0
    async for piece in response.content.iter_any():
        size += len(piece)
    status, headers = response.status, response.headers
    complaint = f"status {status}" if status >= 400 else "empty"
    error = "" if status < 400 and (size or status in _WITHOUT_BODY) else complaint
    tier = answer.find_tier(headers)
    # A cache repeats the timing of the request that filled it.
    timing = "" if tier == answer.EDGE else ", ".join(headers.getall("server-timing", ()))
    return Outcome(
        error=error,
        status=status,
        tier=tier,
        format=answer.picture_format(headers.get("content-type", "")),
        size=size,
        redirects=hops,
        timing=timing,
    )


def name_error(error: BaseException) -> str:
    """Return a short name for an error of the connection."""
    if isinstance(error, OSError) and error.errno in _ERRNO_NAMES:
        return _ERRNO_NAMES[error.errno]
    names = (name for kinds, name in _ERROR_NAMES if isinstance(error, kinds))
    return next(names, "not HTTP")


_ERRNO_NAMES: Final = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.EMFILE: "too many open files",
    errno.ENFILE: "too many open files",
}
_ERROR_NAMES: Final = (
    ((TimeoutError, asyncio.TimeoutError), "time-out"),
    (aiohttp.ClientConnectorDNSError, "no such host"),
    ((aiohttp.ClientSSLError, ssl.SSLError), "TLS"),
    (aiohttp.ClientPayloadError, "truncated"),
    (aiohttp.ServerDisconnectedError, "disconnected"),
    (OSError, "unreachable"),
)
"""In the order in which they are checked."""
