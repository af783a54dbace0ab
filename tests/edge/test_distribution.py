"""Answers of the local CloudFront: their origin, headers and functions."""

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx2 as httpx
import pytest

from edge.local.distribution import Distribution
from edge.local.event import ViewerRequest
from edge.local.function import VIEWER_RESPONSE, Function, FunctionFailed
from edge.local.origins import BucketOrigin, OriginAnswer
from tests.support.edge_parts import VIEWER_REQUEST, Server, distribution, store

pytest_plugins = ["tests.support.edge_fixtures"]
pytestmark = pytest.mark.anyio


# The origin group.


async def test_a_stored_derivative_is_served_without_the_origin(
    browser: httpx.AsyncClient, s3: Any, server: Server
) -> None:
    store(
        s3,
        "über cats/tom+1.jpg/r=4,w=1",
        ContentDisposition='inline; filename="tom.webp"',
        Metadata={"version": "v1", "brief": "mip=1280; q=57"},
    )

    answer = await browser.get("/%C3%BCber%20cats/tom%2B1.jpg?w=1")

    assert server.requests == []
    assert answer.content == b"stored"
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["cache-control"] == "max-age=60"
    assert answer.headers["content-disposition"] == 'inline; filename="tom.webp"'
    assert answer.headers["x-calotype"] == "stored; mip=1280; q=57"
    assert {"etag", "last-modified"} <= answer.headers.keys()
    assert not [name for name in answer.headers if name.startswith("x-amz-")]


async def test_each_view_of_a_picture_is_counted_by_its_canonical_uri(
    s3: Any, server: Server
) -> None:
    views: list[str] = []
    edge = distribution(s3, server, on_view=views.append)
    requests = (("GET", "/a.jpg"), ("GET", "/a.jpg"), ("HEAD", "/a.jpg"), ("GET", "/refused"))

    for method, uri in requests:
        await edge.answer(ViewerRequest(method, uri, "w=1"))

    assert views == ["/a.jpg/r=4,w=1"] * 2


@pytest.mark.parametrize("status", [400, 403, 404, 500, 502, 503, 504, None])
async def test_the_origin_is_asked_if_the_bucket_fails(server: Server, status: int | None) -> None:
    primary = OriginAnswer(status, {}) if status else None

    assert (await answer_through(lambda _: primary, server)).body == b"rendered"


@pytest.mark.parametrize("status", [200, 302, 405, 416, 501])
async def test_the_origin_is_not_asked_if_the_bucket_answers(server: Server, status: int) -> None:
    assert (await answer_through(lambda _: OriginAnswer(status, {}), server)).status == status
    assert server.requests == []


async def test_the_origin_is_asked_if_the_bucket_cannot_be_reached(server: Server) -> None:
    def unreachable(uri: str) -> OriginAnswer:
        raise ConnectionError(uri)

    assert (await answer_through(unreachable, server)).body == b"rendered"


async def answer_through(
    primary: Callable[[str], OriginAnswer | None], server: Server, method: str = "GET"
) -> OriginAnswer:
    functions = Function(VIEWER_REQUEST), Function(VIEWER_RESPONSE.read_text())
    edge = Distribution(*functions, primary, server)
    return await edge.answer(ViewerRequest(method, "/a.jpg"))


async def test_a_key_too_long_for_the_bucket_goes_to_the_origin(
    browser: httpx.AsyncClient, server: Server
) -> None:
    uri = "/" + "a" * 1100

    assert (await browser.get(uri)).content == b"rendered"
    assert [asked for _, asked, _ in server.requests] == [uri]


async def test_a_uri_that_is_not_utf_8_goes_to_the_origin(
    browser: httpx.AsyncClient, server: Server
) -> None:
    assert (await browser.get("/%ff.jpg")).content == b"rendered"
    assert [asked for _, asked, _ in server.requests] == ["/%ff.jpg"]


