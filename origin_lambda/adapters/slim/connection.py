"""One connection that speaks HTTP/1.1 (RFC 9112): a request goes out, an answer comes in.

`http.client` does more: it reads headers by the rules for e-mail, which takes a sixth of a cold
start to import, and a tenth of a millisecond for each answer.
"""

from __future__ import annotations

import io
import socket
import time
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

    from origin_lambda.adapters.slim.endpoints import Endpoint

_LONGEST_LINE: Final = 65_536
_MOST_HEADERS: Final = 100
_LEAST_FINAL: Final = 200
_BODILESS: Final = {204, 304}
_PORTS: Final = {True: 443, False: 80}


class NotHttp(Exception):
    """What came is no answer, or not the whole of one; or what was to go is no request."""


class Answer(NamedTuple):
    """What a server said; header names are in lower case. *kept*, if it waits for more to do."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    kept: bool = True


class Connection:
    """Is one with a server; whatever goes wrong, it has to be closed."""

    def __init__(self, endpoint: Endpoint, trust: ssl.SSLContext | None, wait: float) -> None:
        """Connect within so many seconds, with TLS where a server is to be held to some *trust*.

        Raises:
            OSError: nobody is there, or nobody to trust.

        """
        at = urlsplit(f"//{endpoint.host}")
        address = at.hostname or "", at.port or _PORTS[endpoint.secure]
        self._host = endpoint.host
        self.sock = socket.create_connection(address, wait)
        try:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if trust:
                self.sock = trust.wrap_socket(self.sock, server_hostname=address[0])
        except BaseException:
            self.sock.close()
            raise
        self._arriving = _Arriving(self.sock)
        self._stream = io.BufferedReader(self._arriving)

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        """Send a request; among the headers `host` may be, and what tells of the body is not.

        Raises:
            NotHttp: it cannot be written.
            OSError: it did not arrive whole.

        """
        lines = [f"{method} {target} HTTP/1.1", *map(": ".join, headers.items())]
        if "host" not in headers:
            lines.insert(1, f"host: {self._host}")
        if body or method in {"POST", "PUT"}:
            lines.append(f"content-length: {len(body)}")
        if " " in target or not all(line.isascii() and line.isprintable() for line in lines):
            message = "a request with other than printable ASCII"
            raise NotHttp(message)
        self.sock.sendall("\r\n".join([*lines, "", ""]).encode())
        if body:
            self.sock.sendall(body)

    def receive(self, method: str, wait: float, until: float) -> Answer:
        """Return the answer to a request that was sent.

        Some of it has to come within *wait* seconds again and again, and all of it before the
        monotonic clock shows *until*.

        Raises:
            NotHttp: what came is none, or ended too early.
            OSError: nothing came, or not in time.

        """
        self._arriving.wait, self._arriving.until = wait, until
        try:
            return self._received(method)
        except ValueError as error:  # of a number
            raise NotHttp(*error.args) from error

    def _received(self, method: str) -> Answer:
        status = 0
        while status < _LEAST_FINAL:
            version, number = self._line().split(maxsplit=2)[:2]
            status = int(number)
            headers = dict(self._headers())
        length = headers.get("content-length")
        options = headers.get("connection", "").lower().replace(" ", "").split(",")
        kept = version == "HTTP/1.1" and "close" not in options
        if method == "HEAD" or status in _BODILESS:
            body = b""
        elif headers.get("transfer-encoding", "").lower() == "chunked":
            body = b"".join(self._chunks())
        elif length is not None:
            body = self._bytes(int(length))
        else:
            body, kept = self._stream.read(), False
        return Answer(status, headers, body, kept)

    def _headers(self) -> Iterator[tuple[str, str]]:
        for _ in range(_MOST_HEADERS):
            line = self._line()
            if not line:
                return
            name, _, text = line.partition(":")
            yield name.lower(), text.strip()
        message = "an answer with too many headers"
        raise NotHttp(message)

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self._line().partition(";")[0], 16):
            yield self._bytes(size)
            self._line()
        dict(self._headers())  # those of a trailer, or none

    def _line(self) -> str:
        line = self._stream.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            message = "an answer that ends, or goes on for ever, in a line"
            raise NotHttp(message)
        return line.decode("latin-1").rstrip("\r\n")

    def _bytes(self, size: int) -> bytes:
        read = self._stream.read(size)
        if len(read) < size:
            message = f"{len(read)} bytes of {size}"
            raise NotHttp(message)
        return read

    def close(self) -> None:
        """Use it no more."""
        self._stream.close()
        self.sock.close()


class _Arriving(io.RawIOBase):
    """The bytes that come over a socket, as long as there is time for them."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.wait = self.until = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        left = self.until - time.monotonic()
        if left <= 0:
            message = "an answer that takes too long"
            raise TimeoutError(message)
        self._sock.settimeout(min(self.wait, left))
        return self._sock.recv_into(buffer)
