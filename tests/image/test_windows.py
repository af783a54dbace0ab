"""Windows keep as many whole faces as possible, the heaviest first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda.image.geometry import Box, Extent
from origin_lambda.image.subjects import Subject
from origin_lambda.image.windows import find_area, find_middle, place_by_faces

PICTURE = Extent(600, 400)


def face(left: float, top: float, side: float, weight: float = 1.0) -> Subject:
    return Subject(Box(left, top, left + side, top + side), (), weight)


def holds(window: Box, box: Box) -> bool:
    return (
        window.left <= box.left + 1e-6
        and window.top <= box.top + 1e-6
        and window.right >= box.right - 1e-6
        and window.bottom >= box.bottom - 1e-6
    )


places = st.builds(
    lambda x, y, side, weight: face(x * (600 - side), y * (400 - side), side, weight),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(5, 150),
    st.floats(0.5, 100),
)
windows = st.builds(Extent, st.floats(1, 600), st.floats(1, 400))


@given(windows, st.lists(places, min_size=1, max_size=12))
def test_a_window_has_its_size_and_lies_in_the_picture(
    window: Extent, faces: list[Subject]
) -> None:
    place = place_by_faces(PICTURE, window, faces)

    assert place.extent == pytest.approx(window)
    assert holds(Box(0, 0, *PICTURE), place)


@given(windows, places)
def test_a_face_that_fits_is_whole(window: Extent, one: Subject) -> None:
    place = place_by_faces(PICTURE, window, [one])

    fits = window.width >= one.box.extent.width and window.height >= one.box.extent.height
    assert holds(place, one.box) or not fits


def test_a_face_that_does_not_fit_is_in_the_middle() -> None:
    place = place_by_faces(PICTURE, Extent(20, 20), [face(300, 200, 100)])

    assert find_middle(place) == pytest.approx((350, 235), abs=30)


def test_two_faces_win_over_one_of_the_same_size() -> None:
    faces = [face(20, 100, 40), face(400, 100, 40), face(480, 120, 40)]

    place = place_by_faces(PICTURE, Extent(200, 400), faces)

    assert [holds(place, each.box) for each in faces] == [False, True, True]


def test_a_heavy_face_wins_over_two_light_ones() -> None:
    faces = [face(20, 100, 90, 9.0), face(400, 100, 30), face(480, 120, 30)]

    place = place_by_faces(PICTURE, Extent(200, 400), faces)

    assert [holds(place, each.box) for each in faces] == [True, False, False]


def test_the_mean_of_far_faces_is_not_the_middle_of_the_window() -> None:
    left, right = face(0, 100, 60, 2.0), face(540, 100, 60)

    place = place_by_faces(PICTURE, Extent(150, 400), [left, right])

    assert holds(place, left.box)


def test_there_is_room_for_hair_above_a_face() -> None:
    place = place_by_faces(PICTURE, Extent(600, 100), [face(100, 200, 60)])

    assert place.top <= 200 - 0.45 * 60
    assert place.bottom >= 260


@pytest.mark.parametrize(
    "times, area", [(1, (200, 100, 260, 160)), (2, (170, 70, 290, 190)), (10, (0, 0, 530, 400))]
)
def test_an_area_is_a_multiple_of_the_face_within_the_picture(
    times: float, area: tuple[float, ...]
) -> None:
    assert find_area(PICTURE, [face(200, 100, 60)], times) == area


def test_an_area_contains_all_faces() -> None:
    assert find_area(PICTURE, [face(200, 100, 60), face(10, 300, 20)], 1) == (10, 100, 260, 320)
