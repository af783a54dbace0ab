"""Ingest of a new original, and how much of it is read."""

import dataclasses
import json
from typing import Final

import pytest
from PIL import Image

from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.image.analysis.analyse import HEADER_BYTES
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.originals.purge import SWEEP_SECONDS
from origin_lambda.originals.record import LastNotification, OriginalRecord, Status
from origin_lambda.url.values import Colour
from tests.support.ingest_world import KEY, LONG, World, large_jpeg, version
from tests.support.originals import draw, encoded, jpeg, quadrants
from tests.support.svg_bombs import multiplied_copies

# A new original.


def test_a_new_original_is_ready_with_its_analysis(world: World) -> None:
    record = world.ingest_original(draw("exif-6"), "0A")

    assert record == world.record
    assert record.analysis is not None
    assert record.analysis.facts == PillowCodec().probe(draw("exif-6"))
    assert record.analysis.description == PillowMeasurer().describe(draw("exif-6"), Kind.JPEG)
    assert record.analysis.measurements is not None
    unsurveyed = dataclasses.replace(record, analysis=None)
    assert unsurveyed == OriginalRecord(
        KEY,
        revision=3,
        version=version(draw("exif-6")),
        bytes=len(draw("exif-6")),
        sequencer="0A",
        status=Status.READY,
        last_notification=LastNotification(record.version, Status.READY),
        created=1_000_000,
        changed=1_000_000,
        ingested=1_000_000,
    )


def test_subscribers_are_notified_of_a_new_original(world: World) -> None:
    world.ingest_original(draw("jpeg"))

    assert world.alerts is not None
    ((message, attributes),) = world.alerts.port.sent
    assert (message["event"], message["previous"], message["width"]) == ("created", None, 300)
    assert attributes["event"] == "created"


def test_a_new_original_without_derivatives_causes_no_invalidation(world: World) -> None:
    world.ingest_original(draw("jpeg"))

    assert world.edge.calls == []
    assert world.queue.port.sent == [
        ({"event": "sweep", "key": KEY, "invalidate": False}, SWEEP_SECONDS)
    ]


def test_without_alerts_an_original_is_settled_too() -> None:
    world = World(alerts=None)

    assert world.ingest_original(draw("jpeg")).is_settled


REFUSED: Final = [
    ("text", "not-a-picture"),
    ("empty", "not-a-picture"),
    ("jpeg-truncated-header", "unprocessable"),
    ("png-bomb", "unprocessable"),
    ("gif-bomb", "unprocessable"),
]


@pytest.mark.parametrize("name, code", REFUSED)
def test_a_file_that_cannot_be_used_is_rejected_with_the_reason(
    world: World, name: str, code: str
) -> None:
    record = world.ingest_original(draw(name))

    assert (record.status, record.analysis, record.mips) == (Status.REJECTED, None, ())
    assert record.reason is not None
    assert record.reason.code == code
    assert record.reason.message == record.reason.error.message
    assert record.is_settled
    assert world.sent_alerts == [("rejected", record.version)]
    assert world.mips == []


def test_an_svg_is_measured_and_has_no_mips(world: World) -> None:
    record = world.ingest_original(draw("svg"))

    assert record.analysis is not None
    assert (record.status, record.analysis.facts.size) == (Status.READY, Size(60, 40))
    assert record.analysis.measurements is not None
    colours = {swatch.colour for swatch in record.analysis.measurements.palette}
    assert colours >= {Colour(214, 40, 40), Colour(44, 160, 70), Colour(38, 84, 200)}
    assert (record.analysis.curves, record.mips) == ({}, ())


def test_an_svg_that_cannot_be_drawn_is_ready_without_measurements(world: World) -> None:
    record = world.ingest_original(multiplied_copies())

    assert record.analysis is not None
    assert (record.status, record.analysis.measurements) == (Status.READY, None)


def test_an_svg_that_is_not_well_formed_is_rejected(world: World) -> None:
    record = world.ingest_original(draw("svg")[:200])

    assert record.reason is not None
    assert record.reason.code == "unprocessable"


def test_an_animation_is_analysed_and_has_no_mips(world: World) -> None:
    frames = [Image.new("RGB", LONG, colour) for colour in ("red", "blue")]
    body = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])

    record = world.ingest_original(body)

    assert record.analysis is not None
    assert (record.analysis.facts.frames, record.mips, world.mips) == (2, (), [])
    assert record.analysis.measurements is not None


@pytest.mark.parametrize(
    "key",
    ["cats/", "/", "cats/tom.jpg/", ".mips/", ".mips/tom.jpg", "a/../b.jpg", "./b.jpg", "a\nb.jpg"],
)
def test_a_key_that_cannot_be_an_original_is_ignored_and_logged(
    world: World, lines: list[str], key: str
) -> None:
    world.put(b"", key)

    record = world.ingest.ingest(key, "0A")

    assert record == OriginalRecord(key)
    assert (world.originals.calls, world.catalog.calls, world.sent_alerts) == ([], [], [])
    assert json.loads(lines[-1])["key"] == key


# How much of an original is read.


def test_a_small_original_is_read_once(world: World) -> None:
    world.ingest_original(draw("jpeg"))

    assert world.originals.calls == ["stat", "read"]


def test_a_large_original_is_read_whole_once_its_header_is_good(world: World) -> None:
    record = world.ingest_original(large_jpeg())

    assert world.originals.calls == ["stat", "read", "read"]
    assert record.status is Status.READY


def test_a_large_original_whose_header_is_longer_is_read_whole(world: World) -> None:
    record = world.ingest_original(
        jpeg(quadrants(), exif=b"Exif\0\0" + bytes(65_000), comment=bytes(60_000))
    )

    assert world.originals.calls == ["stat", "read", "read"]
    assert record.status is Status.READY


def test_a_large_svg_is_read_whole(world: World) -> None:
    picture = draw("svg").replace(b"</svg>", b"<desc>" + b"x" * HEADER_BYTES + b"</desc></svg>")

    assert world.ingest_original(picture).status is Status.READY
