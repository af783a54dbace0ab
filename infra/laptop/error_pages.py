"""Answer a person's browser with a page instead of the JSON of an error.

Only the local server does this. On AWS the cache key has no `Accept`, so a cached page could reach
an `<img>` (docs/decisions/0052-show-errors-to-people-as-pages.md).
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from origin_lambda.url.grammar import find_row

_TEMPLATE: Final = (Path(__file__).parent / "error.html").read_text(encoding="utf-8")
_STYLE: Final = re.search(r"<style>(.*?)</style>", _TEMPLATE, re.DOTALL)
_STYLE_HASH: Final = base64.b64encode(
    hashlib.sha256(_STYLE[1].encode() if _STYLE else b"").digest()
).decode()
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_VARY: Final = "Accept, Sec-Fetch-Dest"
_CODE: Final = re.compile(r"`([^`]+)`")


def is_navigation(headers: Mapping[str, str]) -> bool:
    """Whether a person opens this URL: the browser navigates, and asks for HTML before JSON."""
    if headers.get("sec-fetch-dest", "document") != "document":
        return False
    qualities = _read_accept(headers.get("accept", ""))
    wanted = qualities.get("text/html", 0.0)
    return wanted > 0 and wanted >= qualities.get("application/json", 0.0)


def _read_accept(text: str) -> dict[str, float]:
    """Return the quality of each media type that an `Accept` names."""
    qualities = {}
    for part in text.lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        qualities[name] = float(quality) if re.fullmatch(r"[01](\.\d{0,3})?", quality) else 0.0
    return qualities


@dataclass(frozen=True, slots=True)
class ErrorPages:
    """An ASGI application that turns JSON errors into pages, for navigations only.

    The pages are never cached. JSON errors are answered unchanged, with a `Vary`, so that a browser
    does not show one to a person.
    """

    application: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        error: dict[str, Any] = {}
        body = bytearray()

        async def send_page(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_error(message):
                if not is_navigation(Headers(scope=scope)):
                    MutableHeaders(scope=message).add_vary_header(_VARY)
                else:
                    error.update(message)
                    return
            if message["type"] == "http.response.body" and error:
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    await _send_page(scope, error, bytes(body), send)
                return
            await send(message)

        await self.application(scope, receive, send_page)


def _is_error(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    is_json = headers.get("content-type", "").startswith("application/json")
    return bool(message["status"] >= HTTPStatus.BAD_REQUEST) and is_json


async def _send_page(scope: Scope, start: Message, body: bytes, send: Send) -> None:
    path = scope["raw_path"].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    page = render_page(start["status"], json.loads(body or b"{}").get("error", {}), path, query)
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["content-type"] = "text/html; charset=utf-8"
    headers["content-length"] = str(len(page))
    headers["cache-control"] = "no-store"
    headers["content-security-policy"] = _POLICY
    headers.add_vary_header(_VARY)
    await send(dict(start) | {"headers": headers.raw})
    is_head = scope["method"] == "HEAD"
    await send({"type": "http.response.body", "body": b"" if is_head else page})


def render_page(status: int, error: Mapping[str, str], path: str, query: str) -> bytes:
    """Return the page of an error: what is wrong, what is accepted, a link to the playground."""
    message = error.get("message", "") or "This URL cannot be answered"
    values = {
        "STATUS": str(status),
        "PHRASE": HTTPStatus(status).phrase,
        "CODE": html.escape(error.get("code", "")),
        "MESSAGE": _format_message(message, error.get("param", "")),
        "ABOUT": _describe_parameter(error.get("param", "")),
        "URL": _mark_parameter(path, query, error.get("param", "")),
        "PLAYGROUND": html.escape(f"/_/#{path}{'?' if query else ''}{query}"),
    }
    page = re.sub(r"{{(\w+)}}", lambda match: values[match[1]], _TEMPLATE)
    return page.encode()


def _format_message(message: str, name: str) -> str:
    """Return a message as HTML. It begins with a capital letter, or with a parameter's name."""
    if name and message.startswith(f"{name} "):
        return f"<code>{html.escape(name)}</code>{html.escape(message.removeprefix(name))}"
    return html.escape(message[0].upper() + message[1:])


def _describe_parameter(name: str) -> str:
    row = find_row(name) if name else None
    if row is None:
        return ""
    text = _CODE.sub(r"<code>\1</code>", html.escape(row.param.text))
    return f'<p class="about"><code>{html.escape(row.name)}</code>: {text}</p>'


def _mark_parameter(path: str, query: str, name: str) -> str:
    """Return the URL as HTML, readable, with the wrong parameter marked."""
    row = find_row(name) if name else None
    names = set(row.names) if row else {name}
    pairs = []
    for pair in filter(None, query.split("&")):
        text = html.escape(unquote(pair))
        is_wrong = pair.partition("=")[0] in names
        pairs.append(f"<mark>{text}</mark>" if is_wrong else text)
    return html.escape(unquote(path)) + ("?" + "&amp;".join(pairs) if pairs else "")
