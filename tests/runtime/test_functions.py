"""The deployed functions: from the files of their package alone, in Lambda's own runtime client."""

import base64
import io
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from PIL import Image

from infra.laptop.cloud import DERIVATIVES, ORIGINALS
from infra.laptop.runtime_api import RuntimeApi, RuntimeFailed
from origin_lambda.originals.catalog import find_record
from origin_lambda.originals.record import Status
from tests.events import event, sample
from tests.runtime.conftest import Start
from tests.support.originals import draw

BEARER = {"Authorization": "Bearer site-token-0123456789"}
UPLOADS = {"UPLOAD_TOKENS": json.dumps({"site": "site-token-0123456789"})}

READABLE = [
    "jpeg",
    "jpeg-cmyk",
    "jpeg-wide-gamut",
    "png-alpha",
    "apng",
    "gif-animated",
    "webp",
    "avif",
    "heic",
    "tiff",
    "bmp",
]
WRITABLE = ["jpg", "png", "png8", "webp", "avif", "gif"]


def put(key: str, body: bytes) -> None:
    boto3.client("s3").put_object(Bucket=ORIGINALS, Key=key, Body=body)


def get(path: str, query: str = "") -> dict[str, Any]:
    return event("function-url", path, query)


def body_of(answer: dict[str, Any]) -> bytes:
    assert answer["isBase64Encoded"] is True
    return base64.b64decode(answer["body"], validate=True)


def test_the_origin_renders_and_stores_a_derivative_and_finds_it_the_next_time(
    start: Start,
) -> None:
    put("tom.jpg", draw("jpeg"))

    with start("origin") as function:
        first = function.api.invoke(get("/tom.jpg", "w=20&fm=webp"))
        second = function.api.invoke(get("/tom.jpg", "w=20&fm=webp"))

    assert (first["statusCode"], first["headers"]["content-type"]) == (200, "image/webp")
    assert first["headers"]["x-calotype"].startswith("render")
    assert second["headers"]["x-calotype"].startswith("stored")
    assert first["headers"]["server-timing"].startswith("init;dur=")
    assert "init" not in second["headers"].get("server-timing", "")
    assert body_of(first) == body_of(second)
    with Image.open(io.BytesIO(body_of(first))) as image:
        assert (image.format, image.width) == ("WEBP", 20)
    stored = boto3.client("s3").list_objects_v2(Bucket=DERIVATIVES)["Contents"]
    assert [each["Key"] for each in stored] == ["tom.jpg/fm=webp,r=4,w=20"]


@pytest.mark.parametrize("streams", [False, True], ids=["buffered", "streamed"])
def test_the_caller_has_the_answer_before_the_derivative_is_stored(
    start: Start, streams: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, happened = draw("jpeg"), []

    class Bucket(BaseHTTPRequestHandler):
        """A bucket that only notes when a derivative arrives."""

        def do_GET(self) -> None:
            self._answer(original)

        do_HEAD = do_GET  # noqa: N815 reason: the name of a method of HTTP

        def do_PUT(self) -> None:
            happened.append("stored")
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 reason: its name
            pass

    def accept(api: RuntimeApi, path: str, *posted: Any) -> bool:
        happened.append("answered")
        return accept_post(api, path, *posted)

    accept_post = RuntimeApi.accept_post
    monkeypatch.setattr(RuntimeApi, "accept_post", accept)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    at = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}", "CATALOG_TABLE": ""}
    with start("origin", at, streams=streams) as function:
        function.api.wait_for_start()
        invoke = function.api.invoke_streamed if streams else function.api.invoke
        for width in range(20, 30):
            invoke(get("/tom.jpg", f"w={width}&fm=webp"))
            function.api.wait_for_start()  # only then is the next event delivered
    server.shutdown()
    server.server_close()

    assert happened == ["answered", "stored"] * 10


def test_the_origin_streams_what_is_too_large_for_a_buffered_answer(start: Start) -> None:
    picture = Image.frombytes("RGB", (1600, 1600), os.urandom(3 * 1600 * 1600))
    buffer = io.BytesIO()
    picture.save(buffer, "png")
    put("noise.png", buffer.getvalue())

    with start("origin", {"BARE_ORIGINALS": "as-is"}, streams=True) as function:
        own = function.api.invoke_streamed(get("/noise.png"))
        missing = function.api.invoke_streamed(get("/missing.jpg", "w=20"))
        rendered = function.api.invoke_streamed(get("/noise.png", "w=1500&fm=png"))

    assert own.status == 200
    assert own.body == buffer.getvalue()
    assert own.headers["server-timing"].startswith("init;dur=")
    assert (missing.status, json.loads(missing.body)["error"]["code"]) == (404, "no-such-original")
    assert rendered.status == 200
    assert len(rendered.body) > 6_000_000
    with Image.open(io.BytesIO(rendered.body)) as image:
        assert image.size == (1500, 1500)


