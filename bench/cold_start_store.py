"""A bucket in its own process that answers at once, so that only its clients are measured."""

import hashlib
import multiprocessing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import Any, Final

_MISSING: Final = b"<Error><Code>NoSuchKey</Code></Error>"
_STORED_HEADERS: Final = ("content-type", "cache-control", "content-disposition", "x-amz-meta-")


@contextmanager
def serve_objects(objects: Mapping[str, bytes]) -> Iterator[str]:
    """Serve objects by path, and store uploads; yield the URL."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(dict(objects), theirs), daemon=True
    )
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.kill()
        process.join()


def _serve(objects: dict[str, bytes], parent: Connection) -> None:
    objects_by_path = {path: (body, {"ETag": '"1"'}) for path, body in objects.items()}

    class Handler(BaseHTTPRequestHandler):
        """The part of S3's REST API that an image origin needs."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            stored = objects_by_path.get(self._path())
            self._answer(200, *stored) if stored else self._answer(404, _MISSING, {})

        do_HEAD = do_GET  # noqa: N815 reason: the name of a method of HTTP

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            given = self.headers.items()
            objects_by_path[self._path()] = (
                body,
                {name: text for name, text in given if name.lower().startswith(_STORED_HEADERS)}
                | {"ETag": f'"{hashlib.md5(body).hexdigest()}"'},
            )
            self._answer(200, b"", {})

        def _path(self) -> str:
            return self.path.partition("?")[0]

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
