"""Connect the parts of a deployment on a laptop: the folder, ingest, the edge, and the pages.

request for a page -> the page
any other request  -> refresh the file -> local CloudFront -> derivatives bucket or origin
folder, upload     -> originals bucket -> ingest queue -> ingest -> alerts, invalidations -> edge
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import boto3
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from edge.build import assemble, build_key_values
from edge.local.cache import Cache
from edge.local.distribution import Distribution
from edge.local.freshness import CachePolicy
from edge.local.function import VIEWER_RESPONSE, Function
from edge.local.origins import BucketOrigin
from infra.laptop import uploads
from infra.laptop.alerts import Alerts
from infra.laptop.cloud import CATALOG, DERIVATIVES, ORIGINALS
from infra.laptop.error_pages import ErrorPages
from infra.laptop.folder import Folder
from infra.laptop.gallery import (
    MAX_TILES,
    Entry,
    GalleryContent,
    is_refused,
    looks_like_picture,
    render_gallery,
)
from infra.laptop.invalidations import Invalidations
from infra.laptop.invocation import Handler, Invoker
from infra.laptop.links import Signer, sign_links
from infra.laptop.playground import routes as playground
from infra.laptop.playground.originals import Originals
from infra.laptop.playground.recipes_page import RecipesPage
from infra.laptop.request_logger import RequestLogger
from infra.laptop.worker import Worker
from infra.terminal import print_line
from origin_lambda.adapters.boto.dynamodb import DynamoCatalog
from origin_lambda.originals.catalog import find_record
from origin_lambda.settings import DEFAULT_LAYER_PREFIX
from origin_lambda.url.admission import Policy
from origin_lambda.url.grammar import encode_key

LONGEST_WAIT: Final = 20.0
"""The most seconds that a request for a replaced original waits for its ingest."""

# New files are uploaded no faster than ingest handles them, so that uploads do not wait long.
_MAX_WAITING: Final = 10
_CATALOG_THREADS: Final = 8

_CACHING: Final = CachePolicy(error_minimums=dict.fromkeys((500, 502, 503, 504), 0))
"""As infra/aws/constructs/distribution.py deploys it: the edge caches no failure of the origin."""


@dataclass(frozen=True, slots=True)
class Handlers:
    """The entry points of the three Lambda functions."""

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


def build_laptop(
    root: Path,
    handlers: Handlers,
    edge: Distribution | None,
    token: str = "",
    signer: Signer | None = None,
) -> Laptop:
    """Return the topology for a folder; without an *edge*, the origin answers directly.

    The environment has the names of the cloud's resources (`infra.laptop.cloud`). The upload page
    fills in *token*. *signer* signs the URLs that the pages show, if they must be signed.
    """
    link = sign_links(signer)
    sqs = boto3.client("sqs")
    folder = Folder(root, boto3.client("s3"), ORIGINALS)
    worker = Worker(handlers.ingest, sqs, os.environ["INGEST_QUEUE_URL"], build_invalidator(edge))
    if edge is not None:
        # The edge caches a 404 for a minute, but an added file should show at once.
        folder.on_added = lambda key: edge.invalidate([f"/{encode_key(key)}/*"])
    folder.on_changed = lambda key: _await_ingest(worker, key)
    folder.is_busy = lambda: worker.count_waiting() >= _MAX_WAITING
    alerts = Alerts(sqs, os.environ["ALERTS_SEEN_URL"], link)
    catalog = DynamoCatalog(boto3.client("dynamodb"), CATALOG)
    inner = edge or _answer_without_edge(Invoker(handlers.origin))

    def show_gallery(request: Request) -> Response:
        del request
        return HTMLResponse(render_gallery(_read_gallery(_list_pictures(folder), catalog), link))

    list_keys, find = partial(_list_pictures, folder), partial(find_record, catalog)
    originals = Originals(list_keys, find, link)
    prefix = os.environ.get("LAYER_PREFIX", DEFAULT_LAYER_PREFIX)
    recipes = RecipesPage(list_keys, find, prefix, signer)
    pages = [
        Route("/", show_gallery, middleware=playground.COMPRESSION),
        *alerts.build_routes(),
        *uploads.build_routes(handlers.upload, token, link),
        *playground.build_routes(originals, token, link),
        recipes.build_route(),
    ]
    application = Starlette(routes=pages)
    # Not a route: its pattern would not match a line break, which a path can contain (%0A).
    application.router.default = RequestLogger(ErrorPages(inner), folder)
    return Laptop(folder, worker, alerts, application)


def build_edge(
    invoker: Invoker,
    policy: Policy,
    cache: Cache | None = None,
    on_view: Callable[[str], object] = len,
) -> Distribution:
    """Return the edge: both functions, the bucket as primary origin, the function as secondary.

    The request function is not minified, so that serving does not need Node.js.
    """
    return Distribution(
        Function(assemble(), build_key_values(policy)),
        Function(VIEWER_RESPONSE.read_text()),
        BucketOrigin(boto3.client("s3"), DERIVATIVES),
        invoker,
        cache=cache,
        policy=_CACHING,
        on_view=on_view,
    )


def build_invalidator(edge: Distribution | None) -> Callable[[], None]:
    """Return a function that applies all new invalidations to the edge, if there is one."""
    if edge is None:
        return lambda: None
    return Invalidations(boto3.client("cloudfront"), os.environ["DISTRIBUTION_ID"], edge).apply


def _answer_without_edge(invoker: Invoker) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        response = await invoker.answer_directly(Request(scope, receive))
        await response(scope, receive, send)

    return answer


def _await_ingest(worker: Worker, key: str) -> None:
    """Ingest a changed original at once, and wait for that, but at most 20 s."""
    thread = threading.Thread(
        target=worker.ingest_now,
        args=(ORIGINALS, key, LONGEST_WAIT),
        name="ingest-now",
        daemon=True,
    )
    thread.start()
    thread.join(LONGEST_WAIT)
    if thread.is_alive():
        print_line(f"{key!r} is still being ingested after {LONGEST_WAIT:.0f} s")


def _list_pictures(folder: Folder) -> list[str]:
    """Return the keys of all pictures, files and uploads; layers come last."""
    keys = set(folder.list_keys()) | set(_list_uploads(folder))
    pictures = filter(looks_like_picture, keys)
    return sorted(pictures, key=lambda key: (key.startswith(DEFAULT_LAYER_PREFIX), key))


def _list_uploads(folder: Folder) -> Iterator[str]:
    pages = folder.client.get_paginator("list_objects_v2").paginate(Bucket=folder.bucket)
    for page in pages:
        for entry in page.get("Contents", []):
            if entry["Key"] not in folder.states:
                yield entry["Key"]


def _read_gallery(keys: Sequence[str], catalog: DynamoCatalog) -> GalleryContent:
    """Return the first tiles of the gallery, and the refused originals found on the way to them."""
    tiles: list[Entry] = []
    refused: list[Entry] = []
    with ThreadPoolExecutor(_CATALOG_THREADS) as pool:
        for start in range(0, len(keys), MAX_TILES):
            chunk = keys[start : start + MAX_TILES]
            records = pool.map(partial(find_record, catalog), chunk)
            for entry in map(Entry, chunk, records):
                (refused if is_refused(entry.record) else tiles).append(entry)
            if len(tiles) >= MAX_TILES:
                break
    return GalleryContent(tiles[:MAX_TILES], refused, len(keys) - len(refused))
