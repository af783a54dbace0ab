"""The whole topology, requested like a browser does: edge, buckets, origin, ingest and pages."""

import asyncio
import errno
import html
import io
import random
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import httpx2 as httpx
import pytest
from moto import mock_aws
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from edge.local.event import ViewerRequest
from edge.local.origins import BucketOrigin, OriginAnswer
from infra.laptop import topology
from infra.laptop.cloud import ORIGINALS, create_resources
from infra.laptop.invocation import Invoker
from infra.laptop.worker import Worker
from origin_lambda.originals.record import Status
from origin_lambda.url.admission import Policy
from origin_lambda.url.urls import sign_url
from tests.support.originals import draw
from tests.support.stack import TOKEN, Stack, run_stack

BASE = "http://img.example.com"
CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


@pytest.fixture
def originals(tmp_path: Path) -> Path:
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "tom.jpg").write_bytes(draw("jpeg"))
    return tmp_path


@pytest.fixture
def stack(originals: Path) -> Iterator[Stack]:
    with run_stack(originals, Policy()) as stack:
        yield stack


def test_a_preset_of_a_new_original_is_stored_before_it_is_requested(originals: Path) -> None:
    with run_stack(originals, Policy(), warm_presets="w=64&fm=webp") as stack:
        deadline = time.monotonic() + 30
        while not stack.derivatives() and time.monotonic() < deadline:
            stack.folder.scan()
            stack.settle()
            time.sleep(0.2)
        (stored,) = stack.derivatives()
        with TestClient(stack.application, base_url=BASE) as client:
            answer = client.get("/cats/tom.jpg?w=64&fm=webp")

    assert stored.startswith("cats/tom.jpg/")
    assert "fm=webp" in stored
    assert answer.headers["x-calotype"].startswith("stored")
    assert stack.invoked == []


@pytest.fixture
def browser(stack: Stack) -> Iterator[TestClient]:
    with TestClient(stack.application, base_url=BASE, headers={"accept": CHROME}) as client:
        yield client


def size(answer: httpx.Response) -> tuple[int, int]:
    return Image.open(io.BytesIO(answer.content)).size


def test_a_derivative_is_rendered_once_and_then_cached_by_the_edge(
    stack: Stack, browser: TestClient
) -> None:
    first = browser.get("/cats/tom.jpg?w=120&auto=format")
    second = browser.get("/cats/tom.jpg?auto=format&utm_source=mail&w=120.0")

    assert (first.status_code, first.headers["content-type"]) == (200, "image/avif")
    assert first.headers["x-cache"] == "Miss from cloudfront"
    assert second.headers["x-cache"] == "Hit from cloudfront"
    assert first.content == second.content
    assert stack.invoked == ["/cats/tom.jpg/fm=auto-avif,r=4,w=120"]


def test_a_stored_derivative_is_answered_without_the_origin(originals: Path) -> None:
    with run_stack(originals, Policy()) as stack:
        with TestClient(stack.application, base_url=BASE) as browser:
            rendered = browser.get("/cats/tom.jpg?w=120&fm=webp")
        stack.invoked.clear()
        other_edge = restart_edge(stack)
        with TestClient(other_edge, base_url=BASE) as browser:
            stored = browser.get("/cats/tom.jpg?w=120&fm=webp")

        assert stack.invoked == []
        assert stored.content == rendered.content
        for name in ("content-type", "cache-control", "content-disposition"):
            assert stored.headers[name] == rendered.headers[name]
        assert stored.headers["x-calotype"].startswith("stored")


def restart_edge(stack: Stack) -> Starlette:
    """Return the application with a cold edge cache and the same buckets, but no handlers."""

    def refuse(event: object, context: object) -> dict[str, object]:
        raise AssertionError(event, context)

    edge = topology.build_edge(Invoker(refuse), Policy())
    return topology.build_laptop(
        stack.originals, topology.Handlers(refuse, refuse, refuse), edge
    ).application


def test_a_replaced_file_shows_at_once(stack: Stack, browser: TestClient) -> None:
    before = browser.get("/cats/tom.jpg?w=100")
    (stack.originals / "cats" / "tom.jpg").write_bytes(draw("jpeg-portrait"))

    after = browser.get("/cats/tom.jpg?w=100")

    assert (size(before), size(after)) == ((100, 67), (100, 150))


def test_an_added_or_deleted_file_shows_at_once(stack: Stack, browser: TestClient) -> None:
    missing = browser.get("/new.png?w=20")
    (stack.originals / "new.png").write_bytes(draw("png-alpha"))
    present = browser.get("/new.png?w=20")
    (stack.originals / "new.png").unlink()
    deleted = browser.get("/new.png?w=20")

    assert [answer.status_code for answer in (missing, present, deleted)] == [404, 200, 404]


