"""Crops that keep the original's own focal point: whole requests, with ports in memory."""

import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageDraw

from origin_lambda.http import Response
from origin_lambda.image.analysis.measure import FocalPoint
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Dihedral, Size
from origin_lambda.image.layout import map_to_picture
from origin_lambda.image.probe import Facts
from origin_lambda.originals.record import Annotations
from origin_lambda.url.grammar import parse
from tests.derivatives.test_metadata import FOR_NOW, ingest
from tests.support.origin_world import FRESH, PHOTO, World, build_world
from tests.support.originals import STORED, encoded

SIZE = 240, 160
SPOT = 160, 60
"""Where the spot of `spotted` is, when that is upright."""
POINT = FocalPoint(SPOT[0] / SIZE[0], SPOT[1] / SIZE[1])
SQUARE = "w=40&h=40&fit=crop"


def draw_spot(orientation: int = 1) -> bytes:
    """Return a white original with a red spot, stored in this orientation."""
    image = Image.new("RGB", SIZE, (255, 255, 255))
    x, y = SPOT
    ImageDraw.Draw(image).rectangle((x - 8, y - 8, x + 7, y + 7), (255, 0, 0))
    if orientation in STORED:
        image = image.transpose(STORED[orientation])
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return encoded(image, "PNG", exif=exif)


def ingested_world(body: bytes, point: FocalPoint | None = None) -> World:
    """Return a world with an ingested original and the focal point that its owner set, if any."""
    world = build_world()
    world.put(PHOTO, body)
    ingest(world).ingest(PHOTO)
    ingest(world).annotate(PHOTO, lambda _: Annotations(point))
    return world


def crop(world: World, query: str) -> Response:
    return world.ask("/cats/tom.jpg", f"{SQUARE}&{query}&fm=png")


def spot(response: Response) -> tuple[float, float]:
    """Return the middle of the red pixels, in shares (0 to 1) of the result's sides."""
    image = Image.open(io.BytesIO(response.body)).convert("RGB")
    places = [
        (x + 0.5, y + 0.5)
        for x, y in itertools.product(range(image.width), range(image.height))
        if image.crop((x, y, x + 1, y + 1)).tobytes()[1] < 128
    ]
    assert places, "the spot is cut away"
    xs, ys = zip(*places, strict=True)
    return sum(xs) / len(xs) / image.width, sum(ys) / len(ys) / image.height


MIDDLE = pytest.approx((0.5, 0.5), abs=0.04)


@pytest.mark.parametrize("words", ["focalpoint", "focalpoint,top,left", "faces,focalpoint"])
def test_the_subject_is_kept_in_the_middle(words: str) -> None:
    world = ingested_world(draw_spot(), POINT)

    assert spot(crop(world, f"crop={words}&fp-z=4")) == MIDDLE


def test_the_measured_point_is_used_without_an_annotation() -> None:
    world = ingested_world(draw_spot())

    assert spot(crop(world, "crop=focalpoint&fp-z=3")) == pytest.approx((0.5, 0.5), abs=0.15)


def test_another_focal_point_is_another_derivative() -> None:
    world = ingested_world(draw_spot(), FocalPoint(0, 1))
    before = crop(world, "crop=focalpoint")
    ingest(world).annotate(PHOTO, lambda _: Annotations(POINT))

    after = crop(world, "crop=focalpoint")

    assert after.body != before.body
    assert after.headers["etag"] != before.headers["etag"]


@pytest.mark.parametrize(
    "query", ["fp-x=0.6667&fp-y=0.375", "crop=focalpoint&fp-x=0.6667&fp-y=0.375"]
)
def test_the_urls_point_takes_precedence_over_the_originals(query: str) -> None:
    world = ingested_world(draw_spot(), FocalPoint(0, 1))

    assert spot(crop(world, f"crop=focalpoint&{query}&fp-z=4")) == MIDDLE


# The point is the original's; what is cropped may have been turned, mirrored and cut before.


@pytest.mark.parametrize("stored", range(1, 9))
@pytest.mark.parametrize("query", ["", "orient=1", "orient=6", "orient=7"])
def test_the_point_is_kept_for_every_stored_orientation(stored: int, query: str) -> None:
    world = ingested_world(draw_spot(stored), POINT)

    assert spot(crop(world, f"crop=focalpoint&fp-z=4&{query}")) == MIDDLE


