"""Serve Lambda's Runtime API on this machine, and send events to a function's real runtime.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
Extensions of the function can register; the next event waits until all of them are ready for it.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
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
from typing import Any, Final, NamedTuple

from origin_lambda.adapters.streaming_runtime import PRELUDE_END, PRELUDE_TYPE

_VERSION: Final = "/2018-06-01/runtime"
_EXTENSION: Final = "/2020-01-01/extension"
_IDENTIFIER: Final = "Lambda-Extension-Identifier"
_ARN: Final = "arn:aws:lambda:us-east-1:123456789012:function:calotype"
_TIMEOUT: Final = 30.0

PYTHON_COMMAND: Final = ("-S", "-m", "awslambdaric")
"""Arguments of Python that start Lambda's runtime client, with modules from PYTHONPATH alone."""


def make_streaming_command(interpreter: Path, task: Path) -> list[str]:
    """Return what Lambda runs where the origin streams its answers: its script, and ours."""
    return ["sh", str(task / "origin_lambda" / "stream"), str(interpreter)]


class RuntimeFailed(Exception):
    """A function reported an error at its start or for an event, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class StreamedAnswer:
    """An answer that was streamed; *first_byte* is the time of its first byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    first_byte: float


class _Outcome(NamedTuple):
    """What a runtime posted for an event: its kind, media type, body, and the first byte's time.

    The time is on the clock of `time.monotonic`.
    """

    kind: str
    media_type: str
    body: bytes
    first_byte: float


@dataclass(frozen=True, slots=True)
class _Invocation:
    """An event for a runtime, and the queue for its outcome."""

    event: bytes
    deadline: float
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    outcome: "queue.SimpleQueue[_Outcome]" = field(default_factory=queue.SimpleQueue)


class RuntimeApi:
    """The API for one runtime, which must answer an event before it gets the next one."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[_Invocation | None] = queue.SimpleQueue()
        self._delivered: dict[str, _Invocation] = {}
        self._starts: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        self._extensions = self._ready = self._invocations = 0
        self._changed = threading.Condition()
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        """Host and port: the value of AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self._server.server_port}"

    def wait_for_start(self, timeout: float = _TIMEOUT) -> float:
        """Return the time of the next request for an event, on the clock of `time.monotonic`.

        It waits until the function's extensions are ready for the event as well.

        Raises:
            RuntimeFailed: the start failed, or took more than *timeout* seconds.

        """
        try:
            moment, error = self._starts.get(timeout=timeout)
        except queue.Empty:
            message = f"the runtime requested no event within {timeout:.0f} s"
            raise RuntimeFailed(message) from None
        if error:
            raise RuntimeFailed(error.decode())
        return moment

    def invoke(self, event: Mapping[str, Any], timeout: float = _TIMEOUT) -> Any:
        """Return the function's answer to an event.

        Raises:
            RuntimeFailed: it reported an error, or took more than *timeout* seconds.

        """
        return json.loads(self._invoke(event, timeout).body)

    def invoke_streamed(
        self, event: Mapping[str, Any], timeout: float = _TIMEOUT
    ) -> StreamedAnswer:
        """Return the answer that the function streams, as its URL would.

        Raises:
            RuntimeFailed: as for `invoke`, or the function did not stream.

        """
        outcome = self._invoke(event, timeout)
        if outcome.media_type != PRELUDE_TYPE:
            message = f"the answer was not streamed: it is {outcome.media_type}"
            raise RuntimeFailed(message)
        prelude, _, body = outcome.body.partition(PRELUDE_END)
        head = json.loads(prelude)
        return StreamedAnswer(head["statusCode"], head["headers"], body, outcome.first_byte)

    def _invoke(self, event: Mapping[str, Any], timeout: float) -> _Outcome:
        invocation = _Invocation(json.dumps(event).encode(), time.time() + timeout)
        self._events.put(invocation)
        try:
            outcome = invocation.outcome.get(timeout=timeout)
        except queue.Empty:
            message = f"no answer came within {timeout:.0f} s"
            raise RuntimeFailed(message) from None
        if outcome.kind == "error":
            raise RuntimeFailed(outcome.body.decode())
        return outcome

    def close(self) -> None:
        """Send no more events."""
        self._events.put(None)
        self._server.shutdown()
        self._server.server_close()

    def wait_for_event(self) -> _Invocation | None:
        """Wait for the next event, and return it; None after `close`."""
        moment = time.monotonic()
        with self._changed:
            self._changed.wait_for(lambda: self._ready >= self._extensions)
        self._starts.put((moment, b""))
        invocation = self._events.get()
        if invocation is not None:
            self._delivered[invocation.request_id] = invocation
        with self._changed:
            self._ready = 0
            self._invocations += 1
            self._changed.notify_all()
        return invocation

    def register_extension(self) -> str:
        """Register an extension; return its identifier."""
        with self._changed:
            self._extensions += 1
        return str(uuid.uuid4())

    def wait_for_invocation(self) -> None:
        """Wait as an extension until the runtime gets its next event."""
        with self._changed:
            self._ready += 1
            self._changed.notify_all()
            number = self._invocations
            self._changed.wait_for(lambda: self._invocations > number)

    def accept_post(
        self, path: str, body: bytes, media_type: str = "", first_byte: float = 0.0
    ) -> bool:
        """Accept a request of the runtime; return False if it matches no open event.

        *media_type* is empty if the answer is not streamed.
        """
        if path == f"{_VERSION}/init/error":
            self._starts.put((time.monotonic(), body))
            return True
        request_id, _, kind = path.removeprefix(f"{_VERSION}/invocation/").partition("/")
        invocation = self._delivered.pop(request_id, None)
        if invocation is None or kind not in {"response", "error"}:
            return False
        invocation.outcome.put(_Outcome(kind, media_type, body, first_byte))
        return True


