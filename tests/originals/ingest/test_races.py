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
    Meddle,
    Stopped,
    World,
    at_call,
    before,
    large_jpeg,
    stopped,
    version,
)
from tests.support.originals import draw, encoded, jpeg, quadrants


def flickering(world: World, times: int) -> Meddle:
    """Return a meddler that replaces the original before so many first reads of it."""
    pictures = (Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in range(times))

    def meddle(call: str, *arguments: Any) -> None:
        del arguments
        picture = next(pictures, None) if call == "read" else None
        if picture:
            world.put(encoded(picture, "PNG"))

    return meddle


@pytest.mark.parametrize("times", [1, 4])
def test_the_last_of_several_in_a_row_is_the_one_that_is_ingested(world: World, times: int) -> None:
    world.originals.meddle = flickering(world, times)

    item = world.take(draw("jpeg"), "0A")

    assert item.version == world.originals.port.stat(KEY).version
    assert item.analysis is not None
    assert (item.status, item.analysis.facts.kind) == (Status.READY, Kind.PNG)
    assert world.announced == [("created", item.version)]


def test_what_changes_faster_than_it_can_be_read_comes_again(world: World) -> None:
    world.originals.meddle = flickering(world, 5)

    with pytest.raises(Unavailable, match="faster than it can be read"):
        world.take(draw("jpeg"))

    assert world.take().is_settled


def test_what_is_deleted_while_it_is_read_is_a_tombstone(world: World) -> None:
    world.originals.meddle = before("read", world.remove)

    item = world.take(draw("jpeg"))

    assert (item.status, world.announced) == (Status.DELETED, [])


def test_an_original_replaced_after_its_header_was_read_is_read_again(world: World) -> None:
    world.originals.meddle = at_call(2, "read", lambda: world.put(draw("png")))

    item = world.take(large_jpeg())

    assert item.version == version(draw("png"))
    assert item.is_settled


def test_an_overtaken_ingest_leaves_the_rest_to_the_newer_one(world: World) -> None:
    """The original is replaced after it was read, and that version is ingested at the same time."""
    world.derivatives.meddle = before("write", lambda: world.take(draw("png")))

    item = world.take(jpeg(quadrants(LONG)))

    assert item == world.item
    assert (item.version, item.is_settled) == (version(draw("png")), True)
    assert world.announced == [("created", item.version)]


def test_who_was_overtaken_by_one_that_is_at_work_leaves_it_its_lease(world: World) -> None:
    def overtake() -> None:
        world.originals.meddle = before("read", stopped)
        with pytest.raises(Stopped):
            world.take(draw("png"))

    world.derivatives.meddle = before("write", overtake)

    item = world.take(jpeg(quadrants(LONG)))

    assert (item.version, item.status) == (version(draw("png")), Status.PENDING)
    assert item.leased > world.now
    assert world.announced == []


def test_the_mips_of_who_was_overtaken_are_swept(world: World) -> None:
    world.derivatives.meddle = before("write", lambda: world.take(draw("png")))
    world.take(jpeg(quadrants(LONG)))
    left = world.mips

    world.ingest.sweep(KEY, invalidate=False)

    assert (len(left), world.mips) == (5, [])
