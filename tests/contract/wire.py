"""A server that does with each request what a script says, down to breaking off in the middle."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import parse_headers
from io import BufferedReader
from typing import NamedTuple

Step = Callable[[socket.socket], bool]
"""What to do with a request; True, if the connection stays open."""


class Received(NamedTuple):
    """A request, and over the how-manieth connection it came."""

    connection: int
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Wire:
    """A server at *url*; the last step of its *script* is done over and over."""

    script: list[Step]
    url: str = ""
    received: list[Received] = field(default_factory=list)
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
def wired(*script: Step, secrets: ssl.SSLContext | None = None) -> Iterator[Wire]:
    """Serve a script for as long as the block runs; by TLS, with *secrets*."""
    wire = Wire(list(script))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire.url = f"http{'s' * bool(secrets)}://127.0.0.1:{listener.getsockname()[1]}"
        threads: list[threading.Thread] = []
        connections: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                if secrets:  # hands are shaken at the first read: the other side may not trust us
                    connection = secrets.wrap_socket(
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


def says(
    status: int = 200,
    body: bytes = b"",
    *,
    length: int | None = None,
    keep: bool = True,
    **headers: str,
) -> Step:
    """Answer; with fewer bytes than *length* says, the answer breaks off."""
    lines = [
        f"HTTP/1.1 {status} Status",
        f"content-length: {len(body) if length is None else length}",
        *(f"{name.replace('_', '-')}: {text}" for name, text in headers.items()),
        *([] if keep else ["connection: close"]),
    ]
    text = "\r\n".join([*lines, "", ""]).encode()
    whole = length is None or length == len(body)

    def step(connection: socket.socket) -> bool:
        connection.sendall(text + body)
        return keep and whole

    return step


def says_and_goes(status: int = 200, body: bytes = b"") -> Step:
    """Answer as if the connection stayed open, and close it."""
    answer = says(status, body)

    def step(connection: socket.socket) -> bool:
        answer(connection)
        return False

    return step


def hangs_up(connection: socket.socket) -> bool:
    """Close the connection without an answer."""
    del connection
    return False


def sleeps(seconds: float) -> Step:
    """Say nothing for a while, and then hang up."""

    def step(connection: socket.socket) -> bool:
        del connection
        time.sleep(seconds)
        return False

    return step


def _read(stream: BufferedReader, number: int) -> Received | None:
    try:
        line = stream.readline().decode()
        if not line:
            return None
        method, target, _ = line.split()
        headers = {name.lower(): text for name, text in parse_headers(stream).items()}
        body = stream.read(int(headers.get("content-length", 0)))
    except (OSError, ValueError):  # the end, or no HTTP
        return None
    return Received(number, method, target, headers, body)
