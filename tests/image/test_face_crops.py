"""Requests that need faces: whole requests, with ports in memory."""

import io
import json
from typing import Any

import pytest
from PIL import Image

from origin_lambda.http import Response
from origin_lambda.image.analysis.faces import Face
from origin_lambda.image.analysis.measure import FocalPoint
from origin_lambda.image.geometry import Box
from origin_lambda.originals.catalog import find_record, update_record
from origin_lambda.originals.messages import IngestReason
from origin_lambda.originals.record import Annotations
from tests.image.test_focal_point_crops import SIZE, SPOT, draw_spot, spot
from tests.support.faces import FACE, SMALL_FACE
from tests.support.ingest_world import KEY, ONE_MINUTE, World
from tests.support.originals import draw

FRESH = "public, max-age=86400, stale-while-revalidate=604800, stale-if-error=604800"
RED = Face(
    Box(
        (SPOT[0] - 8) / SIZE[0], (SPOT[1] - 8) / SIZE[1],
        (SPOT[0] + 8) / SIZE[0], (SPOT[1] + 8) / SIZE[1],
    ),
)  # fmt: skip
"""The spot of `draw_spot`."""


@pytest.fixture
def world() -> World:
    return World(faces=(RED,))


def ask(world: World, query: str) -> Response:
    response = world.ask(f"{query}&fm=png")
    assert response.status == 200
    return response


def size_of(response: Response) -> tuple[int, int]:
    return Image.open(io.BytesIO(response.body)).size


@pytest.mark.parametrize("stored", range(1, 9))
@pytest.mark.parametrize("query", ["", "rot=90", "flip=h", "orient=6", "rot=200&flip=v", "rot=8"])
def test_a_face_is_in_view_after_every_turn(world: World, stored: int, query: str) -> None:
    world.ingest_original(draw_spot(stored))

    x, y = spot(ask(world, f"w=40&h=40&fit=facearea&facepad=3&{query}"))

    assert (x, y) == pytest.approx((0.5, 0.5), abs=0.08)


def test_a_crop_by_faces_keeps_the_face(world: World) -> None:
    world.ingest_original(draw_spot())

    x, _ = spot(ask(world, "w=40&h=80&fit=crop&crop=faces"))

    assert x == pytest.approx(0.5, abs=0.05)


def test_the_area_of_a_face_has_the_shape_of_the_box(world: World) -> None:
    world.ingest_original(draw_spot())

    assert size_of(ask(world, "w=16&h=8&fit=facearea")) == (16, 8)
    assert size_of(ask(world, "w=16&h=8&fit=facearea&facepad=4&enlarge=true")) == (16, 8)
    assert size_of(ask(world, "fit=facearea")) == (16, 16)
    assert size_of(ask(world, "w=8&fit=facearea")) == (8, 8)


@pytest.mark.parametrize(
    "query", ["w=40&h=80&fit=crop&crop=faces", "w=40&h=80&fit=facearea&facepad=2"]
)
def test_an_index_chooses_one_face(query: str) -> None:
    world = World(faces=(Face(Box(0, 0, 0.1, 0.15)), RED))
    world.ingest_original(draw_spot())

    assert spot(ask(world, f"{query}&faceindex=2"))[0] == pytest.approx(0.5, abs=0.06)
    assert ask(world, f"{query}&faceindex=9").body == ask(world, query).body


def test_the_first_strategy_that_finds_something_wins() -> None:
    world = World()
    world.ingest_original(draw_spot())
    sides = "w=40&h=80&fit=crop"

    assert ask(world, f"{sides}&crop=faces,right").body == ask(world, f"{sides}&crop=right").body
    assert ask(world, f"{sides}&crop=faces").body == ask(world, sides).body
    found = [ask(world, f"{sides}&crop={word}").body for word in ("faces,edges", "edges")]
    assert found[0] == found[1] != ask(world, sides).body


@pytest.mark.parametrize("strategy", ["entropy", "edges"])
def test_busy_parts_are_kept_in_view(strategy: str) -> None:
    world = World()
    world.ingest_original(draw_spot())

    assert spot(ask(world, f"w=40&h=80&fit=crop&crop={strategy}"))[0] == pytest.approx(0.5, abs=0.2)


def test_without_faces_a_face_area_is_a_crop() -> None:
    world = World()
    world.ingest_original(draw_spot())

    area = ask(world, "w=40&h=80&fit=facearea&crop=top,left")

    assert area.body == ask(world, "w=40&h=80&fit=crop&crop=top,left").body


NEEDS_FACES = (
    "w=40&h=80&fit=crop&crop=faces",
    "w=40&h=80&fit=facearea",
    "w=90&face-blur=80",
    "w=90&face-pixel=9",
    "w=90&auto=redeye",
    "w=40&h=80&fit=crop&crop=faces&fp-debug=true",
)


@pytest.mark.parametrize("query", NEEDS_FACES)
def test_before_ingest_the_answer_is_provisional_and_without_faces(
    world: World, query: str
) -> None:
    world.put(draw("red-eyes"))

    early = world.ask(query)

    assert (early.status, early.headers["cache-control"]) == (200, ONE_MINUTE)
    assert world.derivative_keys == []