def test_a_file_that_cannot_be_read_is_reported_and_answered_from_the_bucket(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(path: Path, mode: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path), mode)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        answer = browser.get("/cats/tom.jpg?w=50")

    assert answer.status_code == 404
    assert "'cats/tom.jpg' cannot be read: Permission denied\n" in capsys.readouterr().out
    assert browser.get("/cats/tom.jpg?w=51").status_code == 200


def test_bad_values_never_reach_the_origin(stack: Stack, browser: TestClient) -> None:
    answer = browser.get("/cats/tom.jpg?w=-1")

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "w"
    assert stack.invoked == []


def test_two_thousand_spellings_of_a_url_make_three_derivatives(
    stack: Stack, browser: TestClient
) -> None:
    dice = random.Random(7)
    accepts = (CHROME, "image/webp,*/*;q=0.5", "*/*", "image/avif;q=0.9,image/webp;q=0.3", "")
    widths = ("120", "120.0", "0120", "119.9", "120.4", "000120.")
    paths = ("/cats/tom.jpg", "/c%61ts/tom.jpg", "/cats/tom%2Ejpg", "/cats/tom%2ejpg")

    for _ in range(2_000):
        pairs = [f"w={dice.choice(widths)}", "auto=format", f"utm_{dice.random()}=x", "w64=", "&"]
        del pairs[3 + dice.randrange(2)]
        pairs = [pair for pair in pairs if not pair.startswith("w64")]
        dice.shuffle(pairs)
        answer = browser.get(
            f"{dice.choice(paths)}?{'&'.join(pairs)}", headers={"accept": dice.choice(accepts)}
        )
        assert answer.status_code == 200

    assert len(stack.derivatives()) <= 3
    assert len(stack.invoked) <= 3


def test_two_hundred_concurrent_requests_cause_one_render(stack: Stack) -> None:
    async def rush() -> list[httpx.Response]:
        transport = httpx.ASGITransport(stack.application)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            requests = [client.get("/cats/tom.jpg?w=99&fm=webp") for _ in range(200)]
            return await asyncio.gather(*requests)

    answers = asyncio.run(rush())

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(stack.invoked) == 1


KEYS = {"2025": "an old secret", "2026": "a new secret"}


@pytest.fixture
def signed_client(originals: Path) -> Iterator[TestClient]:
    policy = Policy(keys=KEYS, require_signature=True)
    with (
        run_stack(originals, policy) as stack,
        TestClient(stack.application, base_url=BASE) as client,
    ):
        yield client


@pytest.mark.parametrize("kid", KEYS)
def test_a_url_signed_with_any_active_key_is_accepted(signed_client: TestClient, kid: str) -> None:
    signed = sign_url(f"{BASE}/cats/tom.jpg?w=50&auto=format", kid, KEYS[kid])

    assert signed_client.get(signed).status_code == 200


def test_a_retired_key_and_a_missing_signature_are_refused(signed_client: TestClient) -> None:
    retired = sign_url(f"{BASE}/cats/tom.jpg?w=50", "2024", "a retired secret")

    assert signed_client.get(retired).status_code == 403
    assert signed_client.get("/cats/tom.jpg?w=50").status_code == 403
    assert signed_client.get("/cats/tom.jpg/r=4,w=50").status_code == 403


def test_a_signed_url_expires(signed_client: TestClient) -> None:
    url = f"{BASE}/cats/tom.jpg?w=50"
    past, future = (
        sign_url(url, "2026", KEYS["2026"], expires=int(time.time()) + seconds)
        for seconds in (-10, 3600)
    )

    assert signed_client.get(past).status_code == 410
    assert signed_client.get(future).status_code == 200


def test_any_change_to_a_signed_url_is_refused(signed_client: TestClient) -> None:
    signed = sign_url(f"{BASE}/cats/tom.jpg?w=50&h=40", "2026", KEYS["2026"])

    tampered = [
        signed.replace("w=50", "w=51"),
        signed.replace("tom", "tim"),
        f"{signed}&fm=avif",
        signed.replace("&h=40", ""),
        signed[:-1] + ("A" if signed[-1] != "A" else "B"),
    ]

    assert [signed_client.get(url).status_code for url in tampered] == [403] * len(tampered)


