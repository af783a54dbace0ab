"""Reads of mips and stored derivatives while the catalog is asked."""

import threading
from typing import Any, Final

import pytest

from origin_lambda import log
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.derivatives.background import Background, BackgroundThread, Inline
from origin_lambda.derivatives.cached_reader import CachedReader
from origin_lambda.derivatives.origin import Origin
from origin_lambda.derivatives.recent_records import RecentRecords
from origin_lambda.derivatives.renderer import Renderer
from origin_lambda.derivatives.store import Store
from origin_lambda.http import Request, Response
from origin_lambda.image.probe import Limits
from origin_lambda.originals.mip_keys import mips_prefix
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.url.grammar import canonical, parse
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
    return Origin(
        world.originals, store, renderer, bucket_in_front=True, background=BackgroundThread()
    )


def ask(origin: Origin, query: str, *, in_front: bool = False) -> Response:
    """Ask the origin, after the bucket *in_front* did not deliver the derivative."""
    segment = canonical(parse(f"/{KEY}", query).transform)
    path, query = (f"/{KEY}/{segment}", "") if in_front else (f"/{KEY}", query)
    return origin.answer(Request("GET", path, query))


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

    answer = ask(origin, "w=900", in_front=True)

    assert seen == [True]
    assert "mip=" in answer.headers["x-calotype"]


def test_an_old_record_shows_nothing_old() -> None:
    world = World()
    world.ingest_original(jpeg(quadrants(LONG)))
    origin = build_origin(world)
    ask(origin, "w=200")
    world.ingest_original(draw("photograph"))

    answer = ask(origin, "w=100&fm=png", in_front=True)

    assert answer.body == ask(build_origin(world), "w=100&fm=png").body
    assert answer.headers["etag"] == ask(build_origin(world), "w=100&fm=png").headers["etag"]


def test_a_stored_derivative_is_read_while_the_catalog_is_asked() -> None:
    world = World()
    world.ingest_original(draw("jpeg"))
    origin, is_read = build_origin(world), threading.Event()
    ask(origin, "w=100")
    seen: list[bool] = []

    def note_read(call: str, *_: Any) -> None:
        if call == "read":
            is_read.set()

    def wait_for_read(call: str, *_: Any) -> None:
        if call == "find":
            seen.append(is_read.wait(SECONDS))

    world.derivatives.before_call, world.catalog.before_call = note_read, wait_for_read

    assert ask(origin, "w=100").headers["x-calotype"].startswith("stored")
    assert seen == [True]


def test_only_records_of_the_catalog_are_remembered() -> None:
    records = RecentRecords(1)

    records.add(OriginalRecord("other.jpg", version="v1"))
    assert records.find("other.jpg") is None

    records.add(RECORD)
    assert records.find(KEY) is RECORD

    records.add(OriginalRecord("other.jpg", revision=1, version="v1"))
    assert records.find(KEY) is None


def test_while_the_thread_is_busy_a_read_waits_until_it_is_needed() -> None:
    thread, is_free = BackgroundThread(), threading.Event()
    names: list[str] = []

    def read() -> str:
        names.append(threading.current_thread().name)
        return "read"

    first = thread.start(lambda: is_free.wait(SECONDS))
    second = thread.start(read)
    assert names == []
    assert [second(), second()] == ["read", "read"]
    is_free.set()

    assert first() is True
    assert names == [threading.current_thread().name]


@pytest.mark.parametrize("background", [BackgroundThread(), Inline()])
def test_the_error_of_a_read_is_raised_where_its_result_is_needed(background: Background) -> None:
    def fail() -> None:
        message = "the mip cannot be read"
        raise ValueError(message)

    for _ in range(3):
        with pytest.raises(ValueError, match="the mip cannot be read"):
            background.start(fail)()
    background.start(fail)
