"""The whole topology on a laptop: AWS by moto, the real edge functions, the deployed handlers.

browser -> pages, or: folder looked at -> CloudFront on a laptop -> derivatives bucket or origin
folder, upload -> originals bucket -> ingest queue -> ingest -> alerts, invalidations -> the edge
"""

import contextlib
import errno
import json
import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

import boto3
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from edge.build import assemble, key_values
from edge.local.cache import Cache
from edge.local.distribution import Distribution
from edge.local.freshness import CachePolicy
from edge.local.function import VIEWER_RESPONSE, Function
from edge.local.origins import BucketOrigin
from infra.laptop import uploads
from infra.laptop.alerts import Alerts
from infra.laptop.cloud import CATALOG, DERIVATIVES, ORIGINALS, start_cloud
from infra.laptop.environment import POLICY, SERVER_URL, Publish
from infra.laptop.folder import Folder
from infra.laptop.gallery import MOST_TILES, Entry, Shown, gallery, is_refused, looks_like_picture
from infra.laptop.invalidations import Invalidations
from infra.laptop.invocation import Handler, Invoker
from infra.laptop.links import Link, link_plainly, link_with
from infra.laptop.loop import Loop, going_on
from infra.laptop.watched import Watched
from infra.laptop.worker import Worker
from infra.terminal import print_line
from origin_lambda import log
from origin_lambda.adapters.boto.dynamodb import DynamoCatalog
from origin_lambda.originals.catalog import find_record
from origin_lambda.settings import EDGE_SETTINGS, BadSetting, read_policy
from origin_lambda.url.admission import Policy
from origin_lambda.url.grammar import escape

MOST_WAIT: Final = 20.0
"""Seconds that a request for a replaced original waits for its ingest, before it is answered with
whatever there is."""

_WALK_SECONDS: Final = 1.0
# New files are put no faster than ingest keeps up with, so that uploads do not wait behind them.
_MOST_WAITING: Final = 10
# A page that polls keeps its connection busy; without an end, a stop may wait for it for ever.
_STOP_SECONDS: Final = 3
_AT_A_TIME: Final = 8  # requests of the catalog
_ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 reason: only read here
_WORTH_OPENING: Final = (
    "w=640&auto=format",
    "w=400&h=400&fit=crop",
    "w=600&h=400&fit=fill&bg=teal",
    "w=500&rot=10",
)


@dataclass(frozen=True, slots=True)
class Handlers:
    """The entry points of the functions."""

    origin: Handler
    ingest: Handler
    upload: Handler


@dataclass(frozen=True, slots=True)
class Laptop:
    """The parts of the topology that the server drives."""

    folder: Folder
    worker: Worker
    alerts: Alerts
    application: Starlette


def assembled(
    root: Path,
    handlers: Handlers,
    edge: Distribution | None,
    token: str = "",
    link: Link = link_plainly,
) -> Laptop:
    """Return the topology around a folder and an *edge*, or none: then the origin is asked itself.

    The environment says what cloud it is in. *token* is the one that the upload page offers,
    *link* makes the URLs that the pages show.
    """
    sqs = boto3.client("sqs")
    folder = Folder(root, boto3.client("s3"), ORIGINALS)
    worker = Worker(handlers.ingest, sqs, os.environ["INGEST_QUEUE_URL"], _afterwards(edge))
    if edge is not None:
        # CloudFront would remember for a minute that it was missing; who looks on would not wait.
        folder.added = lambda key: edge.invalidate([f"/{escape(key)}/*"])
    folder.changed = lambda key: _await_ingest(worker, key)
    folder.busy = lambda: worker.backlog() >= _MOST_WAITING
    alerts = Alerts(sqs, os.environ["ALERTS_SEEN_URL"], link)
    catalog = DynamoCatalog(boto3.client("dynamodb"), CATALOG)
    inner = edge or _direct(Invoker(handlers.origin))

    def index(request: Request) -> Response:
        del request
        return HTMLResponse(gallery(_shown(_pictures(folder), catalog), link))

    pages = [Route("/", index), *alerts.routes(), *uploads.routes(handlers.upload, token, link)]
    application = Starlette(routes=pages)
    # A route's pattern matches no line break, which a path may have (%0A): so this is no route.
    application.router.default = Watched(inner, folder)
    return Laptop(folder, worker, alerts, application)


_CACHING: Final = CachePolicy(error_minimums=dict.fromkeys((500, 502, 503, 504), 0))
"""As infra/aws/constructs/distribution.py deploys it: the edge caches no failure of the origin."""


def distribution(invoker: Invoker, policy: Policy, cache: Cache | None = None) -> Distribution:
    """Return the edge: both functions, the bucket first, then the origin.

    The request function is not minified, so that serving needs no node.
    """
    return Distribution(
        Function(assemble(), key_values(policy)),
        Function(VIEWER_RESPONSE.read_text()),
        BucketOrigin(boto3.client("s3"), DERIVATIVES),
        invoker,
        cache=cache,
        policy=_CACHING,
    )


def _afterwards(edge: Distribution | None) -> Callable[[], None]:
    """Return what is to be done after each invocation of ingest."""
    if edge is None:
        return lambda: None
    return Invalidations(boto3.client("cloudfront"), os.environ["DISTRIBUTION_ID"], edge).apply


def _direct(invoker: Invoker) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        response = await invoker.direct(Request(scope, receive))
        await response(scope, receive, send)

    return answer


