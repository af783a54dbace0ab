"""Serve the playground: its files, and the data that they ask for.

The page loads nothing from elsewhere. Its policy lets it talk to this server, and to the bucket
that uploads go to.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from infra.laptop.links import LinkBuilder
from infra.laptop.playground.layers import locate_layers
from infra.laptop.playground.originals import MAX_ORIGINALS, Originals
from infra.laptop.playground.page_files import PAGE, TYPES, build_headers
from infra.laptop.playground.parameters import describe_table
from origin_lambda.image.geometry import Size

COMPRESSION: Final = [Middleware(GZipMiddleware)]
"""Of pages and their data; pictures are compressed already."""

_UNCACHED: Final = {"cache-control": "no-store"}
_MAX_LINKS: Final = 200
_MAX_DIGITS: Final = 6  # of an offset or a limit


def build_routes(originals: Originals, token: str, link: LinkBuilder) -> list[Route]:
    """Return the routes of the page `/_/`; *token* lets it upload, *link* builds its URLs."""
    secured = _UNCACHED | build_headers(os.environ.get("AWS_ENDPOINT_URL", ""))
    files = {path.name: path for path in PAGE.iterdir() if path.suffix in TYPES}

    async def page(request: Request) -> Response:
        path = files.get(request.path_params.get("name", "index.html"))
        if path is None:
            return JSONResponse({"error": {"message": "no such file"}}, 404, headers=_UNCACHED)
        return FileResponse(path, headers=secured, media_type=TYPES[path.suffix])

    async def parameters(request: Request) -> Response:
        del request
        return _answer(describe_table())

    async def settings(request: Request) -> Response:
        del request
        is_signed = "?" in link("a", "")
        return _answer({"token": token, "isSigned": is_signed})

    async def search(request: Request) -> Response:
        asked = request.query_params
        key = asked.get("key")
        if key is not None:
            return _answer(await run_in_threadpool(originals.describe, key))
        offset = _read_number(asked, "offset", 0)
        limit = _read_number(asked, "limit", MAX_ORIGINALS)
        found = await run_in_threadpool(originals.search, asked.get("search", ""), offset, limit)
        return _answer(found)

    async def links(request: Request) -> Response:
        asked = await request.json()
        queries = asked["queries"][:_MAX_LINKS]
        return _answer({"links": [link(asked["key"], query) for query in queries]})

    async def layers(request: Request) -> Response:
        asked = request.query_params
        canvas = Size(_read_number(asked, "width", 1), _read_number(asked, "height", 1))
        query = asked.get("query", "")
        found = await run_in_threadpool(locate_layers, query, canvas, originals.find_record)
        return _answer({"layers": found})

    return [
        Route("/_/", page, middleware=COMPRESSION),
        Route("/_/page/{name}", page, middleware=COMPRESSION),
        Route("/_/parameters.json", parameters, middleware=COMPRESSION),
        Route("/_/settings.json", settings),
        Route("/_/originals.json", search, middleware=COMPRESSION),
        Route("/_/layers.json", layers),
        Route("/_/links.json", links, methods=["POST"], middleware=COMPRESSION),
    ]


def _answer(data: Mapping[str, Any]) -> Response:
    return JSONResponse(data, headers=_UNCACHED)


def _read_number(asked: Mapping[str, str], name: str, default: int) -> int:
    text = asked.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= _MAX_DIGITS else default
