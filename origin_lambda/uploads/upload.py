"""Answers the requests of an upload.

POST /uploads:     check the token -> parse the request -> generate a key -> presigned POST to S3
GET /uploads/KEY:  check the token -> status from the catalog, else from the bucket
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
from origin_lambda.uploads.keys import generate, make_slug
from origin_lambda.uploads.request import UploadRequest
from origin_lambda.uploads.tokens import Token, authenticate
from origin_lambda.url.grammar import escape, parse

PRESIGNED_SECONDS: Final = 900
"""Validity of a presigned POST: enough for a person to start, and a phone to send 100 MB."""

_PATH: Final = "/uploads"
_UNDECODABLE: Final = "\ufffd"
"""HTTP APIs decode paths; they write this character in place of bytes that are not UTF-8."""
_PREFLIGHT: Final = PREFLIGHT | {
    "access-control-allow-headers": "authorization, content-type",
    "access-control-allow-methods": "GET, HEAD, POST, OPTIONS",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """Answers requests to upload, and for the status of an upload.

    A picture can have up to *most_bytes* bytes. Keys begin with *prefix* and the token's prefix.
    Without a catalog an original is ready as soon as it is in the bucket.
    """

    originals: Bucket
    catalog: Catalog | None
    posts: PresignedPosts
    tokens: tuple[Token, ...]
    most_bytes: int
    prefix: str = ""

    def answer(self, request: Request) -> Response:
        """Return the answer to a request, which is never cached. Errors are answers too."""
        try:
            response = self._answer(request)
        except CalotypeError as error:
            reason = {"code": error.code, "param": error.param, "detail": error.detail}
            log_event("upload-refused", **reason, status=error.status, request=request.request_id)
            response = error_response(error)
        headers = dict(response.headers) | {"cache-control": "no-store"}
        body = b"" if request.method == "HEAD" else response.body
        return dataclasses.replace(response, headers=headers, body=body)

    def _answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(204, ALWAYS | _PREFLIGHT)
        if request.path == _PATH:
            _require_method("POST", request)
            return self._create_post(request)
        if request.path.startswith(f"{_PATH}/"):
            _require_method("GET, HEAD", request)
            return self._read_status(request)
        message = f"the resources here are {_PATH} and {_PATH}/KEY"
        raise NotFound(message)

    def _create_post(self, request: Request) -> Response:
        """Return the answer with a presigned POST for the requested picture only."""
        token = authenticate(request.headers, self.tokens)
        upload = UploadRequest.parse(request.body)
        if upload.size is not None and upload.size > self.most_bytes:
            message = f"size must be at most {self.most_bytes:,} bytes"
            raise TooLarge(message, param="size")
        prefix = self.prefix + token.prefix + upload.prefix
        key = generate(prefix, make_slug(upload.name), upload.extension)
        expires = int(time.time()) + PRESIGNED_SECONDS
        post = self.posts.presign(key, upload.media_type, self.most_bytes, PRESIGNED_SECONDS)
        log_event(
            "upload-announced",
            token=token.name,
            random=key.split("/")[-2],  # identifies the object without revealing its file name
            type=upload.media_type,
            bytes=upload.size,
            request=request.request_id,
        )
        return _json(
            201,
            {
                "key": key,
                "url": post.url,
                "fields": dict(post.fields),
                "expires": expires,
                "max_bytes": self.most_bytes,
                "status": f"{_PATH}/{escape(key)}",
            },
        )

    def _read_status(self, request: Request) -> Response:
        """Return the answer with the status of an original."""
        token = authenticate(request.headers, self.tokens)
        key = parse(request.path.removeprefix(_PATH), "").key
        if _UNDECODABLE in key:
            message = "the path is not percent-encoded UTF-8"
            raise BadKey(message)
        if not key.startswith(self.prefix + token.prefix):
            message = "the key does not begin with the prefix of this token"
            raise Forbidden(message, param="key")
        item = self.catalog.find(key, consistent=True) if self.catalog else None
        state = {"status": self._status_of_unknown(key)} if item is None else _describe(item)
        return _json(200, {"key": key} | state)

    def _status_of_unknown(self, key: str) -> str:
        if self.originals.stat(key) is None:
            return "waiting"
        return "pending" if self.catalog else "ready"


def _describe(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public part of a catalog item (docs/catalog.md)."""
    state = {"status": item["status"]}
    if item["reason"]:
        state["reason"] = item["reason"]
    if item["original"]:
        state["original"] = {"version": item["version"], "bytes": item["bytes"], **item["original"]}
    return state


def _require_method(methods: str, request: Request) -> None:
    if request.method not in methods.split(", "):
        message = f"only {methods} and OPTIONS are answered here"
        raise MethodNotAllowed(message, allow=f"{methods}, OPTIONS")


def _json(status: int, document: Mapping[str, Any]) -> Response:
    return Response(
        status, ALWAYS | {"content-type": "application/json"}, json.dumps(document).encode()
    )
