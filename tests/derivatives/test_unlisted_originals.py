"""Originals that the catalog lacks: one read, and the request to ingest them (decision 0070)."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from origin_lambda import log
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.derivatives.background import BackgroundThread
from origin_lambda.errors import Archived, StoreFailed
from origin_lambda.http import Request, Response
from origin_lambda.image.probe import Limits
from origin_lambda.url.grammar import canonical, parse
from tests.support.ingest_world import KEY, World, on_call, version
from tests.support.origin_world import FRESH, read_error
from tests.support.originals import draw

PHOTO: Final = draw("photograph")
SECONDS: Final = 20.0


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "write", len)


@pytest.fixture
def world() -> World:
    world = World(later=[])
    world.put(PHOTO)
    return world


def ask(world: World, query: str) -> Response:
    """Ask an origin that sends in a thread, after the bucket in front had no derivative."""
    origin = replace(world.origin, bucket_in_front=True, background=BackgroundThread())
    segment = canonical(parse(f"/{KEY}", query).transform)
    return origin.answer(Request("GET", f"/{KEY}/{segment}"))


def while_decoding(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Act when a render has its original, before it decodes it."""
    probe = PillowCodec.probe

    def act_and_probe(codec: PillowCodec, data: bytes) -> Any:
        act()
        return probe(codec, data)

    monkeypatch.setattr(PillowCodec, "probe", act_and_probe)


def fail() -> None:
    message = "the queue failed"
    raise StoreFailed(message)


@pytest.mark.parametrize("query", ["w=30", "fm=json", "fm=blurhash"])
def test_the_original_is_read_once_and_gives_its_version(world: World, query: str) -> None:
    answer = ask(world, query)

    assert answer.status == 200
    assert world.originals.calls == ["read"]
    assert world.requests == [("unknown", version(PHOTO))]


def test_its_ingest_is_requested_during_the_render_and_before_the_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_rendering, is_sending = threading.Event(), threading.Event()
    seen: list[bool] = []

    def wait_for_render(call: str, *_: Any) -> None:
        if call == "send":
            is_sending.set()
            seen.append(is_rendering.wait(SECONDS))

    def note_render() -> None:
        seen.append(is_sending.wait(SECONDS))
        is_rendering.set()

    world.queue.before_call = wait_for_render
    while_decoding(monkeypatch, note_render)

    answer = ask(world, "w=30")

    assert seen == [True, True]
    assert world.requests == [("unknown", version(PHOTO))]
    assert answer.headers["cache-control"] == FRESH
    assert len(world.later or ()) == 1


def test_an_answer_is_stored_first_if_the_request_fails_during_the_render(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_rendering = threading.Event()

    def fail_late() -> None:
        is_rendering.wait(SECONDS)
        fail()

    world.queue.before_call = on_call(1, "send", fail_late)
    while_decoding(monkeypatch, is_rendering.set)

    assert ask(world, "w=30").status == 200
    assert world.later == []
    assert "write" in world.derivatives.calls


def test_an_error_is_not_cached_if_the_request_fails(world: World) -> None:
    world.put(b"no picture")
    world.queue.before_call = on_call(1, "send", fail)

    answer = ask(world, "w=30")

    assert (answer.status, answer.headers["cache-control"]) == (415, "no-store")


def test_what_was_read_is_rendered_and_requested_though_it_was_replaced_during_the_render(
    world: World,
) -> None:
    world.originals.after_call = on_call(1, "read", lambda: world.put(draw("png")))

    answer = ask(world, "w=30&fm=png")

    unchanged = World()
    unchanged.put(PHOTO)
    assert answer.body == ask(unchanged, "w=30&fm=png").body
    assert world.requests == [("unknown", version(PHOTO))]


def test_one_that_is_missing_is_asked_for_once_and_not_ingested(world: World) -> None:
    world.remove()

    answer = ask(world, "w=30")

    assert (answer.status, answer.headers["cache-control"]) == (404, "public, max-age=60")
    assert world.originals.calls == ["read"]
    assert world.requests == []


@pytest.mark.parametrize("query", ["w=30", "fm=json"])
def test_one_of_too_many_bytes_is_refused_without_its_body(query: str) -> None:
    world = World(limits=Limits(bytes_in=100))
    world.put(PHOTO)

    answer = ask(world, query)

    assert (answer.status, read_error(answer)["code"]) == (413, "too-large")
    assert world.originals.calls == ["read"]
    assert world.requests == [("unknown", version(PHOTO))]


def test_one_that_is_archived_is_reported_and_its_ingest_requested(world: World) -> None:
    def refuse(call: str, *_: Any) -> None:
        if call == "read":
            message = "the original is archived"
            raise Archived(message)

    world.originals.before_call = refuse

    answer = ask(world, "w=30")

    assert (answer.status, answer.headers["cache-control"]) == (409, "public, max-age=60")
    assert world.originals.calls == ["read", "stat", "read"]
    assert world.requests == [("unknown", version(PHOTO))]


def test_where_no_bucket_is_in_front_a_stored_derivative_needs_only_the_version(
    world: World,
) -> None:
    world.ask("w=30")
    for work in world.later or ():
        work()
    world.originals.calls.clear()

    assert world.ask("w=30").headers["x-calotype"].startswith("stored")
    assert world.originals.calls == ["stat"]


def test_one_with_a_record_is_not_read_if_it_was_replaced_by_one_over_the_limit() -> None:
    world = World(limits=Limits(bytes_in=len(PHOTO)))
    world.ingest_original(draw("png"))
    world.put(PHOTO + b"\0")

    answer = world.ask("w=30")

    assert (answer.status, answer.headers["cache-control"]) == (413, "no-store")
