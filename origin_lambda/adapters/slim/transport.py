"""HTTP/1.1 over persistent connections, with timeouts and safe retries."""

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

_MAX_IDLE: Final = 32
_AMAZONS: Final = os.path.join(os.path.dirname(__file__), "amazon_roots.pem")  # noqa: PTH118, PTH120 reason: pathlib takes 5 ms to import
"""The root certificates of AWS. To read all that a machine trusts takes 55 ms."""


class RetryPolicy(NamedTuple):
    """Timeouts and tries of a request: *connect* and *read* are timeouts in seconds.

    No try starts after *budget* seconds, and every wait ends after *most* seconds. The pause before
    the second try is random, at most *pause* seconds; its limit doubles with each try: full jitter
    (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter).
    """

    connect: float
    read: float
    tries: int
    budget: float
    most: float
    pause: float = 0.1


STANDARD: Final = RetryPolicy(connect=2, read=5, tries=2, budget=7, most=15)
"""For S3, which every answer depends on. The function has 25 s."""

SINGLE_TRY: Final = RetryPolicy(connect=0.5, read=1, tries=1, budget=1, most=2)
"""For calls that a picture does not depend on: one try, short timeouts."""


class ConnectionLost(Exception):
    """A connection was lost before the answer was complete.

    *received*: the request may have arrived.
    """

    def __init__(self, cause: Exception, *, received: bool) -> None:
        super().__init__(repr(cause))
        self.received = received


class Transport:
    """Sends requests to one server, from any number of threads.

    It keeps at most *most_idle* connections open.
    """

    def __init__(
        self, endpoint: Endpoint, retry_policy: RetryPolicy, most_idle: int = _MAX_IDLE
    ) -> None:
        self.endpoint = endpoint
        self.retry_policy = retry_policy
        self._most_idle = most_idle
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        # Reading certificates takes time, so do it at the start and not in a request.
        self._trust = (
            _trust(os.environ.get("AWS_CA_BUNDLE") or _AMAZONS) if endpoint.secure else None
        )

    def send(self, call: Call, is_retryable: Callable[[Answer], bool]) -> Answer:
        """Return the answer to a request; retry after an answer that *is_retryable*.

        Raises:
            Unavailable: no answer arrived in time.

        """
        began = time.monotonic()
        until, end = began + self.retry_policy.budget, began + self.retry_policy.most
        attempt = 0
        while True:
            attempt += 1
            last = attempt == self.retry_policy.tries
            try:
                answer = self._send_once(call, end)
            except ConnectionLost as lost:
                final = last or (lost.received and not call.repeatable)
                if final or not self._pause(attempt, until):
                    message = "a service behind this one cannot be reached"
                    detail = f"{call.method} {self.endpoint.host}: {lost}"
                    raise Unavailable(message, detail=detail) from lost
            else:
                final = last or not call.repeatable or not is_retryable(answer)
                if final or not self._pause(attempt, until):
                    return answer

    def _send_once(self, call: Call, end: float) -> Answer:
        """Return the answer to one try of a request.

        A server can close an idle connection while a request is being sent; the request is then
        sent over the next idle connection, and last over a new one.

        Raises:
            ConnectionLost: a new connection was lost, too.

        """
        while idle := self._take_idle():
            try:
                return self._exchange(idle, call, end)
            except ConnectionLost as lost:
                timed_out = isinstance(lost.__cause__, TimeoutError)
                if timed_out or (lost.received and not call.repeatable):
                    raise
        return self._exchange(self._connect(), call, end)

    def _exchange(self, connection: Connection, call: Call, end: float) -> Answer:
        received = False
        try:
            connection.sock.settimeout(self.retry_policy.read)
            connection.send(call.method, call.target, call.headers, call.body)
            received = True
            answer = connection.receive(call.method, self.retry_policy.read, end, most=call.most)
        except (NotHttp, OSError) as error:
            connection.close()
            raise ConnectionLost(error, received=received) from error
        self._put_back(connection, reusable=answer.reusable)
        return answer

    def _connect(self) -> Connection:
        try:
            return self._connect_trusted()
        except OSError as error:
            raise ConnectionLost(error, received=False) from error

    def _connect_trusted(self) -> Connection:
        """Connect; trust Amazon's roots first, and then all that the machine trusts."""
        try:
            return Connection(self.endpoint, self._trust, self.retry_policy.connect)
        except OSError as error:
            # The class is not compared, since `ssl` is imported only when it is used.
            if not hasattr(error, "verify_code") or self._trust is not _trust(_AMAZONS):
                raise
            self._trust = _trust(None)
            return Connection(self.endpoint, self._trust, self.retry_policy.connect)

    def _take_idle(self) -> Connection | None:
        """Return an idle connection that is still open, or None."""
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None or not _has_ended(connection.sock):
                return connection
            connection.close()

    def _put_back(self, connection: Connection, *, reusable: bool) -> None:
        with self._lock:
            if reusable and len(self._idle) < self._most_idle:
                self._idle.append(connection)
                return
        connection.close()

    def _pause(self, attempt: int, until: float) -> bool:
        """Pause before another try; return False at once if the pause would exceed the budget."""
        import random

        pause = random.uniform(0, self.retry_policy.pause * 2 ** (attempt - 1))
        if time.monotonic() + pause > until:
            return False
        time.sleep(pause)
        return True

    def __del__(self) -> None:
        """Close idle connections."""
        for connection in self._idle:
            connection.close()


def _has_ended(sock: socket.socket) -> bool:
    """Whether an idle socket has something to read: most likely the end of the connection."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


@functools.cache
def _trust(bundle: str | None) -> ssl.SSLContext:
    import ssl

    return ssl.create_default_context(cafile=bundle)
