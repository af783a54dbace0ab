"""Turns, crops, padding and fits do to the pixels what the reference says."""

import pytest
from PIL import Image

from tests.support.originals import (
    BLUE,
    GREEN,
    RED,
    SMALL,
    YELLOW,
    Colour,
    encoded,
)
from tests.support.rendering import WHITE, assert_close, colour_at, quarter_colours, render


@pytest.mark.parametrize(
    "query, wanted",
    [
        ("rot=90", [GREEN, YELLOW, RED, BLUE]),
        ("rot=180", [YELLOW, BLUE, GREEN, RED]),
        ("rot=270", [BLUE, RED, YELLOW, GREEN]),
        ("flip=h", [GREEN, RED, YELLOW, BLUE]),
        ("flip=v", [BLUE, YELLOW, RED, GREEN]),
        ("flip=hv", [YELLOW, BLUE, GREEN, RED]),
        ("flip=h&rot=90", [RED, BLUE, GREEN, YELLOW]),
        ("rot=10", [RED, GREEN, BLUE, YELLOW]),
        ("rot=100", [GREEN, YELLOW, RED, BLUE]),
        ("rect=0,10,30,10", [RED, RED, RED, RED]),
        ("rect=right,top,30,20", [GREEN, GREEN, GREEN, GREEN]),
        ("w=20&h=40&fit=crop&crop=right", [GREEN, GREEN, YELLOW, YELLOW]),
        ("w=60&h=20&fit=crop&crop=bottom", [BLUE, YELLOW, BLUE, YELLOW]),
        ("w=20&h=20&fit=crop&crop=focalpoint&fp-x=1&fp-y=1&fp-z=2", [YELLOW] * 4),
        ("w=13&h=170&fit=scale", [RED, GREEN, BLUE, YELLOW]),
    ],
)
@pytest.mark.parametrize("name", ["png", "exif-6", "exif-5"])
def test_each_transform_has_its_documented_effect(
    name: str, query: str, wanted: list[Colour]
) -> None:
    assert_close(quarter_colours(render(name, f"fm=png&{query}")), wanted, within=20)


@pytest.mark.parametrize(
    "query", ["rot=10", "rot=-33", "rot=45&w=40&h=40&fit=crop", "rot=100&w=25"]
)
def test_a_straightened_picture_has_no_dark_rim(query: str) -> None:
    white = encoded(Image.new("RGB", SMALL, WHITE), "PNG")

    assert render(white, query).convert("L").getextrema() == (255, 255)


def test_a_pivot_leaves_transparent_corners_around_the_whole_picture() -> None:
    image = render("png", "rot=45&rot-type=pivot").convert("RGBA")

    assert image.size == (71, 71)
    assert [
        image.crop((x, y, x + 1, y + 1)).tobytes()[3]
        for x, y in ((0, 0), (70, 0), (0, 70), (70, 70))
    ] == [0] * 4
    assert image.crop((35, 35, 36, 36)).tobytes()[3] == 255


def test_padding_and_fill_surround_the_picture_with_the_background() -> None:
    image = render("png", "w=100&h=100&fit=fill&pad=10&bg=teal&enlarge=true")

    assert image.size == (100, 100)
    teal = (0, 128, 128)
    assert_close(
        [colour_at(image, place) for place in ((0, 0), (50, 15), (50, 85), (5, 50), (95, 50))],
        [teal] * 5,
        within=0,
    )
    assert_close(
        [colour_at(image, place) for place in ((15, 40), (85, 40), (15, 60), (85, 60))],
        [RED, GREEN, BLUE, YELLOW],
    )


def test_clamp_continues_the_edges() -> None:
    image = render("png", "w=100&h=100&fit=clamp")

    assert image.size == (100, 100)
    assert_close(
        [colour_at(image, place) for place in ((20, 0), (80, 0), (20, 99), (80, 99))],
        [RED, GREEN, BLUE, YELLOW],
    )


def test_clamp_to_a_wider_box_continues_the_sides() -> None:
    image = render("png", "w=200&h=40&fit=clamp")

    assert_close(
        [colour_at(image, place) for place in ((0, 15), (199, 5), (0, 35), (199, 35))],
        [RED, GREEN, BLUE, YELLOW],
    )
