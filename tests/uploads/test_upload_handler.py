"""The upload function as it is deployed: events of an HTTP API in, real forms out."""

import base64
import json
import re
import runpy
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import httpx2 as httpx
import pytest
from moto import mock_aws
from moto.server import ThreadedMotoServer
from starlette.applications import Starlette
from starlette.testclient import TestClient

from infra.laptop.cloud import ORIGINALS, create_resources
from infra.laptop.uploads import build_http_api_event, build_routes, render_upload_page
from origin_lambda import handler, log
from origin_lambda.settings import BadSetting
from tests.events import event
from tests.support.originals import draw

SECRET = "site-token-0123456789"
BEARER = {"Authorization": f"Bearer {SECRET}"}


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Give the function its environment, and a way to change it before the first request."""
    with mock_aws():
        for name, text in create_resources().items():
            monkeypatch.setenv(name, text)
        monkeypatch.setenv("UPLOAD_TOKENS", json.dumps({"site": SECRET}))
        handler._upload.cache_clear()
        yield monkeypatch.setenv
        handler._upload.cache_clear()


def upload_event(headers: dict[str, str] = BEARER) -> dict[str, Any]:
    made = event("http-api", "/uploads", method="POST", headers=headers)
    return made | {"body": '{"filename": "caf\u00e9 & co.jpg"}'}


def body_of(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["isBase64Encoded"] is True
    body: dict[str, Any] = json.loads(base64.b64decode(answer["body"], validate=True))
    return body


@pytest.mark.usefixtures("deployed")
def test_an_upload_request_is_answered_with_a_presigned_post() -> None:
    answer = handler.upload(upload_event(), None)

    assert answer["statusCode"] == 201
    assert answer["headers"]["content-type"] == "application/json"
    assert body_of(answer)["url"] == f"https://{ORIGINALS}.s3.amazonaws.com/"
    assert body_of(answer)["key"].endswith("/caf\u00e9-co.jpg")
    assert body_of(answer)["max_bytes"] == 100_000_000


def test_keys_begin_with_the_prefix_of_the_deployment(
    deployed: Callable[[str, str], None],
) -> None:
    deployed("UPLOAD_PREFIX", "site/")

    assert body_of(handler.upload(upload_event(), None))["key"].startswith("site/")


@pytest.mark.usefixtures("deployed")
def test_an_api_may_send_the_body_in_base64() -> None:
    sent = upload_event()
    sent |= {"body": base64.b64encode(sent["body"].encode()).decode(), "isBase64Encoded": True}

    assert body_of(handler.upload(sent, None))["key"].endswith("/caf\u00e9-co.jpg")


@pytest.mark.usefixtures("deployed")
def test_the_status_path_is_understood_as_a_browser_sends_it() -> None:
    made = body_of(handler.upload(upload_event(), None))
    asked = event("http-api", made["status"], headers=BEARER)
    before = handler.upload(asked, None)
    boto3.client("s3").put_object(Bucket=ORIGINALS, Key=made["key"], Body=draw("jpeg"))
    after = handler.upload(asked, None)

    assert body_of(before) == {"key": made["key"], "status": "waiting"}
    assert body_of(after) == {"key": made["key"], "status": "pending"}


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer another-token-0123"}])
def test_an_unauthorised_request_gets_the_reason(headers: dict[str, str]) -> None:
    answer = handler.upload(upload_event(headers), None)

    assert (answer["statusCode"], answer["headers"]["www-authenticate"]) == (401, "Bearer")


def test_tokens_may_be_a_secret(deployed: Callable[[str, str], None]) -> None:
    secrets = boto3.client("secretsmanager")
    text = json.dumps({"site": {"token": SECRET, "prefix": "uploads/"}})
    deployed("UPLOAD_TOKENS", secrets.create_secret(Name="tokens", SecretString=text)["ARN"])

    assert body_of(handler.upload(upload_event(), None))["key"].startswith("uploads/")


def test_limit_and_catalog_are_those_of_the_deployment(
    deployed: Callable[[str, str], None],
) -> None:
    deployed("LIMIT_BYTES_IN", "123")
    deployed("CATALOG_TABLE", "")
    boto3.client("s3").put_object(Bucket=ORIGINALS, Key="tom.jpg", Body=draw("jpeg"))

    asked = handler.upload(event("http-api", "/uploads/tom.jpg", headers=BEARER), None)

    assert body_of(asked)["status"] == "ready"
    assert body_of(handler.upload(upload_event(), None))["max_bytes"] == 123


@pytest.mark.usefixtures("deployed")
def test_a_crash_is_an_answer_without_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr(log, "write", lines.append)

    answer = handler.upload({"version": "2.0"}, None)

    assert (answer["statusCode"], body_of(answer)["error"]["code"]) == (500, "internal")
    assert answer["headers"]["access-control-allow-origin"] == "*"
    assert [json.loads(line)["event"] for line in lines] == ["crashed"]


def start(entry_point: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run the module as Lambda does when it starts the function of an entry point."""
    monkeypatch.setenv("_HANDLER", entry_point)
    return runpy.run_path(handler.__file__)


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("entry_point, built", [("upload", 1), ("origin", 0)])
def test_the_start_of_its_own_function_builds_the_service(
    monkeypatch: pytest.MonkeyPatch, entry_point: str, built: int
) -> None:
    started = start(f"origin_lambda.handler.{entry_point}", monkeypatch)

    assert started["_upload"].cache_info().currsize == built