@pytest.mark.parametrize("query", NEEDS_FACES)
def test_after_ingest_the_answer_is_stored_and_shows_the_faces(query: str) -> None:
    world = World(faces=(FACE,))
    world.put(draw("red-eyes"))
    early = world.ask(query)
    world.ingest_original()

    late = world.ask(query)

    assert late.headers["cache-control"] == FRESH
    assert late.body != early.body
    assert len(world.derivative_keys) == 1


def forget_faces(world: World) -> None:
    """Make the record one of an older version, which did not look for faces."""
    item = dict(world.catalog.port.items[KEY])
    original = {name: value for name, value in item["original"].items() if name != "faces"}
    measured = {
        name: value
        for name, value in original["measured"].items()
        if name not in {"entropy", "edges"}
    }
    world.catalog.port.items[KEY] = {**item, "original": {**original, "measured": measured}}


@pytest.mark.parametrize("query", [*NEEDS_FACES, "w=40&h=80&fit=crop&crop=entropy"])
def test_an_original_of_an_older_ingest_is_analysed_again(query: str) -> None:
    world = World(faces=(FACE,))
    world.ingest_original(draw("red-eyes"))
    forget_faces(world)

    early = world.ask(query)

    assert early.headers["cache-control"] == ONE_MINUTE
    assert world.derivative_keys == []
    assert [reason for reason, _ in world.requests] == [IngestReason.OUTDATED]
    world.ingest_original(again=True)
    assert world.ask(query).headers["cache-control"] == FRESH


def test_a_request_that_needs_no_faces_does_not_mind_an_older_ingest() -> None:
    world = World(faces=(FACE,))
    world.ingest_original(draw("red-eyes"))
    forget_faces(world)

    assert world.ask("w=40&h=80&fit=crop&crop=focalpoint").headers["cache-control"] == FRESH
    assert world.requests == []


def test_other_faces_are_other_derivatives_and_purge_the_old_ones(world: World) -> None:
    query = "w=40&h=80&fit=facearea&facepad=2"
    world.ingest_original(draw_spot())
    before = ask(world, query)

    world.ingest.annotate(KEY, lambda _: Annotations(faces=(Face(Box(0, 0.5, 0.2, 1)),)))

    assert world.derivative_keys == []
    assert "/cats/tom.jpg" in world.edge.port.invalidated
    after = ask(world, query)
    assert after.headers["etag"] != before.headers["etag"]
    world.ingest.annotate(KEY, lambda _: Annotations())
    assert ask(world, query).body == before.body


def test_an_owner_can_say_that_there_are_no_faces(world: World) -> None:
    world.ingest_original(draw_spot())
    world.ingest.annotate(KEY, lambda _: Annotations(faces=()))

    assert ask(world, "w=90&face-pixel=30").body == ask(world, "w=90").body


def test_a_repeated_analysis_with_other_faces_purges(world: World) -> None:
    query = "w=40&h=80&fit=facearea&facepad=2"
    world.ingest_original(draw_spot())
    before = ask(world, query)
    edition = find_record(world.catalog.port, KEY).edition  # type: ignore[union-attr]
    world.faces = (SMALL_FACE,)

    record = world.ingest_original(again=True)

    assert record.edition == edition + 1
    assert world.derivative_keys == []
    assert ask(world, query).headers["etag"] != before.headers["etag"]


def test_a_repeated_analysis_with_the_same_content_keeps_the_derivatives(world: World) -> None:
    world.ingest_original(draw_spot())
    ask(world, "w=40&h=80&fit=facearea")

    record = world.ingest_original(again=True)

    assert record.edition == 0
    assert len(world.derivative_keys) == 1


def faces_of(world: World, query: str = "fm=json&faces=1") -> Any:
    return json.loads(world.ask(query).body).get("Faces")


def test_the_metadata_lists_faces_in_pixels_of_the_upright_original() -> None:
    world = World(faces=(FACE, SMALL_FACE))
    world.ingest_original(draw("red-eyes"))

    assert faces_of(world) == [
        {
            "bounds": {"x": 150, "y": 50, "width": 60, "height": 60},
            "confidence": 90,
            "mouth": {"x": 180, "y": 100},
            "right_eye": {"x": 165, "y": 70},
            "left_eye": {"x": 195, "y": 70},
        },
        {"bounds": {"x": 15, "y": 20, "width": 30, "height": 30}, "confidence": 70},
    ]
    assert faces_of(world, "fm=json") is None


def test_the_metadata_lists_the_owners_faces_first(world: World) -> None:
    world.ingest_original(draw("red-eyes"))
    world.ingest.annotate(KEY, lambda _: Annotations(FocalPoint(0, 0), faces=(SMALL_FACE,)))

    assert [face["confidence"] for face in faces_of(world)] == [70]
    world.ingest.annotate(KEY, lambda _: Annotations(faces=()))
    assert faces_of(world) == []


def test_an_update_of_annotations_keeps_faces(world: World) -> None:
    world.ingest_original(draw_spot())
    update_record(
        world.catalog.port, KEY, lambda record: record.with_annotations(Annotations(faces=(FACE,)))
    )
    world.put(draw("jpeg"))

    assert world.ingest_original().faces == (FACE,)
