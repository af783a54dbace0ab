"""Serve the upload API as an HTTP API does, and a page that uploads with it.

The API is below `/_/`, as if `_` were its stage, so that an original `uploads/tom.jpg` has its
usual URL.
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

from infra.laptop.links import LinkBuilder, build_unsigned_link

_STAGE: Final = "_"
_PAGE: Final = Path(__file__).parent / "upload.html"
_METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

Handler = Callable[[Mapping[str, Any], Any], dict[str, Any]]


def build_http_api_event(
    method: str, path: str, headers: Mapping[str, str], body: bytes
) -> dict[str, Any]:
    """Return the event of an HTTP API (payload format 2.0); *path* is already decoded."""
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


def render_upload_page(token: str = "") -> str:
    """Return the page as HTML, with *token* in its form."""
    page = _PAGE.read_text(encoding="utf-8")
    return page.replace("{{API}}", f"/{_STAGE}").replace("{{TOKEN}}", html.escape(token))


def build_routes(
    handler: Handler, token: str = "", build_link: LinkBuilder = build_unsigned_link
) -> list[Route]:
    """Return the routes of the page `/_/upload` and of the API, `/_/uploads` and `/_/uploads/KEY`.

    `/_/links/KEY` returns the URLs that the page shows: of the original, and of a derivative.
    """

    async def page(request: Request) -> Response:
        del request
        return HTMLResponse(render_upload_page(token), headers={"cache-control": "no-store"})

    async def api(request: Request) -> Response:
        event = build_http_api_event(
            request.method, request.scope["path"], request.headers, await request.body()
        )
        answer = await run_in_threadpool(handler, event, None)
        body = base64.b64decode(answer["body"])
        return Response(body, answer["statusCode"], answer["headers"])

    async def links(request: Request) -> Response:
        key = request.path_params["key"]
        urls = {
            "original": build_link(key, ""),
            "picture": build_link(key, "w=640&auto=format"),
        }
        return JSONResponse(urls, headers={"cache-control": "no-store"})

    return [
        Route(f"/{_STAGE}/upload", page),
        Route(f"/{_STAGE}/links/{{key:path}}", links),
        Route(f"/{_STAGE}/uploads", api, methods=_METHODS),
        Route(f"/{_STAGE}/uploads/{{key:path}}", api, methods=_METHODS),
    ]
