"""Originals that change during their ingest."""

from typing import Any

import pytest
from PIL import Image

from origin_lambda.errors import Unavailable
from origin_lambda.image.formats import Kind
from origin_lambda.originals.record import Status
from tests.support.ingest_world import (
    KEY,
    LONG,
    Hook,
    Stopped,
    World,
    large_jpeg,
    on_call,
    on_first_call,
    stop,
    version,
)
from tests.support.originals import draw, encoded, jpeg, quadrants


def flickering(world: World, times: int) -> Hook:
    """Return a hook that replaces the original before so many first reads of it."""
    pictures = (Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in range(times))

    def hook(call: str, *arguments: Any) -> None:
        del arguments
        picture = next(pictures, None) if call == "read" else None
        if picture:
            world.put(encoded(picture, "PNG"))

    return hook


@pytest.mark.parametrize("times", [1, 4])
def test_the_last_of_several_replacements_is_ingested(world: World, times: int) -> None:
    world.originals.before_call = flickering(world, times)

    record = world.ingest_original(draw("jpeg"), "0A")

    assert record.version == world.originals.port.stat(KEY).version
    assert record.analysis is not None
    assert (record.status, record.analysis.facts.kind) == (Status.READY, Kind.PNG)
    assert world.sent_alerts == [("created", record.version)]


def test_an_original_that_changes_faster_than_it_can_be_read_is_retried(world: World) -> None:
    world.originals.before_call = flickering(world, 5)

    with pytest.raises(Unavailable, match="faster than it can be read"):
        world.ingest_original(draw("jpeg"))

    assert world.ingest_original().is_settled


def test_an_original_deleted_while_it_is_read_leaves_a_tombstone(world: World) -> None:
    world.originals.before_call = on_first_call("read", world.remove)

    record = world.ingest_original(draw("jpeg"))

    assert (record.status, world.sent_alerts) == (Status.DELETED, [])


def test_an_original_replaced_after_its_header_was_read_is_read_again(world: World) -> None:
    world.originals.before_call = on_call(2, "read", lambda: world.put(draw("png")))

    record = world.ingest_original(large_jpeg())

    assert record.version == version(draw("png"))
    assert record.is_settled


def test_an_overtaken_ingest_leaves_the_rest_to_the_newer_one(world: World) -> None:
    """The original is replaced after it was read, and that version is ingested at the same time."""
    world.derivatives.before_call = on_first_call(
        "write", lambda: world.ingest_original(draw("png"))
    )

    record = world.ingest_original(jpeg(quadrants(LONG)))

    assert record == world.record
    assert (record.version, record.is_settled) == (version(draw("png")), True)
    assert world.sent_alerts == [("created", record.version)]


def test_an_overtaken_ingest_leaves_the_lease_of_the_newer_one(world: World) -> None:
    def overtake() -> None:
        world.originals.before_call = on_first_call("read", stop)
        with pytest.raises(Stopped):
            world.ingest_original(draw("png"))

    world.derivatives.before_call = on_first_call("write", overtake)

    record = world.ingest_original(jpeg(quadrants(LONG)))

    assert (record.version, record.status) == (version(draw("png")), Status.PENDING)
    assert record.leased > world.now
    assert world.sent_alerts == []


def test_the_mips_of_an_overtaken_ingest_are_swept(world: World) -> None:
    world.derivatives.before_call = on_first_call(
        "write", lambda: world.ingest_original(draw("png"))
    )
    world.ingest_original(jpeg(quadrants(LONG)))
    left = world.mips

    world.ingest.sweep(KEY, invalidate=False)

    assert (len(left), world.mips) == (5, [])
