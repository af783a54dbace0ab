"""The cache of the local CloudFront: lifetimes, shared requests and invalidations."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import httpx2 as httpx
import pytest
from PIL import Image

from edge.local.cache import Cache
from edge.local.distribution import Distribution
from edge.local.freshness import CachePolicy
from edge.local.origins import OriginAnswer
from origin_lambda.adapters.boto.s3 import S3Bucket
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.derivatives.origin import Origin
from origin_lambda.derivatives.renderer import Renderer
from origin_lambda.derivatives.store import Store
from origin_lambda.http import Request
from origin_lambda.image.probe import Limits
from tests.support.edge_parts import Clock, Server, browse, distribution, finish_fetches, store

pytest_plugins = ["tests.support.edge_fixtures"]
pytestmark = pytest.mark.anyio


async def test_an_answer_is_cached_for_its_max_age(
    edge: Distribution, browser: httpx.AsyncClient, server: Server, clock: Clock
) -> None:
    first = await browser.get("/a.jpg?w=1")
    clock.now += 59.5
    second = await browser.get("/a.jpg?w=1&utm_source=mail")
    clock.now += 0.5
    third = await browser.get("/a.jpg?w=1")

    assert [each.headers["x-cache"] for each in (first, second, third)] == [
        "Miss from cloudfront",
        "Hit from cloudfront",
        "Miss from cloudfront",
    ]
    assert not edge._objects._flights
    assert "age" not in first.headers
    assert second.headers["age"] == "59"
    assert first.content == second.content == b"rendered"
    assert first.headers["via"].endswith("(CloudFront)")
    assert [uri for _, uri, _ in server.requests] == ["/a.jpg/r=4,w=1"] * 2


async def test_an_answer_with_no_store_is_fetched_every_time(
    browser: httpx.AsyncClient, server: Server
) -> None:
    server.headers = {"cache-control": "no-store"}

    for _ in range(3):
        assert (await browser.get("/a.jpg")).headers["x-cache"] == "Miss from cloudfront"

    assert len(server.requests) == 3


async def test_an_error_is_cached_for_its_minimum_time_and_always_marked_as_error(
    browser: httpx.AsyncClient, server: Server, clock: Clock
) -> None:
    server.status, server.headers = 503, {"cache-control": "no-store"}
    first = await browser.get("/a.jpg")
    clock.now += 9
    second = await browser.get("/a.jpg")
    server.status, server.headers = 200, {}
    clock.now += 1
    third = await browser.get("/a.jpg")

    assert [each.status_code for each in (first, second, third)] == [503, 503, 200]
    assert first.headers["x-cache"] == second.headers["x-cache"] == "Error from cloudfront"
    assert len(server.requests) == 2


async def test_a_status_can_have_its_own_minimum_error_ttl(
    s3: Any, server: Server, clock: Clock
) -> None:
    edge = distribution(s3, server, clock=clock, policy=CachePolicy(error_minimums={503: 0}))
    server.status = 503
    server.headers = {}

    async with browse(edge) as browser:
        await browser.get("/a.jpg")
        await browser.get("/a.jpg")

    assert len(server.requests) == 2


async def test_a_stale_answer_is_used_while_a_newer_one_is_fetched(
    edge: Distribution, browser: httpx.AsyncClient, server: Server, clock: Clock
) -> None:
    server.headers = {"cache-control": "max-age=60, stale-while-revalidate=600"}
    await browser.get("/a.jpg")
    server.body = b"newer"
    clock.now += 100

    stale = await browser.get("/a.jpg")
    await finish_fetches(edge)
    newer = await browser.get("/a.jpg")

    assert (stale.content, stale.headers["age"]) == (b"rendered", "100")
    assert (newer.content, newer.headers["age"]) == (b"newer", "0")
    assert len(server.requests) == 2


async def test_a_stale_answer_is_revalidated_by_its_etag(
    browser: httpx.AsyncClient, server: Server, clock: Clock
) -> None:
    server.headers = {"cache-control": "max-age=60", "etag": '"one"', "content-type": "image/png"}
    await browser.get("/a.jpg")
    server.status, server.body = 304, b""
    server.headers = {"cache-control": "max-age=120", "etag": '"one"'}
    clock.now += 60

    renewed = await browser.get("/a.jpg")
    clock.now += 119
    again = await browser.get("/a.jpg")

    assert renewed.status_code == 200
    assert renewed.content == again.content == b"rendered"
    assert renewed.headers["x-cache"] == "RefreshHit from cloudfront"
    assert renewed.headers["content-type"] == "image/png"
    assert again.headers["x-cache"] == "Hit from cloudfront"
    assert server.requests[1][2] == {"if-none-match": '"one"'}


async def test_a_stale_answer_that_is_unchanged_in_the_bucket_is_revalidated(
    browser: httpx.AsyncClient, s3: Any, clock: Clock
) -> None:
    store(s3, "a.jpg")
    await browser.get("/a.jpg")
    clock.now += 60
    renewed = await browser.get("/a.jpg")
    store(s3, "a.jpg", b"newer")
    clock.now += 60
    changed = await browser.get("/a.jpg")

    assert renewed.headers["x-cache"] == "RefreshHit from cloudfront"
    assert (changed.content, changed.headers["x-cache"]) == (b"newer", "Miss from cloudfront")


async def test_a_stale_answer_is_used_while_the_origin_fails(
    browser: httpx.AsyncClient, server: Server, clock: Clock
) -> None:
    server.headers = {"cache-control": "max-age=60, stale-if-error=600"}
    await browser.get("/a.jpg")
    server.status = 500
    clock.now += 100

    shown = await browser.get("/a.jpg")
    clock.now += 9
    repeated = await browser.get("/a.jpg")
    clock.now += 600
    failed = await browser.get("/a.jpg")

    assert shown.content == repeated.content == b"rendered"
    assert shown.headers["x-cache"] == "RefreshHit from cloudfront"
    assert failed.status_code == 500
    assert len(server.requests) == 3


async def test_a_stale_answer_is_not_used_after_a_404(
    browser: httpx.AsyncClient, server: Server, clock: Clock
) -> None:
    server.headers = {"cache-control": "max-age=60, stale-if-error=600"}
    await browser.get("/a.jpg")
    server.status = 404
    clock.now += 100

    assert (await browser.get("/a.jpg")).status_code == 404


async def test_the_cache_stays_within_its_bytes(s3: Any, server: Server) -> None:
    cache = Cache(1_000_000)
    server.body = bytes(100_000)

    async with browse(distribution(s3, server, cache=cache)) as browser:
        for name in range(30):
            await browser.get(f"/{name}.jpg")

    assert 800_000 < cache.size <= 1_000_000


# Concurrent requests for the same object.


async def test_two_hundred_requests_for_one_cold_derivative_render_it_once(s3: Any) -> None:
    picture = BytesIO()
    Image.new("RGB", (300, 200), "teal").save(picture, "PNG")
    s3.put_object(Bucket="originals", Key="a.png", Body=picture.getvalue())
    renders: list[str] = []

    async with browse(distribution(s3, build_counting_origin(s3, renders))) as browser:
        answers = await asyncio.gather(
            *(browser.get(f"/a.png?w=40&noise={number}") for number in range(200))
        )

    assert renders == ["/a.png/r=4,w=40"]
    assert {each.status_code for each in answers} == {200}
    assert len({each.content for each in answers}) == 1
    assert Image.open(BytesIO(answers[0].content)).size == (40, 27)


def build_counting_origin(
    s3: Any, renders: list[str]
) -> Callable[[str, str, Mapping[str, str]], OriginAnswer]:
    """Return the real origin as a secondary origin; it appends the URI of each request."""
    originals, derivatives = S3Bucket(s3, "originals"), S3Bucket(s3, "derivatives")
    renderer = Renderer(originals, derivatives, PillowCodec(), bytes, Limits(), PillowMeasurer())
    origin = Origin(originals, Store(derivatives, None, None), renderer)

    def answer(method: str, uri: str, headers: Mapping[str, str]) -> OriginAnswer:
        renders.append(uri)
        response = origin.answer(Request(method, uri, headers=headers))
        return OriginAnswer(response.status, response.headers, response.body)

    return answer


async def test_all_waiting_viewers_get_the_same_failure(
    browser: httpx.AsyncClient, server: Server
) -> None:
    server.gate, server.error = threading.Event(), RuntimeError("down")
    waiting = [asyncio.create_task(browser.get("/a.jpg")) for _ in range(20)]
    await server.wait_until_called()

    server.gate.set()
    answers = await asyncio.gather(*waiting)

    assert {each.status_code for each in answers} == {502}
    assert len(server.requests) == 1


async def test_a_viewer_who_leaves_does_not_stop_the_fetch(
    browser: httpx.AsyncClient, server: Server
) -> None:
    server.gate = threading.Event()
    leaving = asyncio.create_task(browser.get("/a.jpg"))
    await server.wait_until_called()
    staying = asyncio.create_task(browser.get("/a.jpg"))
    await asyncio.sleep(0)

    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    server.gate.set()

    assert leaving.cancelled()
    assert (await staying).content == b"rendered"
    assert (await browser.get("/a.jpg")).headers["x-cache"] == "Hit from cloudfront"
    assert len(server.requests) == 1


# Invalidation.


async def test_an_invalidated_object_is_fetched_again(
    edge: Distribution, browser: httpx.AsyncClient, server: Server
) -> None:
    for path in ("/a%20b.jpg?w=1", "/a%20b.jpg?w=2", "/other.jpg"):
        await browser.get(path)

    edge.invalidate(["/a%20b.jpg*"])

    ways = {
        path: (await browser.get(path)).headers["x-cache"].split()[0]
        for path in ("/a%20b.jpg?w=1", "/a%20b.jpg?w=2", "/other.jpg")
    }
    assert list(ways.values()) == ["Miss", "Miss", "Hit"]
    assert len(server.requests) == 5


async def test_a_fetch_that_began_before_an_invalidation_does_not_replace_a_newer_answer(
    edge: Distribution, browser: httpx.AsyncClient, server: Server
) -> None:
    gate = server.gate = threading.Event()
    early = asyncio.create_task(browser.get("/a.jpg"))
    await server.wait_until_called()

    # From another thread, like ingest.
    await asyncio.to_thread(edge.invalidate, ["/a.jpg*"])
    server.gate, server.body = None, b"newer"
    late = await browser.get("/a.jpg")
    gate.set()
    old = await early

    assert (old.content, late.content) == (b"rendered", b"newer")
    kept = await browser.get("/a.jpg")
    assert (kept.content, kept.headers["x-cache"]) == (b"newer", "Hit from cloudfront")


async def test_an_answer_fetched_during_its_invalidation_is_not_cached(
    edge: Distribution, browser: httpx.AsyncClient, server: Server
) -> None:
    server.gate = threading.Event()
    early = asyncio.create_task(browser.get("/a.jpg"))
    await server.wait_until_called()

    edge.invalidate(["/*"])
    server.gate.set()
    await early

    assert (await browser.get("/a.jpg")).headers["x-cache"] == "Miss from cloudfront"


async def test_an_invalidation_of_another_key_does_not_affect_a_fetch(
    edge: Distribution, browser: httpx.AsyncClient, server: Server
) -> None:
    server.gate = threading.Event()
    early = asyncio.create_task(browser.get("/a.jpg"))
    await server.wait_until_called()

    edge.invalidate(["/b.jpg*"])
    server.gate.set()
    await early

    assert (await browser.get("/a.jpg")).headers["x-cache"] == "Hit from cloudfront"