async def test_options_skips_cache_and_bucket(
    browser: httpx.AsyncClient, s3: Any, server: Server
) -> None:
    store(s3, "a.jpg")
    server.status, server.headers, server.body = 204, {"allow": "GET"}, b""

    answers = [await browser.options("/a.jpg") for _ in range(2)]

    assert [each.status_code for each in answers] == [204, 204]
    assert [method for method, _, _ in server.requests] == ["OPTIONS"] * 2


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_a_method_that_is_not_allowed_gets_403_and_reaches_no_origin(
    browser: httpx.AsyncClient, server: Server, method: str
) -> None:
    answer = await browser.request(method, "/throws")

    assert (answer.status_code, answer.headers["x-cache"]) == (403, "Error from cloudfront")
    assert server.requests == []


# Answers from the cache to different viewers.


async def test_head_is_answered_from_the_cached_answer_to_get(
    browser: httpx.AsyncClient, server: Server
) -> None:
    await browser.get("/a.jpg")

    answer = await browser.head("/a.jpg")

    assert (answer.content, answer.headers["content-length"]) == (b"", "8")
    assert answer.headers["x-cache"] == "Hit from cloudfront"
    assert len(server.requests) == 1


async def test_ranges_and_304_are_answered_from_the_cache(
    browser: httpx.AsyncClient, server: Server
) -> None:
    server.headers |= {"etag": '"one"'}
    await browser.get("/a.jpg")

    part = await browser.get("/a.jpg", headers={"range": "bytes=0-2"})
    beyond = await browser.get("/a.jpg", headers={"range": "bytes=8-"})
    unchanged = await browser.get("/a.jpg", headers={"if-none-match": '"one"'})

    assert (part.status_code, part.content) == (206, b"ren")
    assert (part.headers["content-range"], part.headers["content-length"]) == ("bytes 0-2/8", "3")
    assert (beyond.status_code, beyond.headers["x-cache"]) == (416, "Error from cloudfront")
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["etag"] == '"one"'
    assert "content-length" not in unchanged.headers
    assert len(server.requests) == 1


POLICY = {
    "access-control-allow-origin": "*",
    "timing-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
}


async def test_the_policy_adds_headers_to_stored_rendered_and_failed_answers(
    browser: httpx.AsyncClient, s3: Any, server: Server
) -> None:
    store(s3, "stored")
    stored = await browser.get("/stored")
    rendered = await browser.get("/rendered")
    server.status = 404
    failed = await browser.get("/failed")

    for answer in (stored, rendered, failed):
        assert POLICY.items() <= answer.headers.items()


async def test_the_policy_does_not_override_headers_of_the_origin(
    browser: httpx.AsyncClient, server: Server
) -> None:
    server.headers |= {"access-control-allow-origin": "https://shop.example"}

    answer = await browser.get("/a.jpg")

    assert answer.headers["access-control-allow-origin"] == "https://shop.example"


async def test_only_negotiated_derivatives_have_a_vary_header(
    browser: httpx.AsyncClient, s3: Any, server: Server
) -> None:
    server.headers |= {"vary": "Accept"}
    store(s3, "a.jpg/fm=auto-avif,r=4,w=1")

    stored = await browser.get("/a.jpg?auto=format&w=1")
    rendered = await browser.get("/a.jpg?auto=format&w=2")
    plain = await browser.get("/a.jpg?w=2")
    named = await browser.get("/fm=auto-avif/b.jpg?w=2")

    assert stored.headers["vary"] == rendered.headers["vary"] == "Accept"
    assert "vary" not in plain.headers
    assert "vary" not in named.headers


def test_an_answer_does_not_outlive_its_url() -> None:
    run = Function(VIEWER_RESPONSE.read_text())
    soon = int(time.time()) + 60

    def caching(left: str, cache_control: str) -> Any:
        stored = {"cache-control": {"value": cache_control}}
        request = {"uri": "/a/r=4", "headers": {"x-calotype": {"value": left}}}
        return run({"request": request, "response": {"headers": stored, "statusCode": 200}})[
            "headers"
        ]["cache-control"]["value"]

    fresh = "public, max-age=86400, stale-while-revalidate=604800"
    assert caching(f"{soon};Accept", fresh) in {f"public, max-age={age}" for age in range(50, 61)}
    assert caching(f"{soon - 61};", fresh) == "public, max-age=0"
    assert caching(f"{soon + 10**6};", fresh) == "public, max-age=86400"
    assert caching(f"{soon};", "no-store") == "no-store"
    assert caching(";Accept", fresh) == fresh


