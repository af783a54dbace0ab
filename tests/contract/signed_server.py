"""Serves moto over HTTP and checks every signature, as AWS does and moto does not.

botocore computes the expected signature from the request that arrived.
"""

import hashlib
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import httpx2 as httpx
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.contract.aws import environment_for

KEY_ID: Final = "testing"
SECRET: Final = "testing"
RESET: Final = "/moto-api/reset"
_FORBIDDEN: Final = b"<Error><Code>SignatureDoesNotMatch</Code></Error>"
_AUTHORIZATION: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<credential>\S+), "
    r"SignedHeaders=(?P<names>\S+), Signature=(?P<signature>[0-9a-f]{64})"
)


@contextmanager
def serve_moto() -> Iterator[str]:
    """Serve moto with a check of signatures; yield its URL."""
    application = _SignatureCheck(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_SilentHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def reset_moto(url: str) -> dict[str, str]:
    """Delete all resources of a served moto; return environment variables that point to it."""
    httpx.post(url + RESET).raise_for_status()
    return environment_for(url)


class _SilentHandler(WSGIRequestHandler):
    """Logs no requests."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 reason: werkzeug's name
        pass


class _SignatureCheck:
    """A WSGI application that passes on only correctly signed requests."""

    def __init__(self, application: Any) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = _Body(body)
        target = environ["REQUEST_URI"]
        if target == RESET or is_signed(environ["REQUEST_METHOD"], target, _headers(environ), body):
            answer: Iterable[bytes] = self.application(environ, start_response)
            return answer
        start_response("403 Forbidden", [("content-length", str(len(_FORBIDDEN)))])
        return [_FORBIDDEN]


class _Body:
    """A body that has been read already."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, size: int = -1) -> bytes:
        size = len(self.data) if size < 0 else size
        part, self.data = self.data[:size], self.data[size:]
        return part


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    return headers | {"content-type": environ.get("CONTENT_TYPE", "")}


def is_signed(method: str, target: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a request is correctly signed with our secret."""
    parts = urlsplit(f"http://{headers['host']}{target}")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if quote(unquote(parts.path)) != parts.path:
        return False
    if found := _AUTHORIZATION.fullmatch(headers.get("authorization", "")):
        credential, signature = found["credential"], found["signature"]
        names = found["names"].split(";")
        moment = headers["x-amz-date"]
        _, _, region, service, _ = credential.split("/")
        kind = S3SigV4Auth if service == "s3" else SigV4Auth
        sent_hash = headers.get("x-amz-content-sha256", "")
        if service == "s3" and sent_hash != hashlib.sha256(body).hexdigest():
            return False
        if not {name for name in headers if name.startswith("x-amz-")} <= set(names):
            return False
    elif "X-Amz-Signature" in query:
        credential, signature = query["X-Amz-Credential"], query.pop("X-Amz-Signature")
        names, moment, kind = ["host"], query["X-Amz-Date"], S3SigV4QueryAuth
        _, _, region, service, _ = credential.split("/")
    else:
        return False
    request = AWSRequest(
        method,
        f"http://{headers['host']}{parts.path}",
        {name: headers[name] for name in names},
        body,
        query,
    )
    request.context["timestamp"] = moment
    oracle = kind(Credentials(KEY_ID, SECRET), service, region)
    text = oracle.string_to_sign(request, oracle.canonical_request(request))
    return bool(
        "host" in names
        and credential == oracle.scope(request)
        and signature == oracle.signature(text, request)
    )
