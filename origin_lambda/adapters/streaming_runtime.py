"""Lambda's runtime API for a function that streams its answers (docs/decisions/0066).

Of Lambda's managed runtimes, only that of Node.js streams. So this takes the place of Python's
client: it asks for an event, sends the answer in chunks, does the work that is left, and asks for
the next event.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from origin_lambda.adapters.slim.connection import Connection, NotHttp
from origin_lambda.adapters.slim.endpoints import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from origin_lambda.adapters.slim.connection import Answer
    from origin_lambda.http import Response

PRELUDE_TYPE: Final = "application/vnd.awslambda.http-integration-response"
"""The media type of an answer that begins with its status and headers as JSON."""
PRELUDE_END: Final = bytes(8)
"""What separates that JSON from the body."""

_PATH: Final = "/2018-06-01/runtime"
_CHUNK: Final = 1 << 20
_CONNECT_SECONDS: Final = 1.0
_ANSWER_SECONDS: Final = 5.0
_FOREVER: Final = 1_000_000.0
_OK: Final = 200
_ACCEPTED: Final = 202


class Invocation(NamedTuple):
    """An event, its request's name, and the seconds until Lambda ends the process."""

    request_id: str
    event: Mapping[str, Any]
    remaining: float


class StreamingRuntime:
    """A connection to the runtime API of one function."""

    def __init__(self, address: str) -> None:
        """Connect to *address*, a host and a port.

        Raises:
            OSError: nothing answers there.

        """
        self._connection = Connection(Endpoint(False, address, ""), None, _CONNECT_SECONDS)

    def wait_for_event(self) -> Invocation:
        """Wait for the next event.

        Raises:
            NotHttp, OSError: the connection failed.

        """
        self._connection.send("GET", f"{_PATH}/invocation/next", {}, b"")
        answer = self._receive("GET", _OK, _FOREVER)
        headers = answer.headers
        deadline = int(headers["lambda-runtime-deadline-ms"]) / 1000
        request_id = headers["lambda-runtime-aws-request-id"]
        return Invocation(request_id, json.loads(answer.body), deadline - time.time())

    def stream(self, request_id: str, response: Response) -> None:
        """Send the answer to an event. The caller gets each chunk as it is sent.

        Raises:
            NotHttp, OSError: the connection failed.

        """
        headers = {
            "content-type": PRELUDE_TYPE,
            "lambda-runtime-function-response-mode": "streaming",
        }
        path = f"{_PATH}/invocation/{request_id}/response"
        # Lambda reads as fast as it may send: 2 MB/s after the first 6 MB.
        self._connection.sock.settimeout(None)
        self._connection.send_chunks("POST", path, headers, _split(response))
        self._receive("POST", _ACCEPTED, _ANSWER_SECONDS)

    def report_failed_start(self, error: BaseException) -> None:
        """Tell Lambda why the function cannot start.

        Raises:
            NotHttp, OSError: the connection failed.

        """
        facts = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": []}
        headers = {"content-type": "application/json"}
        body = json.dumps(facts).encode()
        self._connection.send("POST", f"{_PATH}/init/error", headers, body)
        self._receive("POST", _ACCEPTED, _ANSWER_SECONDS)

    def _receive(self, method: str, status: int, seconds: float) -> Answer:
        answer = self._connection.receive(method, seconds, time.monotonic() + seconds)
        if answer.status != status:
            message = f"Lambda answered {answer.status}"
            raise NotHttp(message)
        return answer


def _split(response: Response) -> Iterator[bytes | memoryview]:
    """Yield the chunks of an answer; status and headers are the first."""
    prelude = {"statusCode": response.status, "headers": dict(response.headers)}
    yield json.dumps(prelude).encode() + PRELUDE_END
    body = memoryview(response.body)
    for start in range(0, len(body), _CHUNK):
        yield body[start : start + _CHUNK]