def _await_ingest(worker: Worker, key: str) -> None:
    """Have a changed original ingested at once, and wait for that, but not for ever."""
    hurried = threading.Thread(
        target=worker.hurry, args=(ORIGINALS, key, MOST_WAIT), name="hurry", daemon=True
    )
    hurried.start()
    hurried.join(MOST_WAIT)
    if hurried.is_alive():
        print_line(f"{key!r} is still being ingested after {MOST_WAIT:.0f} s")


def _pictures(folder: Folder) -> list[str]:
    """Return the keys of all pictures: files of the folder, and what was uploaded."""
    keys = set(folder.listed()) | set(_uploaded(folder))
    return sorted(key for key in keys if looks_like_picture(key))


def _shown(keys: Sequence[str], catalog: DynamoCatalog) -> Shown:
    """Return the first tiles of the gallery, and the originals among them that were refused."""
    tiles: list[Entry] = []
    refused: list[Entry] = []
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        for start in range(0, len(keys), MOST_TILES):
            chunk = keys[start : start + MOST_TILES]
            items = pool.map(partial(find_record, catalog), chunk)
            for entry in map(Entry, chunk, items):
                (refused if is_refused(entry.item) else tiles).append(entry)
            if len(tiles) >= MOST_TILES:
                break
    return Shown(tiles[:MOST_TILES], refused, len(keys) - len(refused))


def _uploaded(folder: Folder) -> Iterator[str]:
    pages = folder.client.get_paginator("list_objects_v2").paginate(Bucket=folder.bucket)
    for page in pages:
        for entry in page.get("Contents", []):
            if entry["Key"] not in folder.seen:
                yield entry["Key"]


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens; *port* 0 is any free one.

    Raises:
        BadSetting: the address cannot be had.

    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"port {port} of {host} is in use: choose another with --port"
        else:
            message = f"cannot listen on port {port} of {host}: {error.strerror or error}"
        raise BadSetting(message) from error


def url_of(listener: socket.socket) -> str:
    """Return the URL at which a browser of this machine finds a listening socket."""
    host, port = listener.getsockname()[:2]
    host = _ANY_ADDRESS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    root: Path, listener: socket.socket, publish: Publish, *, direct: bool, edge_cache: int
) -> None:
    """Serve a folder of originals until interrupted; *edge_cache* is in bytes.

    *publish* is given the variables by which other commands find the server.

    Raises:
        BadSetting: the environment sets the policy to what it cannot be.

    """
    policy = read_policy(os.environ)
    link = link_with(policy)
    base = url_of(listener)
    variables = {
        name: value
        for name, value in os.environ.items()
        if value and (name in POLICY or name.startswith("LIMIT_"))
    }
    variables |= start_cloud() | {SERVER_URL: base}
    if not direct:
        for name in EDGE_SETTINGS:
            os.environ.pop(name, None)
    os.environ["BUCKET_IN_FRONT"] = str(not direct).lower()
    log.write = _print_failure
    token = _upload_token()
    variables["UPLOAD_TOKENS"] = os.environ["UPLOAD_TOKENS"]
    # They read their settings from the environment that the cloud has just made.
    from origin_lambda import handler

    handlers = Handlers(handler.origin, handler.ingest, handler.upload)
    edge = None if direct else distribution(Invoker(handler.origin), policy, Cache(edge_cache))
    laptop = assembled(root, handlers, edge, token, link)
    for stop in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, _stopped)
    loops = (
        Loop("ingest", laptop.worker.turn),
        Loop("alerts", laptop.alerts.turn),
        Loop("folder", laptop.folder.walk, _WALK_SECONDS),
    )
    publish(variables)
    _greet(laptop.folder, listener, link, bool(token))
    config = uvicorn.Config(
        laptop.application, log_level="warning", timeout_graceful_shutdown=_STOP_SECONDS
    )
    server = uvicorn.Server(config)
    with going_on(*loops), contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def _stopped(number: int, _frame: object) -> NoReturn:
    """Leave by way of every `finally`; uvicorn passes signals on once it has ended."""
    raise SystemExit(128 + number)


def _upload_token() -> str:
    """Return the token that the upload page offers: a new one, unless there are others."""
    if os.environ.get("UPLOAD_TOKENS"):
        return ""
    token = secrets.token_urlsafe()
    os.environ["UPLOAD_TOKENS"] = json.dumps({"local": token})
    return token


def _greet(folder: Folder, listener: socket.socket, link: Link, has_token: bool) -> None:
    base = url_of(listener)
    pictures = [key for key in folder.listed() if looks_like_picture(key)]
    print_line(f"Calotype serves {len(pictures)} originals of {folder.root}")
    if not folder.is_eager():
        print_line("They are many: each is ingested when it is first requested.")
    if listener.getsockname()[0] in _ANY_ADDRESS:
        print_line("Every machine that reaches this one can use the pages, too.")
    print_line(f"\n  {base}/   a gallery")
    fills = "it fills in a token itself" if has_token else "with one of UPLOAD_TOKENS"
    print_line(f"  {base}/_/upload   upload a picture; {fills}")
    print_line(f"  {base}/_/alerts   what subscribers receive\n")
    # Spread over the folder, so that different pictures are shown.
    chosen = pictures[:: max(1, len(pictures) // len(_WORTH_OPENING))]
    for key, query in zip(chosen, _WORTH_OPENING, strict=False):
        print_line(f"  {base}{link(key, query)}")
    print_line("\nStop with Ctrl-C.\n")


def _print_failure(line: str) -> None:
    """Print what failed; for all else `Watched` and the alerts print shorter lines."""
    facts = json.loads(line)
    error = facts.get("error", "")
    if facts["event"] == "crashed" or (
        facts["event"] == "ingest-failed" and not error.startswith("Unavailable")
    ):
        print_line(f"{facts['event']}: {error}")
