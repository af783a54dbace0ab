"""Automatic quality is compared with one fixed number whose worst picture is as good."""

import pytest

from bench.peers.auto_quality import Tried, compare
from bench.peers.curves import Point
from bench.peers.judge import Rating
from origin_lambda.url.values import Format

EASY = Tried(Rating(70, 1000), [Point(40, 70, 1000), Point(60, 80, 2000), Point(80, 90, 4000)])
HARD = Tried(Rating(72, 4000), [Point(40, 50, 1000), Point(60, 60, 2000), Point(80, 70, 4000)])


def test_the_fixed_number_is_what_the_hardest_original_needs() -> None:
    found = compare(Format.JPEG, [EASY, HARD])

    assert (found.worst, found.fixed) == (70, 80)


def test_bytes_are_compared_original_by_original() -> None:
    found = compare(Format.JPEG, [EASY, HARD])

    assert found.ratio == pytest.approx((1000 / 4000 * 4000 / 4000) ** 0.5)


def test_bytes_are_interpolated_exponentially_between_two_numbers() -> None:
    easier = Tried(Rating(65, 1500), HARD.fixed)

    found = compare(Format.JPEG, [easier])

    assert found.fixed == pytest.approx(70)
    assert found.ratio == pytest.approx(1500 / (2000 * 2**0.5), rel=1e-3)