@pytest.mark.parametrize("text", ["", "{}", "hush", '{"site": "short"}'])
def test_without_tokens_the_start_stops(
    deployed: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    deployed("UPLOAD_TOKENS", text)

    with pytest.raises(BadSetting, match="UPLOAD_TOKENS"):
        start("origin_lambda.handler.upload", monkeypatch)


# On a laptop.


@pytest.fixture
def laptop(deployed: Callable[[str, str], None]) -> Iterator[TestClient]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    deployed("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    with TestClient(Starlette(routes=build_routes(handler.upload, SECRET))) as client:
        yield client
    server.stop()


def test_a_picture_goes_over_http_from_upload_request_to_bucket(laptop: TestClient) -> None:
    form = laptop.post(
        "/_/uploads",
        headers=BEARER,
        json={"filename": "\u732b 100%.jpg", "prefix": "cats"},
    ).json()
    file = {"file": ("blob", draw("jpeg"))}
    sent = httpx.post(form["url"], data=form["fields"], files=file, headers={"Origin": "http://x"})

    asked = laptop.get(f"/_{form['status']}", headers=BEARER)

    assert sent.status_code == 201
    assert sent.headers["access-control-allow-origin"] in {"*", "http://x"}
    assert asked.json() == {"key": form["key"], "status": "pending"}
    stored = boto3.client("s3").get_object(Bucket=ORIGINALS, Key=form["key"])
    assert (stored["Body"].read(), stored["ContentType"]) == (draw("jpeg"), "image/jpeg")


def test_a_browsers_preflight_is_answered_by_api_and_bucket(laptop: TestClient) -> None:
    form = laptop.post("/_/uploads", headers=BEARER, json={"filename": "tom.jpg"}).json()
    asks = {"Origin": "http://x", "Access-Control-Request-Method": "POST"}

    answers = [laptop.options("/_/uploads", headers=asks), httpx.options(form["url"], headers=asks)]

    for answer in answers:
        assert answer.is_success
        assert answer.headers["access-control-allow-origin"] in {"*", "http://x"}
        assert "POST" in answer.headers["access-control-allow-methods"]


def test_the_page_is_filled_with_the_token_and_needs_nothing_else(laptop: TestClient) -> None:
    answer = laptop.get("/_/upload")

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f'value="{SECRET}"' in answer.text
    assert "{{" not in answer.text
    assert not re.search(r"""https?:|src=|href="(?!data:|/)|@import|url\(""", answer.text)
    assert 'value="&quot;&gt;"' in render_upload_page('">')


def test_the_laptops_event_has_what_a_recorded_one_has() -> None:
    recorded = event("http-api", "/uploads", method="POST")

    made = build_http_api_event("POST", "/_/uploads", {}, b"tom")

    assert made.keys() <= recorded.keys() | {"body"}
    assert made["requestContext"].keys() <= recorded["requestContext"].keys()
    assert made["requestContext"]["http"].keys() <= recorded["requestContext"]["http"].keys()
