"""A server that follows a script; it can also break off in the middle of an answer."""

import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import parse_headers
from io import BufferedReader
from typing import NamedTuple

Step = Callable[[socket.socket], bool]
"""Handles a request; returns True if the connection stays open."""


class ReceivedRequest(NamedTuple):
    """A request, and the number of its connection (from 1)."""

    connection: int
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class ScriptedServer:
    """A server at *url*; it repeats the last step of its *script*."""

    script: list[Step]
    url: str = ""
    received: list[ReceivedRequest] = field(default_factory=list)
    connections: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def serve(self, connection: socket.socket, number: int) -> None:
        with connection, connection.makefile("rb") as stream:
            while request := _read(stream, number):
                with self.lock:
                    self.received.append(request)
                    step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                try:
                    if not step(connection):
                        return
                except OSError:
                    return


@contextmanager
def serve_script(*script: Step, tls: ssl.SSLContext | None = None) -> Iterator[ScriptedServer]:
    """Serve a script while the block runs; with TLS if *tls* is given."""
    wire = ScriptedServer(list(script))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire.url = f"http{'s' * bool(tls)}://127.0.0.1:{listener.getsockname()[1]}"
        threads: list[threading.Thread] = []
        connections: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                if tls:  # the handshake is done at the first read, because it can fail
                    connection = tls.wrap_socket(
                        connection, server_side=True, do_handshake_on_connect=False
                    )
                connections.append(connection)
                wire.connections += 1
                thread = threading.Thread(target=wire.serve, args=(connection, wire.connections))
                thread.start()
                threads.append(thread)

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield wire
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for connection in connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()


def reply(
    status: int = 200,
    body: bytes = b"",
    *,
    length: int | None = None,
    keep_open: bool = True,
    **headers: str,
) -> Step:
    """Answer; if *length* is larger than the body, the answer breaks off."""
    lines = [
        f"HTTP/1.1 {status} Status",
        f"content-length: {len(body) if length is None else length}",
        *(f"{name.replace('_', '-')}: {text}" for name, text in headers.items()),
        *([] if keep_open else ["connection: close"]),
    ]
    text = "\r\n".join([*lines, "", ""]).encode()
    is_complete = length is None or length == len(body)

    def step(connection: socket.socket) -> bool:
        connection.sendall(text + body)
        return keep_open and is_complete

    return step


def reply_and_close(status: int = 200, body: bytes = b"") -> Step:
    """Answer as if the connection stayed open, but close it."""
    answer = reply(status, body)

    def step(connection: socket.socket) -> bool:
        answer(connection)
        return False

    return step


def hang_up(connection: socket.socket) -> bool:
    """Close the connection without an answer."""
    del connection
    return False


def stay_silent(connection: socket.socket) -> bool:
    """Wait until the client closes the connection, for at most 20 s."""
    select.select([connection], [], [], 20)
    return False


def _read(stream: BufferedReader, number: int) -> ReceivedRequest | None:
    try:
        line = stream.readline().decode()
        if not line:
            return None
        method, target, _ = line.split()
        headers = {name.lower(): text for name, text in parse_headers(stream).items()}
        body = stream.read(int(headers.get("content-length", 0)))
    except (OSError, ValueError):  # the connection ended, or it is not HTTP
        return None
    return ReceivedRequest(number, method, target, headers, body)
