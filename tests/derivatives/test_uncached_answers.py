"""Caching of answers that are not stored, while their original changes."""

import io
from pathlib import Path
from typing import Final

import pytest
from PIL import Image
from starlette.testclient import TestClient

from infra.laptop.cloud import ORIGINALS
from origin_lambda import log
from origin_lambda.adapters.memory import MemoryBucket
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.derivatives.origin import Origin
from origin_lambda.derivatives.renderer import Renderer
from origin_lambda.derivatives.responses import FOR_NOW, FRESH
from origin_lambda.derivatives.store import Store
from origin_lambda.http import Request
from origin_lambda.image.probe import Limits
from origin_lambda.ports import ObjectMetadata
from origin_lambda.url.admission import Policy
from tests.support.ingest_world import KEY, World, do_nothing, fail_calls, on_call
from tests.support.originals import draw
from tests.support.stack import run_stack

LONG: Final = f"{'x' * 1015}.jpg"
SALIENT: Final = "w=30&h=30&fit=crop&crop=faces&fm=png"
GARBAGE: Final = b"no picture"
NOT_STORED: Final = [(KEY, SALIENT), (LONG, "w=30")]
"""A derivative that needs the focal point, and one whose key is too long to store it."""


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "write", len)


@pytest.fixture
def world() -> World:
    return World()


def caching(world: World, query: str, key: str = KEY) -> tuple[int, str]:
    answer = world.ask(query, key)
    return answer.status, answer.headers["cache-control"]


def is_corner_grey(body: bytes) -> bool:
    with Image.open(io.BytesIO(body)) as image:
        return len(set(image.crop((0, 0, 1, 1)).convert("RGB").tobytes())) == 1


# An original that is not ingested yet.


@pytest.mark.parametrize("kind", ["linear", "radial"])
def test_a_gradient_has_the_originals_colours_once_it_is_ingested(world: World, kind: str) -> None:
    query = f"w=60&h=99&fit=fill&fill=gradient&fill-gradient-type={kind}&fm=png"
    world.put(draw("photograph"))

    early = world.ask(query)
    assert early.headers["cache-control"] == FOR_NOW
    assert world.derivative_keys == []
    world.ingest.ingest(KEY)
    final = world.ask(query)

    assert world.derivative_keys != []
    assert is_corner_grey(early.body)
    assert not is_corner_grey(final.body)


# An original that changes while it is rendered.


@pytest.mark.parametrize("key, query", NOT_STORED)
@pytest.mark.parametrize("listed", [True, False])
def test_an_unstored_answer_is_not_cached_if_the_original_changed(
    world: World, key: str, query: str, listed: bool
) -> None:
    if listed:
        world.put(draw("png"), key)
        world.ingest.ingest(key)
    world.put(draw("jpeg"), key)

    def overtake() -> None:
        world.put(draw("photograph"), key)
        world.ingest.ingest(key)

    world.originals.after_call = on_call(1, "read", overtake)

    assert caching(world, query, key) == (200, "no-store")
    assert world.derivative_keys == []


@pytest.mark.parametrize("query", ["w=30", "", "fm=blurhash"])
def test_an_error_is_not_cached_if_the_original_changed(world: World, query: str) -> None:
    world.put(GARBAGE)
    world.originals.after_call = on_call(1, "read", lambda: world.ingest_original(draw("jpeg")))

    assert caching(world, query) == (415, "no-store")


@pytest.mark.parametrize("query", ["w=30", ""])
def test_an_error_is_not_cached_if_the_original_was_different_for_a_moment(
    world: World, query: str
) -> None:
    """The record names the good picture all the time: ingest never sees the other one."""
    good = draw("photograph")
    world.ingest_original(good)
    world.originals.before_call = on_call(1, "read", lambda: world.put(GARBAGE))
    world.originals.after_call = on_call(1, "read", lambda: world.put(good))

    assert caching(world, query) == (415, "no-store")


@pytest.mark.parametrize("query", ["w=30", ""])
def test_a_missing_original_with_a_record_is_not_cached_and_its_ingest_is_requested(
    world: World, query: str
) -> None:
    world.ingest_original(draw("jpeg"))
    world.remove()

    early = caching(world, query)
    reason, _ = world.requests[-1]
    world.ingest_original()

    assert (early, reason) == ((404, "no-store"), "missing")
    assert caching(world, query) == (404, "public, max-age=60")


def test_an_error_is_cached_if_the_original_did_not_change(world: World) -> None:
    world.put(GARBAGE)

    early = caching(world, "w=30")
    world.ingest_original()
    late = caching(world, "w=30")

    assert early == late == (415, "public, max-age=300")


# An original without a record, while the ingest queue is down.


@pytest.mark.parametrize("key, query", NOT_STORED)
def test_an_answer_without_a_later_invalidation_is_not_cached(
    world: World, key: str, query: str
) -> None:
    world.queue.before_call = fail_calls("send")
    world.put(draw("jpeg"), key)

    untracked = caching(world, query, key)
    world.queue.before_call = do_nothing

    assert untracked == (200, "no-store")
    assert caching(world, query, key) == (200, FRESH if key == LONG else FOR_NOW)


def test_an_error_without_a_later_invalidation_is_not_cached(world: World) -> None:
    world.queue.before_call = fail_calls("send")
    world.put(GARBAGE)

    assert caching(world, "w=30") == (415, "no-store")


def test_an_answer_that_could_not_be_stored_is_not_cached_without_a_later_invalidation(
    world: World,
) -> None:
    world.queue.before_call = fail_calls("send")
    world.derivatives.before_call = fail_calls("write")
    world.put(draw("jpeg"))

    assert caching(world, "w=30") == (200, "no-store")


def test_a_match_is_no_304_without_a_later_invalidation(world: World) -> None:
    world.put(draw("jpeg"), LONG)
    given = {"if-none-match": world.ask("w=30", LONG).headers["etag"]}

    tracked = world.ask("w=30", LONG, headers=given)
    world.queue.before_call = fail_calls("send")
    untracked = world.ask("w=30", LONG, headers=given)

    assert (tracked.status, tracked.headers["cache-control"]) == (304, FRESH)
    assert (untracked.status, untracked.headers["cache-control"]) == (304, "no-store")


def test_without_ingest_an_error_is_cached() -> None:
    originals, derivatives = MemoryBucket(), MemoryBucket()
    originals.write(KEY, GARBAGE, ObjectMetadata("image/jpeg"))
    renderer = Renderer(originals, derivatives, PillowCodec(), sanitise, Limits(), PillowMeasurer())
    origin = Origin(originals, Store(derivatives, None, None), renderer)

    answer = origin.answer(Request("GET", f"/{KEY}", "w=30"))

    assert (answer.status, answer.headers["cache-control"]) == (415, "public, max-age=300")


# The same, through the edge.


@pytest.mark.parametrize(
    "body, status, query",
    [(draw("jpeg"), 200, SALIENT), (draw("jpeg"), 200, "fm=json"), (GARBAGE, 415, "w=30")],
)
@pytest.mark.parametrize("later", [draw("photograph"), None])
def test_after_ingest_the_edge_has_no_older_answer(
    tmp_path: Path, body: bytes, status: int, query: str, later: bytes | None
) -> None:
    with (
        run_stack(tmp_path, Policy()) as stack,
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
