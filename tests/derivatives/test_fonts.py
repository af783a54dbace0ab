"""A font of the deployment's own is an input of the derivatives that use it."""

from typing import Final

import pytest

from origin_lambda import log
from origin_lambda.originals.catalog import find_record
from origin_lambda.originals.dispatch import Dispatcher
from origin_lambda.originals.record import Status
from tests.originals.test_messages import in_sqs
from tests.support.fonts import read_font
from tests.support.ingest_world import KEY, World
from tests.support.origin_world import FRESH, read_error
from tests.support.originals import draw

FONT: Final = "_layers/brand.ttf"
TEXT: Final = f"w=150&fm=png&txt=Brand&txt-size=40&txt-font-file={FONT}"
BRAND, OTHER = read_font(), read_font("SourceSerif4-Italic[opsz,wght].ttf")


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "write", len)


@pytest.fixture
def world() -> World:
    """Return a world with a photograph and a font; ingest rejects the font: it is no picture."""
    built = World()
    built.ingest_original(draw("photograph"))
    built.put(BRAND, FONT)
    built.ingest.ingest(FONT)
    built.queue.port.sent.clear()
    return built


def deliver_requests(world: World) -> None:
    batch = in_sqs(*(message for message, delay in world.queue.port.sent if not delay))
    world.queue.port.sent.clear()
    assert Dispatcher(world.ingest, "originals").dispatch(batch) == {"batchItemFailures": []}


def test_text_is_drawn_in_the_font(world: World) -> None:
    own = world.ask(TEXT)

    assert (own.status, own.headers["cache-control"]) == (200, FRESH)
    assert own.body == world.ask(f"{TEXT.partition('&txt-font-file')[0]}&txt-font=serif").body
    assert own.body != world.ask(TEXT.partition("&txt-font-file")[0]).body


def test_a_replaced_font_purges_what_was_drawn_with_it(world: World) -> None:
    before = world.ask(TEXT).body
    deliver_requests(world)
    record = find_record(world.catalog.port, FONT)
    assert record
    assert (record.status, record.used_by) == (Status.REJECTED, (KEY,))
    assert len(world.derivative_keys) == 1

    world.put(OTHER, FONT)
    world.ingest.ingest(FONT)

    assert world.derivative_keys == []
    assert f"/{KEY}" in world.edge.port.invalidated
    assert world.ask(TEXT).body != before


def test_a_font_is_read_for_its_version(world: World) -> None:
    world.ask(TEXT)
    world.put(OTHER, FONT)

    unnoticed = world.ask(TEXT.replace("w=150", "w=149"))

    assert unnoticed.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "body, status", [(b"no font", 422), (BRAND[:3000], 422), (draw("png"), 422), (b"", 422)]
)
def test_a_file_that_is_no_font_is_refused(world: World, body: bytes, status: int) -> None:
    world.put(body, FONT)
    world.ingest.ingest(FONT)

    answer = world.ask(TEXT)

    assert (answer.status, read_error(answer)["param"]) == (status, "txt-font-file")


@pytest.mark.parametrize(
    "value, status", [("missing.ttf", 404), (f"{FONT}%3Fw=9", 400), ("a/../b", 400)]
)
def test_a_bad_name_of_a_font_is_explained(world: World, value: str, status: int) -> None:
    answer = world.ask(f"txt=Brand&txt-font-file={value}")

    assert (answer.status, read_error(answer)["param"]) == (status, "txt-font-file")


def test_a_font_is_no_picture(world: World) -> None:
    answer = world.ask(f"w=30&mark={FONT}")

    assert (answer.status, read_error(answer)["param"]) == (415, "mark")
