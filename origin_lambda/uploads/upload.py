"""The story of an upload.

POST /uploads:     token -> what is to come -> a key of its own -> a form to send it to S3 with
GET /uploads/KEY:  token -> what the catalog says of it, else whether its bytes have come
"""

import dataclasses
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from origin_lambda.errors import (
    BadKey,
    CalotypeError,
    Forbidden,
    MethodNotAllowed,
    NotFound,
    TooLarge,
)
from origin_lambda.http import ALWAYS, PREFLIGHT, Request, Response, error_response
from origin_lambda.log import log_event
from origin_lambda.ports import Bucket, Catalog, PresignedPosts
from origin_lambda.uploads.keys import new_key, slug
from origin_lambda.uploads.request import Announcement
from origin_lambda.uploads.tokens import Token, bearer
from origin_lambda.url.grammar import escape, parse

FORM_SECONDS: Final = 900
"""How long a form may be used: long enough for a person to begin, and a phone to send 100 MB."""

_PATH: Final = "/uploads"
_UNDECODABLE: Final = "\ufffd"
"""What an HTTP API, which decodes paths, puts in place of bytes that are not UTF-8."""
_PREFLIGHT: Final = PREFLIGHT | {
    "access-control-allow-headers": "authorization, content-type",
    "access-control-allow-methods": "GET, HEAD, POST, OPTIONS",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """Answers those who want to upload to a bucket, and those who did.

    No picture has more than *most_bytes*; all keys begin with *prefix*, and then with that of the
    token. Without a catalog there is nothing to wait for: then an original is ready as soon as it
    is there.
    """

    originals: Bucket
    catalog: Catalog | None
    forms: PresignedPosts
    tokens: tuple[Token, ...]
    most_bytes: int
    prefix: str = ""

    def answer(self, request: Request) -> Response:
        """Return the answer to a request, which nobody may keep; every failure is one too."""
        try:
            response = self._answer(request)
        except CalotypeError as error:
            told = {"code": error.code, "param": error.param, "detail": error.detail}
            log_event("upload-refused", **told, status=error.status, request=request.request_id)
            response = error_response(error)
        headers = dict(response.headers) | {"cache-control": "no-store"}
        body = b"" if request.method == "HEAD" else response.body
        return dataclasses.replace(response, headers=headers, body=body)

    def _answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(204, ALWAYS | _PREFLIGHT)
        if request.path == _PATH:
            _only("POST", request)
            return self._announced(request)
        if request.path.startswith(f"{_PATH}/"):
            _only("GET, HEAD", request)
            return self._progress(request)
        message = f"the resources here are {_PATH} and {_PATH}/KEY"
        raise NotFound(message)

    def _announced(self, request: Request) -> Response:
        """Answer with a form by which the announced picture, and no other, may be sent."""
        token = bearer(request.headers, self.tokens)
        coming = Announcement.read(request.body)
        if coming.size is not None and coming.size > self.most_bytes:
            message = f"size must be at most {self.most_bytes:,} bytes"
            raise TooLarge(message, param="size")
        prefix = self.prefix + token.prefix + coming.prefix
        key = new_key(prefix, slug(coming.name), coming.extension)
        expires = int(time.time()) + FORM_SECONDS
        form = self.forms.form(key, coming.media_type, self.most_bytes, FORM_SECONDS)
        log_event(
            "upload-announced",
            token=token.name,
            random=key.split("/")[-2],  # finds the object without telling how it was called
            type=coming.media_type,
            bytes=coming.size,
            request=request.request_id,
        )
        return _json(
            201,
            {
                "key": key,
                "url": form.url,
                "fields": dict(form.fields),
                "expires": expires,
                "max_bytes": self.most_bytes,
                "status": f"{_PATH}/{escape(key)}",
            },
        )

    def _progress(self, request: Request) -> Response:
        """Answer with how far an original has come."""
        token = bearer(request.headers, self.tokens)
        key = parse(request.path.removeprefix(_PATH), "").key
        if _UNDECODABLE in key:
            message = "the path is not percent-encoded UTF-8"
            raise BadKey(message)
        if not key.startswith(self.prefix + token.prefix):
            message = "this token does not reach that key"
            raise Forbidden(message, param="key")
        item = self.catalog.find(key, consistent=True) if self.catalog else None
        told = {"status": self._unlisted(key)} if item is None else _listed(item)
        return _json(200, {"key": key} | told)

    def _unlisted(self, key: str) -> str:
        if self.originals.stat(key) is None:
            return "waiting"
        return "pending" if self.catalog else "ready"


def _listed(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of an item: docs/catalog.md says what is in it."""
    told = {"status": item["status"]}
    if item["reason"]:
        told["reason"] = item["reason"]
    if item["original"]:
        told["original"] = {"version": item["version"], "bytes": item["bytes"], **item["original"]}
    return told


def _only(methods: str, request: Request) -> None:
    if request.method not in methods.split(", "):
        message = f"only {methods} and OPTIONS are answered here"
        raise MethodNotAllowed(message, allow=f"{methods}, OPTIONS")


def _json(status: int, told: Mapping[str, Any]) -> Response:
    return Response(
        status, ALWAYS | {"content-type": "application/json"}, json.dumps(told).encode()
    )
