"""Services of the origin, and the modules that it starts without."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest

from origin_lambda import bootstrap
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.image.probe import sniff
from origin_lambda.image.source import Decoding
from tests.support.originals import draw

ANSWER = """
import gc, json, sys
gc.disable()
import origin_lambda.handler as handler
assert gc.isenabled() and gc.get_freeze_count() > 0
started = sorted(sys.modules)
event = {
    "version": "2.0",
    "rawPath": "/tom.jpg",
    "rawQueryString": "w=30&fm=webp",
    "headers": {},
    "requestContext": {"http": {"method": "GET"}, "requestId": "1"},
}
answer = handler.origin(event, None)
print(json.dumps([started, answer["statusCode"], sorted(sys.modules)]))
"""
ENVIRONMENT = {
    "ORIGINALS_BUCKET": "originals",
    "DERIVATIVES_BUCKET": "derivatives",
    "CATALOG_TABLE": "catalog",
    "AWS_REGION": "us-east-1",
    "_HANDLER": "origin_lambda.handler.origin",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "SIGNING_KEYS": '{"2026": "a-key"}',
}


class Services(BaseHTTPRequestHandler):
    """S3 with one original, an empty catalog, and a queue."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(draw("jpeg"), 200 if self.path == "/originals/tom.jpg" else 404)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(b"{}")

    do_PUT = do_POST  # noqa: N815 reason: the name of a method of HTTP

    def _answer(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("ETag", '"v1"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 reason: its name
        pass


class Imported(NamedTuple):
    """Modules that are imported when the origin has started, and after its first answer."""

    started: set[str]
    answered: set[str]


@pytest.fixture(scope="module")
def imports() -> Imported:
    with ThreadingHTTPServer(("127.0.0.1", 0), Services) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        there = {"AWS_ENDPOINT_URL": url, "INGEST_QUEUE_URL": f"{url}/queue"}
        process = subprocess.run(
            [sys.executable, "-c", ANSWER],
            env=os.environ | ENVIRONMENT | there,
            capture_output=True,
            text=True,
            check=True,
        )
        server.shutdown()
    started, status, answered = json.loads(process.stdout.splitlines()[-1])
    assert status == 200
    return Imported(set(started), set(answered))


@pytest.fixture
def imported(imports: Imported) -> set[str]:
    """Return the modules that are imported when the origin has started, before any request."""
    return imports.started


@pytest.mark.parametrize("vendor", ["boto3", "botocore", "urllib3", "moto"])
def test_the_origin_starts_without_boto3(imported: set[str], vendor: str) -> None:
    assert "origin_lambda.adapters.slim.s3" in imported
    assert not {name for name in imported if name.partition(".")[0] == vendor}


@pytest.mark.parametrize(
    "needless",
    [
        "blurhash_rs",
        "pillow_heif",
        "PIL.AvifImagePlugin",
        "py_svg_hush",
        "origin_lambda.adapters.resvg",
        "resvg_py",
        "subprocess",
        "origin_lambda.adapters.lambda_extension",
        "origin_lambda.adapters.pillow.measurer",
        "origin_lambda.image.analysis.quality_curves",
        "origin_lambda.originals.dispatch",
        "origin_lambda.originals.ingest",
        "origin_lambda.uploads.upload",
    ],
)
def test_the_origin_starts_without_rarely_used_modules(imported: set[str], needless: str) -> None:
    assert needless not in imported


@pytest.mark.parametrize(
    "needless",
    [
        "PIL.TiffImagePlugin",
        "email",
        "encodings.idna",
        "http.client",
        "origin_lambda.adapters.boto",
        "origin_lambda.derivatives.metadata",
        "origin_lambda.image.cleaning.exif",
        "origin_lambda.image.containers.png",
    ],
)
def test_the_first_derivative_of_a_jpeg_needs_no_rarely_used_modules(
    imports: Imported, needless: str
) -> None:
    assert "PIL.WebPImagePlugin" in imports.answered
    assert needless not in imports.answered


def test_lazy_adapters_give_the_same_results() -> None:
    data = draw("jpeg")
    late, early = bootstrap._LazyMeasurer(), PillowMeasurer()
    codec = PillowCodec()
    (frame,) = codec.decode(data, Decoding(sniff(data)))

    assert late.measure(frame.raster) == early.measure(frame.raster)
    assert late.score_likeness(frame.raster, frame.raster) == early.score_likeness(
        frame.raster, frame.raster
    )
    assert late.describe(data, sniff(data)) == early.describe(data, sniff(data))
    assert b"script" not in bootstrap._sanitise(
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"
    )