@pytest.mark.parametrize("flip", ["", "flip=h", "flip=v", "flip=hv"])
@pytest.mark.parametrize("turn", ["", "rot=90", "rot=180", "rot=270", "rot=20", "rot=250"])
@pytest.mark.parametrize("kind", ["", "rot-type=pivot"])
def test_the_point_is_kept_for_every_turn_of_the_picture(flip: str, turn: str, kind: str) -> None:
    world = ingested_world(draw_spot(8), POINT)

    response = crop(world, f"crop=focalpoint&fp-z=4&bg=fff&{flip}&{turn}&{kind}")

    assert spot(response) == MIDDLE


@pytest.mark.parametrize("rect", ["120,0,120,160", "0.5,0.1,0.5,0.6", "right,top,120,100"])
@pytest.mark.parametrize("turn", ["", "flip=h&rot=90", "flip=v&rot=200"])
def test_the_point_is_kept_inside_a_rectangle_of_the_original(rect: str, turn: str) -> None:
    world = ingested_world(draw_spot(5), POINT)

    response = crop(world, f"crop=focalpoint&rect={rect}&{turn}&fp-z=3")

    assert spot(response) == MIDDLE


def test_if_rect_excludes_the_point_the_crop_lies_at_the_nearest_edge() -> None:
    world = ingested_world(draw_spot(), POINT)
    in_the_lower_left = "rect=0,80,120,80"

    response = crop(world, f"crop=focalpoint&{in_the_lower_left}")
    at_its_upper_right = crop(world, f"crop=top,right&{in_the_lower_left}")

    assert response.body == at_its_upper_right.body


@given(
    x=st.floats(0, 1),
    y=st.floats(0, 1),
    query=st.sampled_from(["", "flip=h", "orient=5", "rot=17", "rect=5,5,9,9", "rot=90&flip=v"]),
    stored=st.integers(1, 8),
)
def test_a_point_is_always_within_the_picture(x: float, y: float, query: str, stored: int) -> None:
    facts = Facts(Kind.PNG, Size(60, 40), stored)

    left, top = map_to_picture((x, y), parse("/a", query).transform, facts)

    assert 0 <= left <= 1
    assert 0 <= top <= 1


@pytest.mark.parametrize("code", range(1, 9))
def test_the_inverse_of_a_turn_undoes_it(code: int) -> None:
    turn = Dihedral.from_exif(code)

    assert turn.compose(turn.inverse) == turn.inverse.compose(turn) == Dihedral()
    assert turn.inverse.map_point(*turn.map_point(0.25, 0.125)) == (0.25, 0.125)


# Before ingest has been.


def test_before_ingest_the_sides_are_used_and_nothing_is_stored() -> None:
    world = build_world()
    world.put(PHOTO, draw_spot())

    response = crop(world, "crop=focalpoint,top,right&fp-z=2")

    assert response.body == crop(world, "crop=focalpoint&fp-x=1&fp-y=0&fp-z=2").body
    assert response.headers["cache-control"] == FOR_NOW
    assert len(world.derivatives.objects) == 1


def test_before_ingest_a_crop_without_sides_keeps_the_middle() -> None:
    world = build_world()
    world.put(PHOTO, draw_spot())

    assert crop(world, "crop=focalpoint").body == crop(world, "crop=focalpoint&fp-x=0.5").body


def test_a_cached_crop_from_before_ingest_is_replaced_after_it() -> None:
    world = build_world()
    world.put(PHOTO, draw_spot())
    before = crop(world, "crop=focalpoint,bottom,left")
    ingest(world).ingest(PHOTO)

    after = world.ask(
        "/cats/tom.jpg",
        f"{SQUARE}&crop=focalpoint,bottom,left&fm=png",
        headers={"if-none-match": before.headers["etag"]},
    )

    assert after.status == 200
    assert after.body != before.body


@pytest.mark.parametrize("query", ["w=40&crop=focalpoint", "w=40&h=40&fit=fill&crop=focalpoint"])
def test_a_request_without_a_crop_does_not_wait_for_ingest(query: str) -> None:
    world = build_world()

    response = world.ask("/cats/tom.jpg", query)

    assert response.headers["cache-control"] == FRESH
    assert len(world.derivatives.objects) == 1


def test_a_result_too_large_to_return_is_stored_before_ingest_too() -> None:
    world = build_world()

    response = world.ask("/cats/tom.jpg", f"{SQUARE}&crop=focalpoint", answer_limit=100)
    again = world.ask("/cats/tom.jpg", f"{SQUARE}&crop=focalpoint")

    assert response.status == 302
    assert again.headers["x-calotype"].startswith("stored")
