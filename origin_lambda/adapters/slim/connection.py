"""An HTTP/1.1 connection (RFC 9112) that sends requests and receives answers.

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
    from collections.abc import Iterable, Iterator, Mapping

    from origin_lambda.adapters.slim.endpoints import Endpoint

_LONGEST_LINE: Final = 65_536
_MAX_HEADERS: Final = 100
_MIN_FINAL: Final = 200
_MIN_REFUSED: Final = 300
_BODILESS: Final = {204, 304}
_PORTS: Final = {True: 443, False: 80}


class NotHttp(Exception):
    """The answer is invalid or incomplete, or the request cannot be written."""


class Answer(NamedTuple):
    """A server's answer; header names are in lower case. *reusable*: the connection stays open."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    reusable: bool = True


class Connection:
    """An HTTP/1.1 connection. Close it after any error."""

    def __init__(self, endpoint: Endpoint, trust: ssl.SSLContext | None, wait: float) -> None:
        """Connect within *wait* seconds; use TLS if *trust* is given.

        Raises:
            OSError: the server does not answer, or its certificate is not trusted.

        """
        at = urlsplit(f"//{endpoint.host}")
        # Python encodes a name of type `str` by IDNA, whose tables take 2 ms to import.
        address = (at.hostname or "").encode(), at.port or _PORTS[endpoint.secure]
        self._host = endpoint.host
        self.sock = socket.create_connection(address, wait)  # type: ignore[arg-type]  # reason: a name can be bytes
        try:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if trust:
                self.sock = trust.wrap_socket(self.sock, server_hostname=address[0])
        except BaseException:
            self.sock.close()
            raise
        self._reader = DeadlineReader(self.sock)
        self._stream = io.BufferedReader(self._reader)

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        """Send a request; *headers* can have `host`, but no header about the body.

        Raises:
            NotHttp: the request cannot be written.
            OSError: it was not sent completely.

        """
        has_body = body or method in {"POST", "PUT"}
        length = {"content-length": str(len(body))} if has_body else {}
        self._send_head(method, target, {**headers, **length})
        if body:
            self.sock.sendall(body)

    def send_chunks(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        chunks: Iterable[bytes | memoryview],
    ) -> None:
        """Send a request whose body is sent in chunks, none of them empty (RFC 9112, 7.1).

        Raises:
            NotHttp, OSError: as for `send`.

        """
        self._send_head(method, target, {**headers, "transfer-encoding": "chunked"})
        for chunk in chunks:
            self.sock.sendall(b"%x\r\n" % len(chunk))
            self.sock.sendall(chunk)
            self.sock.sendall(b"\r\n")
        self.sock.sendall(b"0\r\n\r\n")

    def _send_head(self, method: str, target: str, headers: Mapping[str, str]) -> None:
        lines = [f"{method} {target} HTTP/1.1", *map(": ".join, headers.items())]
        if "host" not in headers:
            lines.insert(1, f"host: {self._host}")
        if " " in target or not all(line.isascii() and line.isprintable() for line in lines):
            message = "a request with other than printable ASCII"
            raise NotHttp(message)
        self.sock.sendall("\r\n".join([*lines, "", ""]).encode())

    def receive(self, method: str, wait: float, until: float, *, most: int | None = None) -> Answer:
        """Return the answer to the request that was sent.

        Each read can take *wait* seconds; the whole answer must arrive before *until* (monotonic
        clock). A body of more than *most* bytes is not read; the connection must be closed then.

        Raises:
            NotHttp: the answer is invalid, or ended too early.
            OSError: no answer arrived in time.

        """
        self._reader.wait, self._reader.until = wait, until
        try:
            return self._read_answer(method, most)
        except ValueError as error:  # a number that cannot be parsed
            raise NotHttp(*error.args) from error

    def _read_answer(self, method: str, most: int | None) -> Answer:
        status = 0
        while status < _MIN_FINAL:
            version, number = self._line().split(maxsplit=2)[:2]
            status = int(number)
            headers = dict(self._headers())
        length = headers.get("content-length")
        options = headers.get("connection", "").lower().replace(" ", "").split(",")
        reusable = version == "HTTP/1.1" and "close" not in options
        if method == "HEAD" or status in _BODILESS:
            body = b""
        elif headers.get("transfer-encoding", "").lower() == "chunked":
            body = b"".join(self._chunks())
        elif length and most is not None and int(length) > most and status < _MIN_REFUSED:
            body, reusable = b"", False
        elif length is not None:
            body = self._bytes(int(length))
        else:
            body, reusable = self._stream.read(), False
        return Answer(status, headers, body, reusable)

    def _headers(self) -> Iterator[tuple[str, str]]:
        for _ in range(_MAX_HEADERS):
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
        dict(self._headers())  # the trailer, which may be empty

    def _line(self) -> str:
        line = self._stream.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            message = "an answer with a line that is incomplete or too long"
            raise NotHttp(message)
        return line.decode("latin-1").rstrip("\r\n")

    def _bytes(self, size: int) -> bytes:
        body = self._stream.read(size)
        if len(body) < size:
            message = f"{len(body)} bytes of {size}"
            raise NotHttp(message)
        return body

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()
        self.sock.close()


class DeadlineReader(io.RawIOBase):
    """Reads from a socket until a deadline."""

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