@pytest.mark.parametrize(
    ("left", "sent", "answered"),
    [
        (";;;w=2000&sig=a.b", "/a.jpg/r=4,w=2000", "?w=2000&sig=a.b"),
        ("9;Accept;txt, mark;txt=a;b&w=1", "//evil.test/r=4,w=1", "?txt=a;b&w=1"),
        (";;;", "/a.jpg/r=4", "?"),
        (";;;w=2000", "https://bucket.test/a.jpg?X-Amz-Signature=1", None),
    ],
)
def test_a_redirect_to_the_bucket_in_front_is_to_the_same_url(
    left: str, sent: str, answered: str | None
) -> None:
    run = Function(VIEWER_RESPONSE.read_text())
    request = {"uri": "/a.jpg/r=4,w=2000", "headers": {"x-calotype": {"value": left}}}
    response = {"headers": {"location": {"value": sent}}, "statusCode": 302}

    headers = run({"request": request, "response": response})["headers"]

    assert headers["location"] == {"value": answered or sent}


async def test_a_stored_svg_cannot_load_or_run_anything(
    browser: httpx.AsyncClient, s3: Any
) -> None:
    store(s3, "a.svg", ContentType="image/svg+xml")
    store(s3, "a.png", ContentType="image/png")

    svg, png = await browser.get("/a.svg"), await browser.get("/a.png")

    policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert svg.headers["content-security-policy"] == policy
    assert "content-security-policy" not in png.headers


# Functions.


async def test_a_function_can_answer_a_request(browser: httpx.AsyncClient, server: Server) -> None:
    answer = await browser.get("/refused?b&a=%20")

    assert answer.status_code == 400
    assert answer.json() == {"raw": "b&a=%20"}
    assert answer.headers["x-cache"] == "FunctionGeneratedResponse from cloudfront"
    assert server.requests == []


async def test_a_function_can_sign_with_a_secret_from_its_store(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/signed")

    # printf message | openssl dgst -sha256 -hmac secret -binary | basenc --base64url
    assert answer.text == "i19IcCmVwVmMVz2x4hhmqbgl1KeU0WnXBgoDYFeWNgs"


async def test_a_function_can_answer_with_bytes_and_a_digest(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/pixel")

    assert answer.content == b"\x00\x01\x02"
    assert answer.headers["etag"] == "187ef4436122d1cc2f40dc2b92f0eba0"


@pytest.mark.parametrize("path", ["/throws", "/nothing", "/relative", "/host", "/broken"])
async def test_a_function_that_fails_gives_503(
    browser: httpx.AsyncClient, server: Server, path: str
) -> None:
    answer = await browser.get(path)

    assert answer.status_code == 503
    assert answer.headers["x-cache"] == "FunctionExecutionError from cloudfront"
    assert "boom" not in answer.text
    assert server.requests == []


async def test_a_response_function_that_fails_gives_503(s3: Any, server: Server) -> None:
    failing = Function("function handler(event) { throw new Error('boom'); }")
    edge = Distribution(Function(VIEWER_REQUEST), failing, BucketOrigin(s3, "derivatives"), server)

    assert (await edge.answer(ViewerRequest("GET", "/a.jpg"))).status == 503


def test_a_function_can_run_in_any_thread() -> None:
    function = Function("function handler(event) { return event.request; }")
    event = {"request": {"uri": "/a.jpg"}}
    answers: list[dict[str, Any]] = []

    threads = [threading.Thread(target=lambda: answers.append(function(event))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [event["request"]] * 8


def test_a_promise_that_never_settles_is_a_failure() -> None:
    function = Function("function handler(event) { return new Promise(function () {}); }")

    with pytest.raises(FunctionFailed, match="never settled"):
        function({"request": {}})
