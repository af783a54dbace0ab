"""HTTP/1.1 over connections that are kept: time-outs, and another try where one is safe."""

from __future__ import annotations

import functools
import os
import select
import threading
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from origin_lambda.adapters.slim.connection import Answer, Connection, NotHttp
from origin_lambda.errors import Unavailable

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable

    from origin_lambda.adapters.slim.endpoints import Endpoint
    from origin_lambda.adapters.slim.signing import Call

_MOST_IDLE: Final = 32
_PAUSE: Final = 0.1
"""Seconds; a second try waits for up to so many, and each one after that for up to twice as many:
full jitter (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter)."""


_AMAZONS: Final = os.path.join(os.path.dirname(__file__), "amazon_roots.pem")  # noqa: PTH118, PTH120 reason: pathlib takes 5 ms to import
"""The roots that AWS's certificates lead to. All that a machine trusts take 55 ms to read."""


class Patience(NamedTuple):
    """How many seconds to wait, for a connection and for bytes, and how often to try.

    No try begins after *budget* seconds, and nothing is waited for any more after *most*.
    """

    connect: float
    read: float
    tries: int
    budget: float
    most: float


PATIENT: Final = Patience(connect=2, read=5, tries=2, budget=7, most=15)
"""For S3: without the answer there is no picture. The function has 25 s."""

QUICK: Final = Patience(connect=0.5, read=1, tries=1, budget=1, most=2)
"""The picture can do without the answer, so it does not wait for it."""


class Broken(Exception):
    """A connection ended before the answer did; *received* if the request may have arrived."""

    def __init__(self, cause: Exception, *, received: bool) -> None:
        super().__init__(repr(cause))
        self.received = received


class Transport:
    """Sends requests to one server, from any number of threads."""

    def __init__(self, endpoint: Endpoint, patience: Patience) -> None:
        self.endpoint = endpoint
        self.patience = patience
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        # Certificates take time to read: better at the start than in a request.
        self._trust = (
            _trust(os.environ.get("AWS_CA_BUNDLE") or _AMAZONS) if endpoint.secure else None
        )

    def send(self, call: Call, passes: Callable[[Answer], bool]) -> Answer:
        """Return the answer to a request; one that *passes* away is asked for again.

        Raises:
            Unavailable: there is none, or none in time.

        """
        began = time.monotonic()
        until, end = began + self.patience.budget, began + self.patience.most
        attempt = 0
        while True:
            attempt += 1
            last = attempt == self.patience.tries
            try:
                answer = self._sent(call, end)
            except Broken as broken:
                if last or (broken.received and not call.repeatable) or _too_late(attempt, until):
                    message = "a service behind this one cannot be reached"
                    detail = f"{call.method} {self.endpoint.host}: {broken}"
                    raise Unavailable(message, detail=detail) from broken
            else:
                final = last or not call.repeatable or not passes(answer)
                if final or _too_late(attempt, until):
                    return answer

    def _sent(self, call: Call, end: float) -> Answer:
        """Return the answer to a request that is sent once, as far as the other side knows.

        A server closes connections that nobody uses, perhaps while a request is on its way: then
        it goes through the next one.

        Raises:
            Broken: there is none on a connection that was made for it.

        """
        while kept := self._kept():
            try:
                return self._exchanged(kept, call, end)
            except Broken as broken:
                timed_out = isinstance(broken.__cause__, TimeoutError)
                if timed_out or (broken.received and not call.repeatable):
                    raise
        return self._exchanged(self._connected(), call, end)

    def _exchanged(self, connection: Connection, call: Call, end: float) -> Answer:
        received = False
        try:
            connection.sock.settimeout(self.patience.read)
            connection.send(call.method, call.target, call.headers, call.body)
            received = True
            answer = connection.receive(call.method, self.patience.read, end)
        except (NotHttp, OSError) as error:
            connection.close()
            raise Broken(error, received=received) from error
        self._put_back(connection, reusable=answer.kept)
        return answer

    def _connected(self) -> Connection:
        try:
            return self._trusting()
        except OSError as error:
            raise Broken(error, received=False) from error

    def _trusting(self) -> Connection:
        """Return a connection; to a server that is none of Amazon's, if the machine trusts it."""
        try:
            return Connection(self.endpoint, self._trust, self.patience.connect)
        except OSError as error:
            # Not by its class: `ssl` is imported only where it is used.
            if not hasattr(error, "verify_code") or self._trust is not _trust(_AMAZONS):
                raise
            self._trust = _trust(None)
            return Connection(self.endpoint, self._trust, self.patience.connect)

    def _kept(self) -> Connection | None:
        """Return a connection that nobody uses and that is not known to be closed."""
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None or not _has_ended(connection.sock):
                return connection
            connection.close()

    def _put_back(self, connection: Connection, *, reusable: bool) -> None:
        with self._lock:
            if reusable and len(self._idle) < _MOST_IDLE:
                self._idle.append(connection)
                return
        connection.close()

    def __del__(self) -> None:
        """Close what nobody will ever use."""
        for connection in self._idle:
            connection.close()


def _has_ended(sock: socket.socket) -> bool:
    """Whether there is anything to read where nothing was asked for: the end, most likely."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _too_late(attempt: int, until: float) -> bool:
    """Wait before another try; True, at once, where none may begin after the wait."""
    import random

    pause = random.uniform(0, _PAUSE * 2 ** (attempt - 1))
    if time.monotonic() + pause > until:
        return True
    time.sleep(pause)
    return False


@functools.cache
def _trust(bundle: str | None) -> ssl.SSLContext:
    import ssl

    return ssl.create_default_context(cafile=bundle)
