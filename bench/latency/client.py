"""One request and what became of it, whatever that is.

aiohttp, for it costs the generator the least: 150 us of a processor for an answer of 20 KB, where
httpx2 takes 600 (both on one connection of eight, to a bare server on the same machine). It speaks
HTTP/1.1 only.
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
from bench.latency.supply import Ask

_MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NOBODY: Final = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request; *error* is its kind, empty where there is a good answer.

    *timing* is its `Server-Timing`, if that is of this request.
    """

    error: str = ""
    status: int = 0
    tier: str = answer.OTHER
    format: str = ""
    size: int = 0
    redirects: int = 0
    timing: str = ""


class Client:
    """Asks over connections of its own, at most *connections* at once; 0 for no limit.

    *headers* go to the target alone, not to where it redirects.
    """

    def __init__(self, headers: Mapping[str, str], timeout: float, connections: int = 0) -> None:
        self._headers = dict(headers)
        self._connections = connections
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def __aenter__(self) -> Self:
        # Its own resolver cache and cookies are no business of a browser's first visit.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            auto_decompress=False,
        )
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._session.close()

    async def get(self, ask: Ask) -> Outcome:
        """Ask, follow redirects, read all of the answer; return what became of it."""
        try:
            return await self._followed(ask)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return Outcome(error=kind(error))

    async def _followed(self, ask: Ask) -> Outcome:
        url, hops = ask.url, 0
        while True:
            headers = {"accept": ask.accept}
            if urlsplit(url)[:2] == urlsplit(ask.url)[:2]:
                headers |= self._headers
            # Encoded as it is: a signature would not fit what somebody else makes of it.
            async with self._session.get(
                URL(url, encoded=True), headers=headers, allow_redirects=False
            ) as response:
                where = response.headers.get("location", "")
                if response.status not in _REDIRECTS or not where:
                    return await _read(response, hops)
                hops += 1
                if hops > _MOST_REDIRECTS:
                    return Outcome(error="too many redirects", redirects=hops)
                url = urljoin(url, where)
                if urlsplit(url).scheme not in {"http", "https"}:
                    return Outcome(error="redirect to no URL", redirects=hops)
                await response.read()


async def _read(response: aiohttp.ClientResponse, hops: int) -> Outcome:
    """Read an answer in pieces; aiohttp raises where there are fewer bytes than were announced."""
    size = 0
    async for piece in response.content.iter_any():
        size += len(piece)
    status, headers = response.status, response.headers
    complaint = f"status {status}" if status >= 400 else "empty"
    error = "" if status < 400 and (size or status in _NOBODY) else complaint
    tier = answer.tier(headers)
    # A cache repeats what the origin said when it was asked last.
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


def kind(error: BaseException) -> str:  # noqa: PLR0911 reason: a table, in the order of its rows
    """Return in a word or two what went wrong on the way."""
    if isinstance(error, TimeoutError | asyncio.TimeoutError):
        return "time-out"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "no such host"
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return "TLS"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "truncated"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "disconnected"
    if isinstance(error, OSError):
        return _KINDS.get(error.errno or 0, "unreachable")
    return "not HTTP"


_KINDS: Final = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.EMFILE: "too many open files",
    errno.ENFILE: "too many open files",
}