def test_a_bad_setting_stops_the_start_of_streaming_with_its_name(start: Start) -> None:
    with (
        start("origin", {"LIMIT_SIDE": "none"}, streams=True) as function,
        pytest.raises(RuntimeFailed, match="LIMIT_SIDE"),
    ):
        function.api.wait_for_start()


def test_the_origin_converts_every_format_to_every_other(start: Start) -> None:
    for name in READABLE:
        put(name, draw(name))

    with start("origin") as function:
        answers = {
            (name, form): function.api.invoke(get(f"/{name}", f"w=16&fm={form}"))["statusCode"]
            for name in READABLE
            for form in WRITABLE
        }

    assert set(answers.values()) == {200}


@pytest.mark.parametrize("query", ["fm=json", "fm=blurhash", "fm=thumbhash", "palette=json", "w=9&rot=7&bg=teal", "w=20&h=20&fit=crop&crop=faces"])  # fmt: skip
def test_the_origin_answers_rare_requests(start: Start, query: str) -> None:
    put("tom.jpg", draw("jpeg"))

    with start("origin") as function:
        assert function.api.invoke(get("/tom.jpg", query))["statusCode"] == 200


def test_the_origin_sanitises_an_svg(start: Start) -> None:
    put("logo.svg", draw("svg-hostile"))

    with start("origin") as function:
        answer = function.api.invoke(get("/logo.svg"))

    assert answer["headers"]["content-type"].startswith("image/svg+xml")
    assert b"<svg" in body_of(answer)
    assert b"<script" not in body_of(answer)


def test_the_origin_draws_an_svg_in_a_process_of_its_own(start: Start) -> None:
    put("logo.svg", draw("svg"))

    with start("origin") as function:
        answer = function.api.invoke(get("/logo.svg", "fm=png&w=90"))

    with Image.open(io.BytesIO(body_of(answer))) as picture:
        assert (picture.format, picture.size) == ("PNG", (90, 60))
        assert picture.convert("RGB").getpixel((10, 25)) == (214, 40, 40)


def test_a_missing_original_is_answered_with_404(start: Start) -> None:
    with start("origin") as function:
        answer = function.api.invoke(get("/missing.jpg", "w=20"))

    assert answer["statusCode"] == 404


@pytest.mark.parametrize("wrapping", ["s3", "sqs"])
def test_ingest_accepts_an_event_of_the_originals_bucket(start: Start, wrapping: str) -> None:
    put("tom.jpg", draw("photograph"))
    record = sample("s3")["Records"][0]
    record["s3"]["bucket"]["name"] = ORIGINALS
    record["s3"]["object"]["key"] = "tom.jpg"
    message: dict[str, Any] = {"Records": [record]}
    if wrapping == "sqs":
        message = sample("sqs") | {
            "Records": [sample("sqs")["Records"][0] | {"body": json.dumps(message)}]
        }

    with start("ingest") as function:
        answer = function.api.invoke(message)

    assert answer == ({"batchItemFailures": []} if wrapping == "sqs" else {})
    assert find_status("tom.jpg") == Status.READY


def find_status(key: str) -> Status:
    from infra.laptop.cloud import CATALOG
    from origin_lambda.adapters.boto.clients import SINGLE_TRY, client
    from origin_lambda.adapters.boto.dynamodb import DynamoCatalog

    record = find_record(DynamoCatalog(client("dynamodb", SINGLE_TRY), CATALOG), key)
    assert record is not None
    return record.status


def test_upload_answers_with_a_presigned_post(start: Start) -> None:
    sent = event("http-api", "/uploads", method="POST", headers=BEARER)
    sent |= {"body": '{"filename": "tom.jpg"}'}

    with start("upload", UPLOADS) as function:
        answer = function.api.invoke(sent)

    assert answer["statusCode"] == 201
    assert json.loads(body_of(answer))["key"].endswith("/tom.jpg")


def test_a_bad_setting_stops_the_start_with_its_name(start: Start) -> None:
    with (
        start("origin", {"LIMIT_SIDE": "wide"}) as function,
        pytest.raises(RuntimeFailed, match="LIMIT_SIDE"),
    ):
        function.api.wait_for_start()


def test_a_failed_ingest_is_an_error_for_lambda(start: Start) -> None:
    message = sample("s3")
    message["Records"][0]["s3"]["bucket"]["name"] = ORIGINALS
    put("cats/tom & jerry+\u00e9.jpg", draw("jpeg"))

    with (
        start("ingest", {"CATALOG_TABLE": "nowhere"}) as function,
        pytest.raises(RuntimeFailed, match="DispatchFailed"),
    ):
        function.api.invoke(message)
