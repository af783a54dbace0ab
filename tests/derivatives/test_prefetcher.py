"""Mips that are read while the catalog is asked."""

import threading
from typing import Any, Final

import pytest

from origin_lambda import log
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.derivatives.cached_reader import CachedReader
from origin_lambda.derivatives.origin import Origin
from origin_lambda.derivatives.prefetcher import Prefetcher
from origin_lambda.derivatives.renderer import Renderer
from origin_lambda.derivatives.store import Store
from origin_lambda.http import Request, Response
from origin_lambda.image.probe import Limits
from origin_lambda.originals.mip_keys import mips_prefix
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.url.transform import Transform
from tests.support.ingest_world import KEY, LONG, World
from tests.support.originals import draw, jpeg, quadrants

RECORD: Final = OriginalRecord(KEY, revision=1, version="v1")
SECONDS: Final = 20.0


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "write", len)


def build_origin(world: World) -> Origin:
    renderer = Renderer(
        world.originals,
        CachedReader(world.derivatives),
        PillowCodec(),
        sanitise,
        Limits(),
        PillowMeasurer(),
    )
    store = Store(world.derivatives, world.catalog, world.queue)
    return Origin(world.originals, store, renderer, prefetcher=Prefetcher(renderer.prefetch))


def ask(origin: Origin, query: str) -> Response:
    return origin.answer(Request("GET", f"/{KEY}", query))


def test_a_mip_is_read_while_the_catalog_is_asked() -> None:
    world = World()
    world.ingest_original(jpeg(quadrants(LONG)))
    origin, is_mip_read = build_origin(world), threading.Event()
    seen: list[bool] = []
    ask(origin, "w=200")

    def note_mip(call: str, *arguments: Any) -> None:
        if call == "read" and arguments[0].startswith(mips_prefix(KEY)):
            is_mip_read.set()

    def wait_for_mip(call: str, *_: Any) -> None:
        if call == "find" and not seen:
            seen.append(is_mip_read.wait(SECONDS))

    world.derivatives.before_call, world.catalog.before_call = note_mip, wait_for_mip

    answer = ask(origin, "w=900")

    assert seen == [True]
    assert "mip=" in answer.headers["x-calotype"]


def test_an_old_record_shows_nothing_old() -> None:
    world = World()
    world.ingest_original(jpeg(quadrants(LONG)))
    origin = build_origin(world)
    ask(origin, "w=200")
    world.ingest_original(draw("photograph"))

    answer = ask(origin, "w=100&fm=png")

    assert answer.body == ask(build_origin(world), "w=100&fm=png").body
    assert answer.headers["etag"] == ask(build_origin(world), "w=100&fm=png").headers["etag"]


def test_only_records_of_the_catalog_are_remembered() -> None:
    prefetched: list[OriginalRecord] = []
    prefetcher = Prefetcher(lambda _, record: prefetched.append(record))

    prefetcher.remember(OriginalRecord(KEY, version="v1"))
    prefetcher.start(KEY, Transform())

    assert prefetcher._thread is None


def test_while_the_thread_is_busy_nothing_waits_for_it() -> None:
    begun, is_free = threading.Semaphore(0), threading.Event()
    times: list[int] = []

    def prefetch(transform: Transform, record: OriginalRecord) -> None:
        del transform, record
        times.append(1)
        begun.release()
        is_free.wait(SECONDS)

    prefetcher = Prefetcher(prefetch)
    prefetcher.remember(RECORD)

    prefetcher.start(KEY, Transform())
    assert begun.acquire(timeout=SECONDS)
    prefetcher.start(KEY, Transform())
    is_free.set()

    assert times == [1]


def test_the_thread_survives_an_error() -> None:
    begun = threading.Semaphore(0)

    def prefetch(transform: Transform, record: OriginalRecord) -> None:
        del transform, record
        begun.release()
        message = "the mip cannot be read"
        raise ValueError(message)

    prefetcher = Prefetcher(prefetch)
    prefetcher.remember(RECORD)

    for _ in range(3):
        while not begun.acquire(timeout=0.01):
            prefetcher.start(KEY, Transform())
