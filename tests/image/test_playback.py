"""Parameters of animation select frames, their order and their durations."""

import io

import pytest
from PIL import Image

from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.plan import plan
from origin_lambda.image.playback import plan_playback
from origin_lambda.image.probe import Facts, Limits
from tests.support.originals import BLUE, GREEN, RED, draw
from tests.support.rendering import (
    APNG,
    assert_close,
    assert_plays,
    colour_at,
    derive_original,
    read_loop,
    render,
)
from tests.support.strategies import transform_of

TEN = Facts(Kind.GIF, Size(80, 50), frames=10)


def numbers(query: str, facts: Facts = TEN) -> list[int]:
    """Return the frames that a request shows, counted from 1, in their order."""
    playback = plan_playback(transform_of(query).animation, facts)
    ordered = [number + 1 for number in playback.numbers]
    return ordered[::-1] if playback.is_reversed else ordered


@pytest.mark.parametrize(
    "query, expected",
    [
        ("", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ("frame=3", [3]),
        ("frame=3-5", [3, 4, 5]),
        ("frame=5-3", [3, 4, 5]),
        ("frame=9-", [9, 10]),
        ("frame=-2", [1, 2]),
        ("frame=11", [10]),
        ("frame=9-99", [9, 10]),
        ("frame=50-99", [10]),
        ("interval=4", [1, 5, 9]),
        ("interval=99", [1]),
        ("skip=3", [1, 2, 4, 5, 7, 8, 10]),
        ("skip=1", [1]),
        ("frame=2-9&skip=2&interval=2&reverse=true", [6, 2]),
        ("reverse=true&frame=8-", [10, 9, 8]),
    ],
)
def test_frames_are_selected_then_skipped_then_reversed(query: str, expected: list[int]) -> None:
    assert numbers(query) == expected


@pytest.mark.parametrize("query", ["frame=3", "fps=5", "reverse=true", "loop=2", "skip=1"])
def test_a_still_stays_the_same(query: str) -> None:
    still = Facts(Kind.PNG, Size(80, 50))

    assert plan(transform_of(query), still, Limits()) == plan(transform_of(""), still, Limits())


def test_no_frame_after_the_last_one_is_decoded() -> None:
    decoding = plan(transform_of("w=9&frame=2-6&interval=3"), TEN, Limits()).decoding

    assert (decoding.frames, decoding.kept) == (5, (1, 4))


def test_the_pixels_of_a_result_are_divided_among_its_own_frames() -> None:
    large = Facts(Kind.GIF, Size(1000, 1000), frames=100)
    limits = Limits(frame_pixels=10_000_000)

    assert plan(transform_of("w=900"), large, limits).out.width < 400
    assert plan(transform_of("w=900&frame=5-9"), large, limits).out.width == 900


@pytest.mark.parametrize("output", ["gif", "webp", "avif", "png"])
def test_one_frame_is_a_still_in_every_format(output: str) -> None:
    found = render("apng", f"fm={output}&frame=2")

    assert getattr(found, "n_frames", 1) == 1
    assert_close([colour_at(found, (20, 20))], [GREEN], within=16)


def test_frames_play_backwards_with_their_own_durations() -> None:
    assert_plays(derive_original("apng", "fm=webp&reverse=true").body, APNG[::-1], within=20)


def test_a_format_without_animation_shows_the_first_frame_of_the_result() -> None:
    for query, colour in (("reverse=true", BLUE), ("frame=2-", GREEN), ("fps=3", RED)):
        found = render("apng", f"fm=jpg&{query}")
        assert_close([colour_at(found, (20, 20))], [colour], within=16)


def test_a_frame_rate_replaces_the_durations_and_keeps_the_length() -> None:
    body = derive_original("apng", "fm=webp&fps=30").body

    assert_plays(body, [(RED, 33), (GREEN, 34), (BLUE, 33)], within=20)


@pytest.mark.parametrize("times, expected", [(0, 0), (1, 1), (7, 7)])
def test_a_loop_count_replaces_that_of_the_original(times: int, expected: int) -> None:
    assert read_loop(derive_original("apng", f"fm=webp&loop={times}").body) == expected


def test_the_last_frame_is_shown_if_the_file_ends_before_the_one_to_show() -> None:
    data = draw("gif-animated")
    with Image.open(io.BytesIO(data)) as image:
        assert getattr(image, "n_frames", 1) > 2
    whole = render(data, "fm=png&frame=1")
    cut = render(data[: len(data) * 2 // 3], "fm=png&frame=99")

    assert cut.size == whole.size


@pytest.mark.parametrize("value", ["0", "-", "01", "1-2-3", "x", "10000", "2-0"])
def test_a_wrong_frame_is_refused(value: str) -> None:
    from origin_lambda.errors import BadValue

    with pytest.raises(BadValue, match="frame accepts"):
        transform_of(f"frame={value}")
