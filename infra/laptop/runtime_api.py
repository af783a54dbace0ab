"""Lambda's Runtime API on this machine: hands events to a function's real runtime, one by one.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

_VERSION: Final = "/2018-06-01/runtime"
_ARN: Final = "arn:aws:lambda:us-east-1:123456789012:function:calotype"
_TIMEOUT: Final = 30.0

PYTHON_COMMAND: Final = ("-S", "-m", "awslambdaric")
"""Starts Lambda's runtime client in a Python, which finds nothing but what PYTHONPATH names."""


class RuntimeFailed(Exception):
    """A function's start or an invocation ended in an error, which it told, or in nothing."""


@dataclass(frozen=True, slots=True)
class _Invocation:
    """An event that a runtime is given, and where what came of it goes."""

    event: bytes
    deadline: float
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    outcome: "queue.SimpleQueue[tuple[bool, bytes]]" = field(default_factory=queue.SimpleQueue)


class RuntimeApi:
    """The API for one runtime; an event has to be answered before the next one is given."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[_Invocation | None] = queue.SimpleQueue()
        self._given: dict[str, _Invocation] = {}
        self._started: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        """What AWS_LAMBDA_RUNTIME_API is."""
        return f"127.0.0.1:{self._server.server_port}"

    def started(self, timeout: float = _TIMEOUT) -> float:
        """Return when the runtime asked for its first event, on the clock of `time.monotonic`.

        Raises:
            RuntimeFailed: its start failed, or took too long.

        """
        try:
            moment, error = self._started.get(timeout=timeout)
        except queue.Empty:
            message = f"no event was asked for within {timeout:.0f} s"
            raise RuntimeFailed(message) from None
        if error:
            raise RuntimeFailed(error.decode())
        return moment

    def invoke(self, event: Mapping[str, Any], timeout: float = _TIMEOUT) -> Any:
        """Return what the function answers to an event.

        Raises:
            RuntimeFailed: it told an error, or nothing in time.

        """
        body = json.dumps(event).encode()
        invocation = _Invocation(body, time.time() + timeout)
        self._waiting.put(invocation)
        try:
            failed, told = invocation.outcome.get(timeout=timeout)
        except queue.Empty:
            message = f"no answer came within {timeout:.0f} s"
            raise RuntimeFailed(message) from None
        if failed:
            raise RuntimeFailed(told.decode())
        return json.loads(told)

    def close(self) -> None:
        """Give no more events."""
        self._waiting.put(None)
        self._server.shutdown()
        self._server.server_close()

    def next(self) -> _Invocation | None:
        """Return the next event once there is one; None when there will be no more."""
        self._started.put((time.monotonic(), b""))
        invocation = self._waiting.get()
        if invocation is not None:
            self._given[invocation.request_id] = invocation
        return invocation

    def took(self, path: str, body: bytes) -> bool:
        """Take what a runtime posts; False if it is nothing that it was asked for."""
        if path == f"{_VERSION}/init/error":
            self._started.put((time.monotonic(), body))
            return True
        request_id, _, kind = path.removeprefix(f"{_VERSION}/invocation/").partition("/")
        invocation = self._given.pop(request_id, None)
        if invocation is None or kind not in {"response", "error"}:
            return False
        invocation.outcome.put((kind == "error", body))
        return True


class _Server(ThreadingHTTPServer):
    """Listens for one runtime."""

    daemon_threads = True

    def __init__(self, api: RuntimeApi) -> None:
        self.api = api
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a runtime that was ended while it waited for an event."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1 with a runtime, over one connection that is kept."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        if self.path != f"{_VERSION}/invocation/next":
            self._answer(404)
        elif given := self.server.api.next():
            headers = {
                "Lambda-Runtime-Aws-Request-Id": given.request_id,
                "Lambda-Runtime-Deadline-Ms": str(int(given.deadline * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": _ARN,
                "Content-Type": "application/json",
            }
            self._answer(200, given.event, headers)
        else:
            self.close_connection = True

    def do_POST(self) -> None:
        body = b"".join(self._chunks())
        self._answer(202 if self.server.api.took(self.path, body) else 400, b"{}")

    def _chunks(self) -> Iterator[bytes]:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            yield self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _answer(
        self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, text in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 reason: its name
        pass


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A function that runs, from *began* on (`time.monotonic`); what it prints goes to *log*."""

    api: RuntimeApi
    process: subprocess.Popen[bytes]
    began: float
    log: Path

    def cpu_seconds(self) -> float:
        """Return how long its threads have been on a processor, those that ended left out."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


@contextmanager
def sandbox(
    command: Sequence[str], environment: Mapping[str, str], task: Path, log: Path
) -> Iterator[Sandbox]:
    """Start a runtime as Lambda does, with nothing in its environment but what is given.

    It is ended with the block.
    """
    api = RuntimeApi()
    given = {
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "LAMBDA_TASK_ROOT": str(task),
        "AWS_LAMBDA_FUNCTION_NAME": "calotype",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": os.defpath,
        **environment,
    }
    try:
        with log.open("wb") as output:
            began = time.monotonic()
            process = subprocess.Popen(  # noqa: S603 reason: the runtime that it is for
                command, env=given, cwd=task, stdout=output, stderr=output
            )
        try:
            yield Sandbox(api, process, began, log)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    finally:
        api.close()
