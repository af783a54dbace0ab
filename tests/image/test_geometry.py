"""The eight turns form a group; boxes and extents are placed correctly."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda.image.geometry import (
    QUARTERS,
    Box,
    Dihedral,
    Extent,
    Size,
    bounds_of_rotated,
    largest_inside_rotated,
    place_anchored,
    place_centred,
    round_side,
)

TURNS = [Dihedral.from_exif(orientation) for orientation in range(1, 9)]
GRID = ("abc", "def")

# GRID as viewers show it, by EXIF orientation (Exif 2.32, tag 274).
SHOWN = {
    1: ("abc", "def"),
    2: ("cba", "fed"),
    3: ("fed", "cba"),
    4: ("def", "abc"),
    5: ("ad", "be", "cf"),
    6: ("da", "eb", "fc"),
    7: ("fc", "eb", "da"),
    8: ("cf", "be", "ad"),
}

sides = st.integers(1, 200)
extents = st.builds(Extent, sides, sides)
shares = st.floats(0, 1)


def turn_grid(grid: tuple[str, ...], turn: Dihedral) -> tuple[str, ...]:
    """Return a grid of cells turned by a Dihedral: swap the axes, then mirror each."""
    rows = ["".join(column) for column in zip(*grid, strict=True)] if turn.swap else list(grid)
    rows = [row[::-1] for row in rows] if turn.mirror_x else rows
    return tuple(rows[::-1] if turn.mirror_y else rows)


def boxes_in(extent: Extent) -> st.SearchStrategy[Box]:
    across = st.tuples(*2 * [st.floats(0, extent.width)]).map(sorted)
    down = st.tuples(*2 * [st.floats(0, extent.height)]).map(sorted)
    return st.builds(lambda x, y: Box(x[0], y[0], x[1], y[1]), across, down)


@pytest.mark.parametrize("orientation, shown", SHOWN.items())
def test_each_exif_orientation_is_shown_upright(orientation: int, shown: tuple[str, ...]) -> None:
    assert turn_grid(GRID, Dihedral.from_exif(orientation)) == shown


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_orientation_becomes_a_turn_and_back(orientation: int) -> None:
    assert Dihedral.from_exif(orientation).exif == orientation


@pytest.mark.parametrize("first, second", list(itertools.product(TURNS, TURNS)))
def test_composed_turns_equal_one_after_the_other(first: Dihedral, second: Dihedral) -> None:
    assert turn_grid(GRID, first.compose(second)) == turn_grid(turn_grid(GRID, first), second)


@pytest.mark.parametrize("turn", TURNS)
def test_every_turn_has_one_inverse(turn: Dihedral) -> None:
    assert sum(turn.compose(back) == Dihedral() for back in TURNS) == 1


@pytest.mark.parametrize("turn", TURNS)
def test_a_turn_maps_a_size_as_it_turns_pixels(turn: Dihedral) -> None:
    cells = turn_grid(GRID, turn)

    assert turn.map_size(Size(3, 2)) == (len(cells[0]), len(cells))


@pytest.mark.parametrize("turn", TURNS)
def test_an_inverse_box_finds_the_source_of_each_cell(turn: Dihedral) -> None:
    cells = turn_grid(GRID, turn)
    frame = Extent(len(cells[0]), len(cells))

    for y, x in itertools.product(range(len(cells)), range(len(cells[0]))):
        was = turn.inverse_box(Box(x, y, x + 1, y + 1), frame)
        assert was.extent == (1, 1)
        assert GRID[int(was.top)][int(was.left)] == cells[y][x]


@given(turn=st.sampled_from(TURNS), frame=extents, data=st.data())
def test_an_inverse_box_lies_inside_the_picture_before_the_turn(
    turn: Dihedral, frame: Extent, data: st.DataObject
) -> None:
    box = data.draw(boxes_in(frame))
    width, height = (frame.height, frame.width) if turn.swap else frame

    left, top, right, bottom = turn.inverse_box(box, frame)

    assert 0 <= left <= right <= width
    assert 0 <= top <= bottom <= height


def test_quarters_turn_counter_clockwise() -> None:
    shown = [turn_grid(("ab", "cd"), quarter) for quarter in QUARTERS]

    assert shown == [("ab", "cd"), ("bd", "ac"), ("dc", "ba"), ("ca", "db")]


@pytest.mark.parametrize(
    "side, whole", [(0.0, 1), (0.4, 1), (1.4999, 1), (1.5, 2), (2.5, 3), (66.7, 67)]
)
def test_sides_are_rounded_half_up_and_are_never_zero(side: float, whole: int) -> None:
    assert round_side(side) == whole


@given(outer=extents, x=shares, y=shares, share=shares)
def test_a_placed_extent_lies_inside_and_keeps_its_size(
    outer: Extent, x: float, y: float, share: float
) -> None:
    inner = outer.scale(share)

    for box in (place_anchored(outer, inner, x, y), place_centred(outer, inner, x, y)):
        assert box.left >= 0
        assert box.top >= 0
        assert box.right <= outer.width + 1e-9
        assert box.bottom <= outer.height + 1e-9
        assert box.extent == pytest.approx(inner)


def test_an_anchor_divides_the_spare_room() -> None:
    assert place_anchored(Extent(300, 200), Extent(100, 200), 0, 0) == Box(0, 0, 100, 200)
    assert place_anchored(Extent(300, 200), Extent(100, 200), 0.5, 0) == Box(100, 0, 200, 200)
    assert place_anchored(Extent(300, 200), Extent(300, 50), 0, 1) == Box(0, 150, 300, 200)


def test_a_centre_is_kept_in_the_middle_until_the_edge_is_reached() -> None:
    assert place_centred(Extent(300, 200), Extent(100, 100), 0.4, 0.5) == Box(70, 50, 170, 150)
    assert place_centred(Extent(300, 200), Extent(100, 100), 0, 1) == Box(0, 100, 100, 200)


@given(frame=extents, degrees=st.floats(-45, 45))
def test_bounds_contain_all_corners_and_touch_them(frame: Extent, degrees: float) -> None:
    bounds = bounds_of_rotated(frame, degrees)

    corners = list(corners_of(frame, degrees))

    assert max(x for x, _ in corners) == pytest.approx(bounds.width / 2)
    assert max(y for _, y in corners) == pytest.approx(bounds.height / 2)


@given(frame=extents, degrees=st.floats(-45, 45))
def test_a_straightened_frame_keeps_its_shape_and_has_no_empty_corner(
    frame: Extent, degrees: float
) -> None:
    inner = largest_inside_rotated(frame, degrees)

    # The inner picture is turned relative to the frame, so turn the other way.
    corners = list(corners_of(inner, -degrees))

    assert inner.width * frame.height == pytest.approx(inner.height * frame.width)
    assert all(abs(x) <= frame.width / 2 * (1 + 1e-9) for x, _ in corners)
    assert all(abs(y) <= frame.height / 2 * (1 + 1e-9) for _, y in corners)
    touches = [abs(x) / frame.width for x, _ in corners] + [
        abs(y) / frame.height for _, y in corners
    ]
    assert max(touches) == pytest.approx(0.5)


def corners_of(extent: Extent, degrees: float) -> list[tuple[float, float]]:
    """Return the turned corners of an extent, relative to its middle, by complex numbers."""
    turn = complex(0, 1) ** (degrees / 90)
    points = [
        complex(x * extent.width / 2, y * extent.height / 2) * turn
        for x, y in itertools.product((-1, 1), (-1, 1))
    ]
    return [(point.real, point.imag) for point in points]
