"""What a laptop does around each request: looks at the folder before, tells of the answer after."""

import time
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.folder import Folder
from origin_lambda.errors import CalotypeError
from origin_lambda.url.grammar import parse

_TOLD: Final = ("x-cache", "x-calotype")


@dataclass(frozen=True, slots=True)
class Watched:
    """An application in front of which a folder is looked at, and each answer told in a line."""

    application: ASGIApp
    folder: Folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        path = scope["raw_path"].decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        await run_in_threadpool(self._look, path, query)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                spent = 1000 * (time.perf_counter() - began)
                headers = {name.decode(): value.decode() for name, value in message["headers"]}
                how = " | ".join(headers[name] for name in _TOLD if name in headers)
                print(f"{message['status']} {spent:6.0f} ms  {path}?{query}  {how}", flush=True)
            await send(message)

        await self.application(scope, receive, told)

    def _look(self, path: str, query: str) -> None:
        try:
            key = parse(path, query).key
        except CalotypeError:
            return  # whoever answers will say what is wrong with it
        self.folder.refresh(key)
