"""Runs work after Lambda has the answer, as an internal extension (docs/decisions/0053).

Lambda passes the answer on as soon as the runtime posts it. It freezes the process only when each
extension has asked for the next event as well. So this thread works first, and asks then.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
"""

from __future__ import annotations

import json
import os
import threading
import time
import traceback
import weakref
from typing import TYPE_CHECKING, Any, Final

from origin_lambda.adapters.slim.connection import Connection, NotHttp
from origin_lambda.adapters.slim.endpoints import Endpoint
from origin_lambda.adapters.work_queue import WorkQueue
from origin_lambda.log import log_event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from origin_lambda.adapters.slim.connection import Answer

_PATH: Final = "/2020-01-01/extension"
_NAME: Final = "calotype"
_OK: Final = 200
_CONNECT_SECONDS: Final = 1.0
_REGISTER_SECONDS: Final = 2.0
_FOREVER: Final = 1_000_000.0
_POST_SECONDS: Final = 1.0
"""How long work waits for the runtime to post the answer. It takes milliseconds."""


def start_extension(environment: Mapping[str, str]) -> LambdaExtension | None:
    """Register an extension, and start its thread; None where there is no API for extensions.

    A function with SnapStart has none either: AWS does not say what happens to a thread that waits
    for an event while Lambda takes the snapshot.
    """
    address = environment.get("AWS_LAMBDA_RUNTIME_API")
    if not address or environment.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        return None
    try:
        connection = Connection(Endpoint(False, address, ""), None, _CONNECT_SECONDS)
        try:
            return LambdaExtension(connection)
        except BaseException:
            connection.close()
            raise
    except (NotHttp, OSError, LookupError) as error:
        log_event("store-first", detail=f"Lambda registers no extension: {error!r}")
        return None


class LambdaExtension(WorkQueue):
    """An extension that is registered, and the work that waits for the answer of an invocation."""

    def __init__(self, connection: Connection) -> None:
        """Register with Lambda, and start to wait for invocations.

        Raises:
            NotHttp, OSError, LookupError: Lambda refuses, or does not answer.

        """
        super().__init__()
        self._connection = connection
        body = json.dumps({"events": ["INVOKE"]}).encode()
        headers = {"lambda-extension-name": _NAME, "content-type": "application/json"}
        answer = self._send("POST", "/register", headers, body, _REGISTER_SECONDS)
        self._headers = {
            "lambda-extension-identifier": answer.headers["lambda-extension-identifier"]
        }
        self._returned = threading.Semaphore(0)
        self._posted = threading.Event()
        self._answer: weakref.ref[_Answer] | None = None
        threading.Thread(target=self._serve, name="after-answer", daemon=True).start()

    def deliver(self, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Make the answer and return it.

        The runtime holds the answer until then. So the work begins when the answer is destroyed.
        """
        self._posted.clear()
        try:
            answer = _Answer(make())
            self._answer = weakref.ref(answer, lambda _: self._posted.set())
            return answer
        finally:
            self._returned.release()

    def _serve(self) -> None:
        """Wait for invocations, and do their work.

        Without this thread, every invocation would last until its timeout. So an error ends the
        process, and Lambda starts another one.
        """
        try:
            while True:
                self._send("GET", "/event/next", self._headers, b"", _FOREVER)
                self._returned.acquire()
                self._posted.wait(_POST_SECONDS)
                self.run()
        except BaseException as error:  # noqa: BLE001 reason: see above
            log_event("crashed", error=repr(error), trace=traceback.format_exc())
            os._exit(1)

    def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, seconds: float
    ) -> Answer:
        self._connection.sock.settimeout(_CONNECT_SECONDS)
        self._connection.send(method, _PATH + path, headers, body)
        answer = self._connection.receive(method, seconds, time.monotonic() + seconds)
        if answer.status != _OK:
            message = f"{path} answered {answer.status}"
            raise NotHttp(message)
        return answer


class _Answer(dict[str, Any]):
    """An answer that reports when it is destroyed, which a plain dict cannot."""
