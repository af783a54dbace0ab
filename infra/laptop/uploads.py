"""Uploads on a laptop: the API as an HTTP API serves it, and a page that uploads with it.

The API is the stage `_` of an HTTP API, so that no original's URL is taken from it: originals may
have keys that begin with `uploads/`.
"""

import base64
import html
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from infra.laptop.links import Link, link_plainly

_STAGE: Final = "_"
_PAGE: Final = Path(__file__).parent / "upload.html"
_METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

Handler = Callable[[Mapping[str, Any], Any], dict[str, Any]]


def http_api_event(
    method: str, path: str, headers: Mapping[str, str], body: bytes
) -> dict[str, Any]:
    """Return the event of an HTTP API (payload format 2.0); *path* is decoded already."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": dict(headers),
        "requestContext": {
            "domainName": "calotype.execute-api.us-east-1.amazonaws.com",
            "requestId": str(uuid.uuid4()),
            "stage": _STAGE,
            "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def upload_page(token: str = "") -> str:
    """Return the page, its form filled with a token."""
    page = _PAGE.read_text(encoding="utf-8")
    return page.replace("{{API}}", f"/{_STAGE}").replace("{{TOKEN}}", html.escape(token))


def routes(handler: Handler, token: str = "", link: Link = link_plainly) -> list[Route]:
    """Return the page at `/_/upload`, and the API below `/_`: `/_/uploads`, `/_/uploads/KEY`.

    The page shows what `/_/links/KEY` answers: URLs of the original and of a picture of it.
    """

    async def page(request: Request) -> Response:
        del request
        return HTMLResponse(upload_page(token), headers={"cache-control": "no-store"})

    async def api(request: Request) -> Response:
        event = http_api_event(
            request.method, request.scope["path"], request.headers, await request.body()
        )
        answer = await run_in_threadpool(handler, event, None)
        body = base64.b64decode(answer["body"])
        return Response(body, answer["statusCode"], answer["headers"])

    async def links(request: Request) -> Response:
        key = request.path_params["key"]
        urls = {"original": link(key, ""), "picture": link(key, "w=640&auto=format")}
        return JSONResponse(urls, headers={"cache-control": "no-store"})

    return [
        Route(f"/{_STAGE}/upload", page),
        Route(f"/{_STAGE}/links/{{key:path}}", links),
        Route(f"/{_STAGE}/uploads", api, methods=_METHODS),
        Route(f"/{_STAGE}/uploads/{{key:path}}", api, methods=_METHODS),
    ]
