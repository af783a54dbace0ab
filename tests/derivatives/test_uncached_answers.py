"""Answers that are not kept: who may cache them, of an original that changes meanwhile."""

from pathlib import Path
from typing import Final

import pytest
from starlette.testclient import TestClient

from infra.laptop.cloud import ORIGINALS
from origin_lambda import log
from origin_lambda.adapters.memory import MemoryBucket
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.derivatives.origin import Origin
from origin_lambda.derivatives.renderer import Renderer
from origin_lambda.derivatives.responses import FOR_NOW
from origin_lambda.derivatives.store import Store
from origin_lambda.http import Request
from origin_lambda.image.probe import Limits
from origin_lambda.ports import ObjectMetadata
from origin_lambda.url.admission import Policy
from tests.support.ingest_world import KEY, World, at_call, failing, let_be
from tests.support.originals import draw
from tests.support.stack import running

LONG: Final = f"{'x' * 1015}.jpg"
AIMED: Final = "w=30&h=30&fit=crop&crop=faces&fm=png"
GARBAGE: Final = b"no picture"
NOT_KEPT: Final = [(KEY, AIMED), (LONG, "w=30")]
"""What waits for the focal point, and what leaves no room for a name in the bucket."""


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "write", len)


@pytest.fixture
def world() -> World:
    return World()


def caching(world: World, query: str, key: str = KEY) -> tuple[int, str]:
    answer = world.ask(query, key)
    return answer.status, answer.headers["cache-control"]


# An original that moves on while it is rendered.


@pytest.mark.parametrize("key, query", NOT_KEPT)
@pytest.mark.parametrize("listed", [True, False])
def test_nobody_caches_what_was_not_kept_of_an_original_that_has_moved_on(
    world: World, key: str, query: str, listed: bool
) -> None:
    if listed:
        world.put(draw("png"), key)
        world.ingest.ingest(key)
    world.put(draw("jpeg"), key)

    def overtake() -> None:
        world.put(draw("photograph"), key)
        world.ingest.ingest(key)

    world.originals.afterwards = at_call(1, "read", overtake)

    assert caching(world, query, key) == (200, "no-store")
    assert world.kept == []


@pytest.mark.parametrize("query", ["w=30", "", "fm=blurhash"])
def test_nobody_caches_a_refusal_of_an_original_that_has_moved_on(world: World, query: str) -> None:
    world.put(GARBAGE)
    world.originals.afterwards = at_call(1, "read", lambda: world.take(draw("jpeg")))

    assert caching(world, query) == (415, "no-store")


@pytest.mark.parametrize("query", ["w=30", "", "fm=blurhash"])
def test_nobody_caches_a_refusal_of_what_was_there_for_a_moment(world: World, query: str) -> None:
    """The item names the good picture throughout: ingest never sees the other one."""
    good = draw("photograph")
    world.take(good)
    if query == "fm=blurhash":
        world = World()  # only what is unlisted is looked at for information
        world.put(good)
    world.originals.meddle = at_call(1, "read", lambda: world.put(GARBAGE))
    world.originals.afterwards = at_call(1, "read", lambda: world.put(good))

    assert caching(world, query) == (415, "no-store")


@pytest.mark.parametrize("query", ["w=30", ""])
def test_nobody_caches_that_a_known_original_is_gone_and_ingest_is_asked_to_look(
    world: World, query: str
) -> None:
    world.take(draw("jpeg"))
    world.remove()

    early = caching(world, query)
    reason, _ = world.requests[-1]
    world.take()

    assert (early, reason) == ((404, "no-store"), "missing")
    assert caching(world, query) == (404, "public, max-age=60")


def test_a_refusal_of_what_is_still_there_is_cached(world: World) -> None:
    world.put(GARBAGE)

    early = caching(world, "w=30")
    world.take()
    late = caching(world, "w=30")

    assert early == late == (415, "public, max-age=300")


# An original that ingest does not know, and cannot be told of.


@pytest.mark.parametrize("key, query", NOT_KEPT)
def test_nobody_caches_what_nobody_would_have_the_edge_forget(
    world: World, key: str, query: str
) -> None:
    world.queue.meddle = failing("send")
    world.put(draw("jpeg"), key)

    unheard = caching(world, query, key)
    world.queue.meddle = let_be

    assert unheard == (200, "no-store")
    assert caching(world, query, key) == (200, FOR_NOW)


def test_nobody_caches_a_refusal_that_nobody_would_have_the_edge_forget(world: World) -> None:
    world.queue.meddle = failing("send")
    world.put(GARBAGE)

    assert caching(world, "w=30") == (415, "no-store")


def test_what_could_not_be_kept_either_is_nobodys_to_cache(world: World) -> None:
    world.queue.meddle = failing("send")
    world.derivatives.meddle = failing("write")
    world.put(draw("jpeg"))

    assert caching(world, "w=30") == (200, "no-store")


def test_nobody_is_told_to_keep_what_nobody_would_have_the_edge_forget(world: World) -> None:
    world.put(draw("jpeg"), LONG)
    given = {"if-none-match": world.ask("w=30", LONG).headers["etag"]}

    heard = world.ask("w=30", LONG, headers=given)
    world.queue.meddle = failing("send")
    unheard = world.ask("w=30", LONG, headers=given)

    assert (heard.status, heard.headers["cache-control"]) == (304, FOR_NOW)
    assert (unheard.status, unheard.headers["cache-control"]) == (304, "no-store")


def test_where_nobody_ingests_a_refusal_is_cached() -> None:
    originals, derivatives = MemoryBucket(), MemoryBucket()
    originals.write(KEY, GARBAGE, ObjectMetadata("image/jpeg"))
    renderer = Renderer(originals, derivatives, PillowCodec(), sanitise, Limits(), PillowMeasurer())
    origin = Origin(originals, Store(derivatives, None, None), renderer)

    answer = origin.answer(Request("GET", f"/{KEY}", "w=30"))

    assert (answer.status, answer.headers["cache-control"]) == (415, "public, max-age=300")


# The same, through the edge.


@pytest.mark.parametrize(
    "body, status, query",
    [(draw("jpeg"), 200, AIMED), (draw("jpeg"), 200, "fm=json"), (GARBAGE, 415, "w=30")],
)
@pytest.mark.parametrize("later", [draw("photograph"), None])
def test_once_ingest_has_finished_the_edge_has_nothing_of_before(
    tmp_path: Path, body: bytes, status: int, query: str, later: bytes | None
) -> None:
    with (
        running(tmp_path, Policy()) as stack,
        TestClient(stack.application, base_url="http://img.example.com") as browser,
    ):
        stack.s3.put_object(Bucket=ORIGINALS, Key=KEY, Body=body)
        early = browser.get(f"/{KEY}?{query}")
        if later is None:
            stack.s3.delete_object(Bucket=ORIGINALS, Key=KEY)
        else:
            stack.s3.put_object(Bucket=ORIGINALS, Key=KEY, Body=later)
        stack.settle()

        late = browser.get(f"/{KEY}?{query}")

    assert early.status_code == status
    assert late.status_code == (404 if later is None else 200)
    assert "age" not in late.headers
