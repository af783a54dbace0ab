"""Refresh the requested file before each request, and print a line about the answer."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.laptop.folder import Folder
from infra.terminal import make_printable, print_line, shorten
from origin_lambda.errors import CalotypeError
from origin_lambda.url.grammar import parse

_CACHE: Final = {
    "Hit": "hit",
    "Miss": "miss",
    "RefreshHit": "refresh hit",
    "Error": "error",
    "FunctionGeneratedResponse": "answered by the edge function",
}
"""First word of `X-Cache` -> text in the line."""


@dataclass(frozen=True, slots=True)
class RequestLogger:
    """An ASGI application that refreshes the requested file, and prints a line for each answer.

    If the file cannot be read, it prints the reason, and the answer is that of the bucket.
    """

    application: ASGIApp
    folder: Folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        path = scope["raw_path"].decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        await run_in_threadpool(self._refresh, path, query)

        async def send_and_print(message: Message) -> None:
            if message["type"] == "http.response.start":
                spent = 1000 * (time.perf_counter() - began)
                headers = {name.decode(): value.decode() for name, value in message["headers"]}
                url = f"{path}?{query}" if query else path
                print_line(format_request(message["status"], spent, url, headers))
            await send(message)

        await self.application(scope, receive, send_and_print)

    def _refresh(self, path: str, query: str) -> None:
        try:
            key = parse(path, query).key
        except CalotypeError:
            return  # the application answers with this error
        try:
            self.folder.refresh(key)
        except OSError as error:
            print_line(f"{shorten(key)!r} cannot be read: {error.strerror or error}")


def format_request(status: int, spent: float, url: str, headers: Mapping[str, str]) -> str:
    """Return the line of an answer that took *spent* milliseconds, with a long URL shortened.

    It warns of names in the query that are no parameter.
    """
    cache = headers.get("x-cache", "").partition(" ")[0]
    ignored = headers.get("x-calotype-ignored")
    parts = (
        _CACHE.get(cache, cache),
        headers.get("x-calotype", ""),
        f"IGNORED: {ignored}" if ignored else "",
    )
    details = " | ".join(filter(None, parts))
    return f"{status} {spent:6.0f} ms  {make_printable(shorten(url))}  {details}"