def test_a_large_signed_derivative_is_redirected_to_a_url_that_works(originals: Path) -> None:
    noise = Image.effect_noise((2400, 2400), 100)
    noise.save(originals / "large.png")
    policy = Policy(keys=KEYS, require_signature=True)
    with (
        run_stack(originals, policy) as stack,
        TestClient(stack.application, base_url=BASE) as client,
    ):
        signed = sign_url(f"{BASE}/large.png", "2026", KEYS["2026"])

        answer = client.get(signed, follow_redirects=True)

    assert answer.status_code == 200
    assert answer.content == (originals / "large.png").read_bytes()
    assert [hop.status_code for hop in answer.history] == [302]


def test_a_large_derivative_is_redirected_to_a_presigned_url_while_the_bucket_fails(
    originals: Path,
) -> None:
    Image.effect_noise((2400, 2400), 100).save(originals / "large.png")
    down = mock.patch.object(BucketOrigin, "__call__", return_value=OriginAnswer(503, {}))
    with (
        run_stack(originals, Policy()) as stack,
        TestClient(stack.application, base_url=BASE, follow_redirects=False) as client,
        down,
    ):
        first = client.get("/large.png")
        second = client.get("/large.png")

    assert (first.status_code, first.headers["location"]) == (302, "?")
    assert second.status_code == 302
    assert "X-Amz-Signature=" in second.headers["location"]


def test_a_miss_of_the_edge_reads_the_derivatives_bucket_once(
    originals: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        run_stack(originals, Policy()) as stack,
        TestClient(stack.application, base_url=BASE) as client,
    ):
        client.get("/cats/tom.jpg?w=60")

    # The edge reads the bucket in this process; moto logs only the requests of the function.
    requests = [line for line in caplog.messages if "GET /calotype-derivatives/" in line]
    assert requests == []


def test_without_an_edge_the_handler_answers_every_spelling(originals: Path) -> None:
    with (
        run_stack(originals, Policy(), direct=True) as stack,
        TestClient(stack.application, base_url=BASE) as client,
    ):
        spellings = ["/cats/tom.jpg?w=60&fm=webp", "/cats/tom.jpg/fm=webp,r=4,w=60"]
        answers = [client.get(spelling) for spelling in spellings]

    assert [size(answer) for answer in answers] == [(60, 40)] * 2
    assert len({answer.content for answer in answers}) == 1


def test_the_gallery_shows_every_original(stack: Stack, browser: TestClient) -> None:
    (stack.originals / "a <b> & c.jpg").write_bytes(draw("jpeg"))

    page = browser.get("/")

    assert "cats/tom.jpg" in page.text
    assert "a &lt;b&gt; &amp; c.jpg" in page.text
    assert "a%20%3Cb%3E%20%26%20c.jpg?w=360" in page.text


# Originals that are added, replaced and deleted.


def test_every_change_causes_one_alert(stack: Stack, browser: TestClient) -> None:
    tom = stack.originals / "cats" / "tom.jpg"
    browser.get("/cats/tom.jpg?w=100")
    assert stack.alerts() == [("created", "cats/tom.jpg")]

    tom.write_bytes(draw("jpeg-portrait"))
    browser.get("/cats/tom.jpg?w=100")
    tom.write_bytes(b"no picture")
    refused = browser.get("/cats/tom.jpg?w=100")
    tom.unlink()
    browser.get("/cats/tom.jpg?w=100")

    assert refused.status_code == 415
    assert stack.alerts()[1:] == [
        ("replaced", "cats/tom.jpg"),
        ("rejected", "cats/tom.jpg"),
        ("deleted", "cats/tom.jpg"),
    ]


def test_a_request_for_a_new_file_does_not_wait_for_its_ingest(
    stack: Stack, browser: TestClient
) -> None:
    answer = browser.get("/cats/tom.jpg?w=100")

    assert answer.status_code == 200
    assert stack.record("cats/tom.jpg") is None


def test_a_request_for_a_replaced_file_waits_for_its_ingest_alone(
    stack: Stack, browser: TestClient
) -> None:
    browser.get("/cats/tom.jpg?w=100")
    for number in range(20):
        (stack.originals / f"{number}.jpg").write_bytes(draw("jpeg"))
        stack.folder.refresh(f"{number}.jpg")
    (stack.originals / "cats" / "tom.jpg").write_bytes(draw("jpeg-portrait"))

    browser.get("/cats/tom.jpg?w=100")

    record = stack.record("cats/tom.jpg")
    assert record is not None
    assert record.status is Status.READY
    assert stack.record("0.jpg") is None


