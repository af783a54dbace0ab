"""The whole topology on a laptop: AWS by moto, the origin's own handler, one port to look at."""

import base64
import html
import logging
import os
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
import uvicorn
from moto.server import ThreadedMotoServer
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from infra.folder import Folder
from origin_lambda import log
from origin_lambda.errors import CalotypeError
from origin_lambda.image.formats import MEDIA_TYPES
from origin_lambda.url.grammar import escape, parse

ORIGINALS: Final = "calotype-originals"
DERIVATIVES: Final = "calotype-derivatives"
CATALOG: Final = "calotype-catalog"
_TIME_OUT: Final = 25.0
_SHOWN: Final = 60
_WORTH_OPENING: Final = (
    "w=640&auto=format",
    "w=400&h=400&fit=crop",
    "w=600&h=400&fit=fill&bg=teal",
    "w=500&rot=10",
)

Handler = Callable[[Mapping[str, Any], Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda tells a handler about its invocation."""

    deadline: float

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may still take."""
        return max(0, int(1000 * (self.deadline - time.monotonic())))


def start_cloud() -> ThreadedMotoServer:
    """Start moto on a free port, and make buckets, table and topic in it.

    The environment of this process then points to them, as a function's does on AWS.
    """
    # Objects above 1 MB wait on disk, so that a folder of photographs does not fill the memory.
    os.environ.setdefault("MOTO_S3_DEFAULT_KEY_BUFFER_SIZE", "1000000")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "ORIGINALS_BUCKET": ORIGINALS,
        "DERIVATIVES_BUCKET": DERIVATIVES,
        "CATALOG_TABLE": CATALOG,
    }
    for bucket in (ORIGINALS, DERIVATIVES):
        boto3.client("s3").create_bucket(Bucket=bucket)
    boto3.client("dynamodb").create_table(
        TableName=CATALOG,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
    )
    topic = boto3.client("sns").create_topic(Name="calotype-alerts")
    os.environ["ALERTS_TOPIC_ARN"] = topic["TopicArn"]
    return server


def function_url_event(
    method: str, path: str, query: str, headers: Mapping[str, str]
) -> dict[str, Any]:
    """Return the event of a Lambda function URL (payload format 2.0)."""
    request_id = str(uuid.uuid4())
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": dict(headers),
        "requestContext": {
            "domainName": "calotype.lambda-url.us-east-1.on.aws",
            "requestId": request_id,
            "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
        },
        "isBase64Encoded": False,
    }


def front(folder: Folder, handler: Handler) -> Starlette:
    """Return the HTTP server in front of the origin's handler."""

    async def derivative(request: Request) -> Response:
        return await run_in_threadpool(answered, request)

    def answered(request: Request) -> Response:
        began = time.perf_counter()
        path = request.scope["raw_path"].decode("latin-1")
        query = request.scope["query_string"].decode("latin-1")
        _refresh(folder, path, query)
        event = function_url_event(request.method, path, query, request.headers)
        answer = handler(event, Context(time.monotonic() + _TIME_OUT))
        body = base64.b64decode(answer["body"])
        spent = 1000 * (time.perf_counter() - began)
        plan = answer["headers"].get("x-calotype", "")
        print(f"{answer['statusCode']} {spent:6.0f} ms  {path}?{query}  {plan}", flush=True)
        return Response(body, answer["statusCode"], answer["headers"])

    async def index(request: Request) -> Response:
        del request
        return HTMLResponse(gallery(folder.listed()))

    methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH"]
    return Starlette(routes=[Route("/", index), Route("/{path:path}", derivative, methods=methods)])


def _refresh(folder: Folder, path: str, query: str) -> None:
    try:
        folder.refresh(parse(path, query).key)
    except CalotypeError:
        return  # the handler will say what is wrong with it


_PAGE: Final = """<!doctype html><meta charset="utf-8"><title>Calotype</title>
<meta name="viewport" content="width=device-width">
<style>
 body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem;
        background: #faf7f2; color: #3b2f25 }}
 main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1.5rem }}
 figure {{ margin: 0 }}
 img {{ width: 100%; aspect-ratio: 3/2; border-radius: 6px; background: #eee4d6 }}
 figcaption {{ overflow-wrap: anywhere; font-size: .8rem }} code {{ background: #eee4d6 }}
</style>
<h1>Calotype</h1>
<p>{count} originals. A picture's URL is its key; add
<code>?w=640&amp;h=480&amp;fit=crop&amp;auto=format</code> to make it any other.</p>
<main>{figures}</main>
"""
_FIGURE: Final = (
    '<figure><a href="/{path}?w=1600&amp;auto=format"><img loading="lazy" alt="" '
    'src="/{path}?w=360&amp;ar=3:2&amp;fit=crop&amp;auto=format" '
    'srcset="/{path}?w=360&amp;ar=3:2&amp;fit=crop&amp;auto=format&amp;dpr=2 2x"></a>'
    "<figcaption>{name}</figcaption></figure>"
)


def gallery(keys: list[str]) -> str:
    """Return a page that shows the first originals."""
    pictures = [key for key in keys if _looks_like_picture(key)]
    figures = "".join(
        _FIGURE.format(path=escape(key), name=html.escape(key)) for key in pictures[:_SHOWN]
    )
    return _PAGE.format(count=len(pictures), figures=figures)


def _looks_like_picture(key: str) -> bool:
    suffixes = {str(kind) for kind in MEDIA_TYPES} | {"jpg", "heic", "tif"}
    return Path(key).suffix.lower().removeprefix(".") in suffixes


def serve(root: Path, port: int) -> None:
    """Serve a folder of originals until interrupted."""
    start_cloud()
    log.write = _silent
    # Reads its settings from the environment that the cloud has just made.
    from origin_lambda.handler import origin

    folder = Folder(root, boto3.client("s3"), ORIGINALS)
    _greet(folder, f"http://127.0.0.1:{port}")
    uvicorn.run(front(folder, origin), host="127.0.0.1", port=port, log_level="warning")


def _greet(folder: Folder, base: str) -> None:
    pictures = [key for key in folder.listed() if _looks_like_picture(key)]
    print(f"Calotype serves {len(pictures)} originals of {folder.root}\n")
    print(f"  {base}/   a gallery\n")
    # Spread over the folder, so that different pictures are shown.
    chosen = pictures[:: max(1, len(pictures) // len(_WORTH_OPENING))]
    for key, ask in zip(chosen, _WORTH_OPENING, strict=False):
        print(f"  {base}/{escape(key)}?{ask}")
    print("\nStop with Ctrl-C.\n", flush=True)


def _silent(line: str) -> None:
    """Drop a log line: the front prints a shorter one for each answer."""
