"""Scores and bytes between measured points are interpolated; bytes are never extrapolated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.peers.curves import (
    BEST,
    Point,
    bytes_at,
    common_number,
    number_at,
    score_at,
)

CURVE = [Point(60, 60.0, 1000), Point(70, 70.0, 2000), Point(80, 75.0, 4000)]


@pytest.mark.parametrize(
    "score, number",
    [(60, 60), (65, 65), (70, 70), (72.5, 75), (75, 80)],
)
def test_a_score_is_interpolated_linearly_between_two_points(score: float, number: float) -> None:
    assert number_at(CURVE, score) == pytest.approx(number)


@pytest.mark.parametrize("score, number", [(50, 50), (80, 90), (85, 100), (-1000, 1)])
def test_the_outermost_line_extends_beyond_the_measured_points(score: float, number: float) -> None:
    assert number_at(CURVE, score) == pytest.approx(number)


def test_a_score_above_that_of_the_best_number_has_no_number() -> None:
    assert number_at(CURVE, 85.1) is None


def test_a_flat_end_is_not_extended() -> None:
    flat = [Point(60, 60.0, 1000), Point(100, 60.0, 2000)]

    assert number_at(flat, 60) == 100
    assert number_at(flat, 61) is None


def test_a_dip_is_ignored() -> None:
    dipped = [Point(60, 60.0, 1000), Point(70, 58.0, 1500), Point(80, 70.0, 2000)]

    assert number_at(dipped, 65) == pytest.approx(75)


@given(st.lists(st.floats(0, 100), min_size=3, max_size=3), st.floats(0, 100))
def test_a_found_number_gives_at_least_the_score(scores: list[float], target: float) -> None:
    rising = sorted(scores)
    curve = [Point(60 + 10 * at, score, 1000) for at, score in enumerate(rising)]

    number = number_at(curve, target)

    if number is not None and number > 1:
        assert score_at(curve, number) >= target - 1e-3


@pytest.mark.parametrize("number, score", [(60, 60), (75, 72.5), (90, 80), (50, 50)])
def test_the_score_of_a_number_is_interpolated(number: float, score: float) -> None:
    assert score_at(CURVE, number) == pytest.approx(score)


@pytest.mark.parametrize("score, size", [(60, 1000), (65, 1000 * 2**0.5), (75, 4000)])
def test_bytes_are_interpolated_exponentially_between_two_points(score: float, size: float) -> None:
    assert bytes_at(CURVE, score) == pytest.approx(size)


@pytest.mark.parametrize("score", [59.9, 75.1])
def test_bytes_are_not_extrapolated(score: float) -> None:
    assert bytes_at(CURVE, score) is None


def test_the_order_of_points_does_not_matter() -> None:
    assert number_at(CURVE[::-1], 65) == number_at(CURVE, 65)
    assert bytes_at(CURVE[::-1], 65) == bytes_at(CURVE, 65)


@pytest.mark.parametrize(
    "numbers, common",
    [
        ([70.0, 80.2, 90.0], 81),
        ([70.0, 80.0], 80),
        ([70.0, None, 90.0], 90),
        ([70.0, None, None], None),
        ([99.5, 99.7, 99.9], BEST),
    ],
)
def test_one_number_for_many_pictures_is_their_median_rounded_up(
    numbers: list[float | None], common: int | None
) -> None:
    assert common_number(numbers) == common