def test_derivatives_of_a_replaced_file_are_deleted(stack: Stack, browser: TestClient) -> None:
    for ask in ("w=100", "w=100&fm=webp", ""):
        browser.get(f"/cats/tom.jpg?{ask}")
    before = stack.derivatives("cats/tom.jpg/")
    (stack.originals / "cats" / "tom.jpg").write_bytes(draw("jpeg-portrait"))

    stack.folder.refresh("cats/tom.jpg")

    assert len(before) == 3
    assert stack.derivatives("cats/tom.jpg/") == []
    assert browser.get("/cats/tom.jpg").content == draw("jpeg-portrait")


def test_the_wait_for_a_stuck_ingest_is_limited(
    stack: Stack, browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topology, "LONGEST_WAIT", 0.2)
    browser.get("/cats/tom.jpg?w=100")
    stack.settle()
    (stack.originals / "cats" / "tom.jpg").write_bytes(draw("jpeg-portrait"))
    stuck = threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr(Worker, "ingest_now", lambda *_: stuck.wait(20))

        answer = browser.get("/cats/tom.jpg?w=100")
        stuck.set()
    stack.settle()

    assert answer.status_code == 200
    assert size(browser.get("/cats/tom.jpg?w=100")) == (100, 150)


def test_a_change_in_the_bucket_shows_after_its_event(stack: Stack, browser: TestClient) -> None:
    stack.s3.put_object(Bucket=ORIGINALS, Key="up.jpg", Body=draw("jpeg"))
    first = browser.get("/up.jpg?w=100")
    stack.settle()
    stack.s3.put_object(Bucket=ORIGINALS, Key="up.jpg", Body=draw("jpeg-portrait"))
    stack.settle()
    second = browser.get("/up.jpg?w=100")
    stack.s3.delete_object(Bucket=ORIGINALS, Key="up.jpg")
    stack.settle()
    third = browser.get("/up.jpg?w=100")

    assert (size(first), size(second), third.status_code) == ((100, 67), (100, 150), 404)


def test_after_ingest_a_large_original_is_rendered_from_a_mip(
    stack: Stack, browser: TestClient
) -> None:
    large = Image.linear_gradient("L").resize((3000, 2000))
    large.save(stack.originals / "large.jpg", quality=90)

    before = browser.get("/large.jpg?w=200")
    stack.settle()
    after = browser.get("/large.jpg?w=201")

    assert "mip=" not in before.headers["x-calotype"]
    assert "mip=" in after.headers["x-calotype"]


def test_without_an_edge_a_replaced_file_shows_at_once_too(originals: Path) -> None:
    with (
        run_stack(originals, Policy(), direct=True) as stack,
        TestClient(stack.application, base_url=BASE) as client,
    ):
        client.get("/cats/tom.jpg?w=100")
        (originals / "cats" / "tom.jpg").write_bytes(draw("jpeg-portrait"))

        assert size(client.get("/cats/tom.jpg?w=100")) == (100, 150)
        assert stack.derivatives("cats/tom.jpg/") == ["cats/tom.jpg/r=4,w=100"]