class _Server(ThreadingHTTPServer):
    """The HTTP server for one runtime."""

    daemon_threads = True

    def __init__(self, api: RuntimeApi) -> None:
        self.api = api
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print an error, unless it is that the runtime was killed while it waited."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Answers a runtime over one persistent HTTP/1.1 connection."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        if self.path == f"{_EXTENSION}/event/next" and self.headers.get(_IDENTIFIER):
            self.server.api.wait_for_invocation()
            self._answer(200, b'{"eventType": "INVOKE"}')
        elif self.path != f"{_VERSION}/invocation/next":
            self._answer(404)
        elif invocation := self.server.api.wait_for_event():
            headers = {
                "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                "Lambda-Runtime-Deadline-Ms": str(int(invocation.deadline * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": _ARN,
                "Content-Type": "application/json",
            }
            self._answer(200, invocation.event, headers)
        else:
            self.close_connection = True

    def do_POST(self) -> None:
        chunks = self._chunks()
        first = next(chunks, b"")
        first_byte = time.monotonic()
        body = b"".join((first, *chunks))
        if self.path == f"{_EXTENSION}/register":
            self._answer(200, b"{}", {_IDENTIFIER: self.server.api.register_extension()})
            return
        is_streamed = self.headers.get("Lambda-Runtime-Function-Response-Mode") == "streaming"
        media_type = self.headers.get("Content-Type", "") if is_streamed else ""
        is_open = self.server.api.accept_post(self.path, body, media_type, first_byte)
        self._answer(202 if is_open else 400, b"{}")

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
    """A running function; *began* is a time of `time.monotonic`, *log* has its output."""

    api: RuntimeApi
    process: subprocess.Popen[bytes]
    began: float
    log: Path

    def cpu_seconds(self) -> float:
        """Return the processor time of its running threads."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


@contextmanager
def start_sandbox(
    command: Sequence[str], environment: Mapping[str, str], task: Path, log: Path
) -> Iterator[Sandbox]:
    """Run a runtime in Lambda's environment plus *environment*; kill it after the block."""
    api = RuntimeApi()
    variables = {
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
            process = subprocess.Popen(  # noqa: S603 reason: the runtime to be started
                command, env=variables, cwd=task, stdout=output, stderr=output
            )
        try:
            yield Sandbox(api, process, began, log)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    finally:
        api.close()
