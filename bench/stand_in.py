"""S3, DynamoDB and SQS in a process of their own, which take no time or as long as AWS takes."""

import hashlib
import json
import math
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from random import Random
from typing import Any, Final

_MISSING: Final = b"<Error><Code>NoSuchKey</Code></Error>"
_STORED_HEADERS: Final = ("content-type", "cache-control", "content-disposition", "x-amz-meta-")
_SPREAD: Final = 0.35
"""Sigma of the logarithm of a latency: p95 is 1.8 times the median."""


@contextmanager
def serve_objects(
    objects: Mapping[str, bytes],
    medians: Mapping[str, float] | None = None,
    rate: float = math.inf,
) -> Iterator[str]:
    """Serve objects by path and answers of DynamoDB by key, and store uploads; yield the URL.

    *medians* are the medians of the latency in milliseconds, by method of HTTP. The n-th request
    of a method for a path takes equally long in every server. An object is sent at *rate* bytes a
    second.
    """
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(dict(objects), dict(medians or {}), rate, theirs), daemon=True
    )
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.kill()
        process.join()


def _find_key(asked: Mapping[str, Any]) -> str:
    """Return the key of an item, the partition of a query, or "message"."""
    values = asked.get("ExpressionAttributeValues", {})
    attribute = asked.get("Key", {}).get("key") or values.get(":part") or {}
    return str(attribute.get("S", "message"))


def _etag(body: bytes) -> dict[str, str]:
    return {"ETag": f'"{hashlib.md5(body).hexdigest()}"'}


def _serve(  # noqa: C901 reason: the methods of one class
    bodies: Mapping[str, bytes], medians: Mapping[str, float], rate: float, parent: Connection
) -> None:
    objects = {name: (body, _etag(body)) for name, body in bodies.items()}
    turns: Counter[str] = Counter()

    class Handler(BaseHTTPRequestHandler):
        """The parts of the services' APIs that an image origin needs."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            self._wait(self._path())
            stored = objects.get(self._path())
            time.sleep(len(stored[0]) / rate if stored else 0)
            self._answer(200, *stored) if stored else self._answer(404, _MISSING, {})

        do_HEAD = do_GET  # noqa: N815 reason: the name of a method of HTTP

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._wait(self._path())
            given = self.headers.items()
            objects[self._path()] = (
                body,
                {name: text for name, text in given if name.lower().startswith(_STORED_HEADERS)}
                | _etag(body),
            )
            self._answer(200, b"", {})

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            key = _find_key(asked)
            self._wait(key)
            self._answer(200, *objects.get(key, (b'{"Items": []}', {})))

        def _path(self) -> str:
            return self.path.partition("?")[0]

        def _wait(self, what: str) -> None:
            what = f"{self.command} {what}"
            turns[what] += 1
            if median := medians.get(self.command):
                drawn = Random(f"{what} {turns[what]}").gauss(0, _SPREAD)
                time.sleep(median / 1000 * math.exp(drawn))

        def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, text in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, text)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 reason: its name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    parent.send(server.server_port)
    server.serve_forever()
