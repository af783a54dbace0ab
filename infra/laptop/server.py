"""Serve the whole topology on a laptop: AWS by moto, the edge functions, the deployed handlers."""

import contextlib
import errno
import json
import os
import secrets
import signal
import socket
from pathlib import Path
from typing import Final, NoReturn

import uvicorn

from edge.local.cache import Cache
from infra.laptop.cloud import start_cloud
from infra.laptop.environment import POLICY, SERVER_URL, Publish
from infra.laptop.folder import Folder
from infra.laptop.gallery import looks_like_picture
from infra.laptop.invocation import Invoker
from infra.laptop.links import LinkBuilder, choose_key, sign_links
from infra.laptop.loop import Loop, run_loops
from infra.laptop.topology import Handlers, build_edge, build_laptop
from infra.laptop.traffic import LocalTraffic, set_prices
from infra.terminal import print_line
from origin_lambda import log
from origin_lambda.bootstrap import build_popularity, build_worker
from origin_lambda.settings import (
    DEFAULT_LAYER_PREFIX,
    BadSetting,
    Settings,
    read_policy,
    read_warm_presets,
)

_SCAN_SECONDS: Final = 1.0
_COUNT_SECONDS: Final = 5.0
_REFINE_SECONDS: Final = 10.0
# A page that polls keeps its connection busy; without a limit, a stop could wait for it forever.
_STOP_SECONDS: Final = 3
_ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 reason: only compared with
_EXAMPLE_QUERIES: Final = (
    "w=640&auto=format",
    "w=400&h=400&fit=crop",
    "w=600&h=400&fit=fill&bg=teal",
    "w=500&rot=10",
)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; *port* 0 picks a free one.

    Raises:
        BadSetting: the port is in use, or the address is not of this machine.

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


def format_url(listener: socket.socket) -> str:
    """Return the URL at which a browser on this machine reaches a listening socket."""
    host, port = listener.getsockname()[:2]
    host = _ANY_ADDRESS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    root: Path, listener: socket.socket, publish: Publish, *, direct: bool, edge_cache: int
) -> None:
    """Serve a folder of originals until interrupted; *edge_cache* is in bytes.

    *publish* receives the variables with which other commands find the server.

    Raises:
        BadSetting: a setting of the policy in the environment is invalid.

    """
    policy = read_policy(os.environ)
    signer = choose_key(policy)
    link = sign_links(signer)
    base = format_url(listener)
    variables = {
        name: value
        for name, value in os.environ.items()
        if value and (name in POLICY or name.startswith("LIMIT_"))
    }
    set_prices()
    variables |= start_cloud() | {SERVER_URL: base}
    os.environ["WARM_PRESETS"] = " ".join(read_warm_presets(os.environ, policy))
    if not direct:
        for name in POLICY:
            os.environ.pop(name, None)
    os.environ["BUCKET_IN_FRONT"] = str(not direct).lower()
    log.write = _print_failure
    token = _create_upload_token()
    variables["UPLOAD_TOKENS"] = os.environ["UPLOAD_TOKENS"]
    # Imported here: the handlers read the environment that `start_cloud` has just set.
    from origin_lambda import handler

    handlers = Handlers(handler.origin, handler.ingest, handler.upload)
    settings = Settings.from_environment(os.environ)
    traffic = LocalTraffic(build_popularity(settings), build_worker(settings))
    edge = None
    if not direct:
        edge = build_edge(Invoker(handler.origin), policy, Cache(edge_cache), traffic.count)
    laptop = build_laptop(root, handlers, edge, token, signer)
    for stop in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, _exit)
    loops = (
        Loop("ingest", laptop.worker.poll),
        Loop("alerts", laptop.alerts.poll),
        Loop("folder", laptop.folder.scan, _SCAN_SECONDS),
        Loop("views", traffic.store, _COUNT_SECONDS),
        Loop("refine", traffic.refine, _REFINE_SECONDS),
    )
    publish(variables)
    _print_welcome(laptop.folder, listener, link, bool(token))
    config = uvicorn.Config(
        laptop.application, log_level="warning", timeout_graceful_shutdown=_STOP_SECONDS
    )
    server = uvicorn.Server(config)
    with run_loops(*loops), contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def _exit(number: int, _frame: object) -> NoReturn:
    """Exit through every `finally`; uvicorn raises a signal again once it has shut down."""
    raise SystemExit(128 + number)


def _create_upload_token() -> str:
    """Return a new token for the upload page; an empty one if UPLOAD_TOKENS is set."""
    if os.environ.get("UPLOAD_TOKENS"):
        return ""
    token = secrets.token_urlsafe()
    os.environ["UPLOAD_TOKENS"] = json.dumps({"local": token})
    return token


def _print_welcome(
    folder: Folder, listener: socket.socket, link: LinkBuilder, has_token: bool
) -> None:
    base = format_url(listener)
    pictures = [key for key in folder.list_keys() if looks_like_picture(key)]
    print_line(f"Calotype serves {len(pictures)} originals of {folder.root}")
    if not folder.is_eager():
        print_line("The folder is large: each original is ingested when it is first requested.")
    if listener.getsockname()[0] in _ANY_ADDRESS:
        print_line("Every machine that reaches this one can use the pages, too.")
    print_line(f"\n  {base}/_/   try every parameter on a picture, and copy its tag")
    print_line(f"  {base}/_/recipes   parts of a page to copy: hero, cards, avatars and more")
    print_line(f"  {base}/   a gallery")
    fills = "it fills in a token itself" if has_token else "with one of UPLOAD_TOKENS"
    print_line(f"  {base}/_/upload   upload a picture; {fills}")
    print_line(f"  {base}/_/alerts   what subscribers receive\n")
    # Spread over the folder, so that the examples show different pictures.
    shown = [key for key in pictures if not key.startswith(DEFAULT_LAYER_PREFIX)] or pictures
    examples = shown[:: max(1, len(shown) // len(_EXAMPLE_QUERIES))]
    for key, query in zip(examples, _EXAMPLE_QUERIES, strict=False):
        print_line(f"  {base}{link(key, query)}")
    print_line("\nStop with Ctrl-C.\n")


def _print_failure(line: str) -> None:
    """Print a log line of a failure; `RequestLogger` and the alerts print shorter lines."""
    facts = json.loads(line)
    error = facts.get("error", "")
    if facts["event"] == "crashed" or (
        facts["event"] == "ingest-failed" and not error.startswith("Unavailable")
    ):
        print_line(f"{facts['event']}: {error}")
