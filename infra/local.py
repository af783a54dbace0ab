"""The whole topology on a laptop: AWS by moto, the real edge functions, the origin's own handler.

browser -> gallery, or: folder looked at -> CloudFront on a laptop -> derivatives bucket or origin
"""

import base64
import os
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.build import built, key_values
from edge.local.cache import Cache
from edge.local.distribution import Distribution
from edge.local.function import VIEWER_RESPONSE, Function
from edge.local.origins import BucketOrigin, OriginAnswer
from infra.cloud import DERIVATIVES, ORIGINALS, start_cloud
from infra.folder import Folder
from infra.gallery import gallery, looks_like_picture
from origin_lambda import log
from origin_lambda.errors import CalotypeError
from origin_lambda.settings import AT_THE_EDGE, policy_from
from origin_lambda.url.admission import Policy
from origin_lambda.url.grammar import escape, parse

_TIME_OUT: Final = 25.0
_WORTH_OPENING: Final = (
    "w=640&auto=format",
    "w=400&h=400&fit=crop",
    "w=600&h=400&fit=fill&bg=teal",
    "w=500&rot=10",
)

_TOLD: Final = ("x-cache", "x-calotype")

Handler = Callable[[Mapping[str, Any], Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda tells a handler about its invocation."""

    deadline: float

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may still take."""
        return max(0, int(1000 * (self.deadline - time.monotonic())))


def function_url_event(
    method: str, path: str, query: str, headers: Mapping[str, str]
) -> dict[str, Any]:
    """Return the event of a Lambda function URL (payload format 2.0)."""
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": dict(headers),
        "requestContext": {
            "domainName": "calotype.lambda-url.us-east-1.on.aws",
            "requestId": str(uuid.uuid4()),
            "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
        },
        "isBase64Encoded": False,
    }


@dataclass(frozen=True, slots=True)
class Invoker:
    """Calls the origin's handler as its function URL would."""

    handler: Handler

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], query: str = ""
    ) -> OriginAnswer:
        event = function_url_event(method, path, query, headers)
        answer = self.handler(event, Context(time.monotonic() + _TIME_OUT))
        body = base64.b64decode(answer["body"])
        return OriginAnswer(answer["statusCode"], answer["headers"], body)

    async def direct(self, request: Request) -> Response:
        """Answer without an edge, as an API or a load balancer in front would."""
        path = request.scope["raw_path"].decode("latin-1")
        query = request.scope["query_string"].decode("latin-1")
        answer = await run_in_threadpool(self, request.method, path, request.headers, query)
        return Response(answer.body, answer.status, dict(answer.headers))


def distribution(invoker: Invoker, policy: Policy, cache: Cache | None = None) -> Distribution:
    """Return the edge as it is deployed: both functions, the bucket first, then the origin."""
    return Distribution(
        Function(built(), key_values(policy)),
        Function(VIEWER_RESPONSE.read_text()),
        BucketOrigin(boto3.client("s3"), DERIVATIVES),
        invoker,
        cache=cache,
    )


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


def forget(client: Any, edge: Distribution | None, key: str) -> None:
    """Remove every derivative of an original that has changed: from the bucket, then the edge."""
    pages = client.get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=DERIVATIVES, Prefix=f"{key}/", Delimiter="/"):
        for entry in page.get("Contents", []):
            client.delete_object(Bucket=DERIVATIVES, Key=entry["Key"])
    if edge is not None:
        edge.invalidate([f"/{escape(key)}/*"])


def application(folder: Folder, invoker: Invoker, edge: Distribution | None) -> Starlette:
    """Return the HTTP server: the gallery, and all else through the edge, or straight if none."""
    methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH"]
    inner = edge or Starlette(routes=[Route("/{path:path}", invoker.direct, methods=methods)])
    folder.changed = lambda key: forget(folder.client, edge, key)

    async def index(request: Request) -> Response:
        del request
        pictures = [key for key in folder.listed() if looks_like_picture(key)]
        return HTMLResponse(gallery(pictures))

    return Starlette(routes=[Route("/", index), Mount("/", Watched(inner, folder))])


def serve(root: Path, port: int, *, direct: bool, edge_cache: int) -> None:
    """Serve a folder of originals until interrupted; *edge_cache* is in bytes.

    Raises:
        BadSetting: the environment sets the policy to what it cannot be.

    """
    policy = policy_from(os.environ)
    start_cloud()
    if not direct:
        for name in AT_THE_EDGE:
            os.environ.pop(name, None)
    log.write = _silent
    # Reads its settings from the environment that the cloud has just made.
    from origin_lambda.handler import origin

    folder = Folder(root, boto3.client("s3"), ORIGINALS)
    _greet(folder, f"http://127.0.0.1:{port}")
    invoker = Invoker(origin)
    edge = None if direct else distribution(invoker, policy, Cache(edge_cache))
    uvicorn.run(
        application(folder, invoker, edge), host="127.0.0.1", port=port, log_level="warning"
    )


def _greet(folder: Folder, base: str) -> None:
    pictures = [key for key in folder.listed() if looks_like_picture(key)]
    print(f"Calotype serves {len(pictures)} originals of {folder.root}\n")
    print(f"  {base}/   a gallery\n")
    # Spread over the folder, so that different pictures are shown.
    chosen = pictures[:: max(1, len(pictures) // len(_WORTH_OPENING))]
    for key, ask in zip(chosen, _WORTH_OPENING, strict=False):
        print(f"  {base}/{escape(key)}?{ask}")
    print("\nStop with Ctrl-C.\n", flush=True)


def _silent(line: str) -> None:
    """Drop a log line: `Watched` prints a shorter one for each answer."""