def test_an_archived_original_is_refused_until_s3_has_restored_it(
    stack: Stack, browser: TestClient
) -> None:
    stack.s3.put_object(
        Bucket=ORIGINALS, Key="old.jpg", Body=draw("jpeg"), StorageClass="DEEP_ARCHIVE"
    )

    assert stack.alerts() == [("rejected", "old.jpg")]
    refused = browser.get("/old.jpg?w=30", headers={"accept": "application/json"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "archived")

    stack.s3.restore_object(Bucket=ORIGINALS, Key="old.jpg", RestoreRequest={"Days": 1})
    stack.s3.head_object(Bucket=ORIGINALS, Key="old.jpg")  # moto completes the restore, its event

    assert stack.alerts()[-1] == ("created", "old.jpg")
    assert browser.get("/old.jpg?w=30").status_code == 200


# The pages.


def test_an_uploaded_original_is_in_the_gallery(stack: Stack, browser: TestClient) -> None:
    answer = browser.post(
        "/_/uploads",
        headers={"authorization": f"Bearer {TOKEN}"},
        json={"filename": "Tim.jpg", "prefix": "new"},
    )
    key = answer.json()["key"]
    stack.s3.put_object(Bucket=ORIGINALS, Key=key, Body=draw("jpeg"))

    assert answer.status_code == 201
    assert key in browser.get("/").text
    assert ("created", key) in stack.alerts()


def test_the_alerts_page_shows_an_alert(stack: Stack, browser: TestClient) -> None:
    stack.folder.refresh("cats/tom.jpg")
    stack.settle()

    (alert,) = browser.get("/_/alerts.json").json()["alerts"]

    assert (alert["path"], alert["message"]["event"]) == ("/cats/tom.jpg", "created")
    assert "/_/alerts.json" in browser.get("/_/alerts").text
    assert browser.get("/_/upload").status_code == 200


def pictures_of(page: str) -> list[str]:
    """Return the URLs of all pictures that a page shows."""
    urls = re.findall(r'(?:src|srcset|href)="(/[^_"][^" ]*)', page)
    return [html.unescape(url) for url in urls]


@pytest.mark.parametrize("path", ["/a%00.jpg", "/a%0A.jpg", "/a%0d%0a.jpg"])
@pytest.mark.parametrize("direct", [False, True])
def test_a_path_with_a_control_character_is_refused_as_on_aws(
    originals: Path, direct: bool, path: str
) -> None:
    with (
        run_stack(originals, Policy(), direct=direct) as stack,
        TestClient(stack.application, base_url=BASE) as client,
    ):
        answer = client.get(path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad-key")
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "policy",
    [
        Policy(keys=KEYS, require_signature=True),
        Policy(keys=KEYS, open_parameters=("w",)),
        Policy(imgix_token="a token", require_signature=True),
    ],
)
@pytest.mark.parametrize("direct", [False, True])
def test_every_picture_of_the_pages_is_accepted(
    originals: Path, policy: Policy, direct: bool
) -> None:
    with (
        run_stack(originals, policy, direct=direct) as stack,
        TestClient(stack.application, base_url=BASE, headers={"accept": CHROME}) as client,
    ):
        stack.folder.refresh("cats/tom.jpg")
        stack.settle()
        gallery = pictures_of(client.get("/").text)
        (alert,) = client.get("/_/alerts.json").json()["alerts"]
        links = client.get("/_/links/cats/tom.jpg").json()
        urls = [*gallery, alert["picture"], alert["thumbnail"], *links.values()]

        assert len(urls) == 7
        assert [client.get(url).status_code for url in urls] == [200] * 7


def test_the_gallery_shows_no_picture_of_a_refused_original(
    stack: Stack, browser: TestClient
) -> None:
    stack.s3.put_object(Bucket=ORIGINALS, Key="bad.jpg", Body=b"no picture")
    stack.settle()

    page = browser.get("/").text

    assert "/bad.jpg?" not in page
    assert "the original is not a picture that can be read" in page
    assert "1 original." in page


def test_the_gallery_links_to_the_other_pages(browser: TestClient) -> None:
    page = browser.get("/").text

    assert 'href="/_/alerts"' in page
    assert 'href="/_/upload"' in page


def test_the_local_edge_caches_no_failure_of_the_origin() -> None:
    calls: list[object] = []

    def fail(event: object, context: object) -> dict[str, Any]:
        calls.append((event, context))
        return {"statusCode": 503, "headers": {"cache-control": "no-store"}, "body": ""}

    async def visit_twice() -> list[int]:
        edge = topology.build_edge(Invoker(fail), Policy())
        return [(await edge.answer(ViewerRequest("GET", "/a.jpg"))).status for _ in range(2)]

    with mock_aws(), mock.patch.dict("os.environ", create_resources()):
        statuses = asyncio.run(visit_twice())

    assert (statuses, len(calls)) == ([503, 503], 2)


def test_an_answer_lists_the_names_that_were_ignored(originals: Path) -> None:
    with (
        run_stack(originals, Policy()) as stack,
        TestClient(stack.application, base_url=BASE) as client,
    ):
        rendered, stored = (
            client.get("/cats/tom.jpg?w=61&txte=Hi&marc=logo.png&utm_source=x") for _ in range(2)
        )
        plain = client.get("/cats/tom.jpg?w=61")

    assert rendered.headers["x-calotype-ignored"] == "marc, txte"
    assert stored.headers["x-calotype-ignored"] == "marc, txte"
    assert stored.headers["x-cache"].startswith("Hit")
    assert "x-calotype-ignored" not in plain.headers


def test_a_strict_deployment_refuses_a_misspelled_name(originals: Path) -> None:
    with (
        run_stack(originals, Policy(strict_parameters=True)) as stack,
        TestClient(stack.application, base_url=BASE) as client,
    ):
        refused = client.get("/cats/tom.jpg?widht=400")

    assert refused.status_code == 400
    assert refused.json()["error"] == {
        "code": "unknown-parameter",
        "message": "widht is no parameter",
        "param": "widht",
    }
