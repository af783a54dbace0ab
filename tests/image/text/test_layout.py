"""Lines are wrapped, cut, fitted and aligned by the widths that a typesetter measures."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda.image.geometry import Size
from origin_lambda.image.text.block import FontChoice, TextBlock
from origin_lambda.image.text.layout import LINE_HEIGHT, Layout, lay_out
from origin_lambda.image.text.typesetter import FontMetrics
from origin_lambda.url.values import Align, Colour, TextClip

BLOCK: Final = TextBlock(
    text="",
    canvas=Size(100, 100),
    font=FontChoice("sans-serif"),
    size=10,
    colour=Colour(0, 0, 0),
    across=Align.LEFT,
    down=Align.TOP,
    pad=0,
)


class Monospace:
    """Every character is as wide as the size, except marks."""

    def measure(self, text: str, levels: Sequence[int], size: float) -> list[float]:
        assert len(levels) == len(text)
        return [0.0 if char in "\u0301\u00ad" else size for char in text]

    def metrics(self, size: float) -> FontMetrics:
        return FontMetrics(0.8 * size, 0.2 * size)

    def split_words(self, text: str) -> list[str]:
        return [text]


def place(text: str, **values: Any) -> Layout:
    return lay_out(replace(BLOCK, text=text, **values), Monospace())


def texts(text: str, **values: Any) -> list[str]:
    return [placed.line.text for placed in place(text, **values).lines]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("0123456789", ["0123456789"]),
        ("01234 56789", ["01234", "56789"]),
        ("a b c d e f", ["a b c d e", "f"]),
        ("0123456789ab cd", ["0123456789", "ab cd"]),
        ("ab 0123456789abc", ["ab", "0123456789", "abc"]),
        ("0123456789      b", ["0123456789", "b"]),
        ("one\ntwo", ["one", "two"]),
        ("a\n\nb", ["a", "", "b"]),
        ("exam\u00adination", ["exam\u00ad-", "ination"]),
        ("exam\u00adpl", ["exam\u00adpl"]),
        ("012345678e\u0301 b", ["012345678é", "b"]),
    ],
)
def test_lines_hold_as_many_words_as_fit(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


@pytest.mark.parametrize(
    "clip, expected",
    [
        ("end", "01234"),
        ("start", "56789"),
        ("middle", "0189"),
        ("end,ellipsis", "0123…"),
        ("start,ellipsis", "…6789"),
        ("middle,ellipsis", "01…89"),
        ("ellipsis", "0123…"),
    ],
)
def test_a_line_that_is_too_wide_is_cut(clip: str, expected: str) -> None:
    words = frozenset(map(TextClip, clip.split(",")))
    found = texts("0123456789", wraps=False, clip=words, width=50)[0]

    assert found == expected or (clip == "middle" and len(found) == 5)
    assert texts("01234", wraps=False, clip=words, width=50) == ["01234"]


def test_an_ellipsis_shows_that_lines_are_missing() -> None:
    clip = frozenset({TextClip.ELLIPSIS})

    assert texts("0123 4567 89 ab", width=50, max_lines=2, clip=clip) == ["0123", "4567…"]
    assert texts("0123 45678 9", width=50, max_lines=2, clip=clip) == ["0123", "4567…"]
    assert texts("0123 4567", width=50, max_lines=2, clip=clip) == ["0123", "4567"]
    assert texts("0123 4567 89", width=50, max_lines=2) == ["0123", "4567"]


def test_text_is_reduced_until_it_fits() -> None:
    one = place("0123456789", size=40, fits=True, wraps=False, width=50)
    two = place("01234 56789", size=40, fits=True, max_lines=2, width=50)
    low = place("01", size=40, fits=True, wraps=False, canvas=Size(900, 24))

    assert one.size == pytest.approx(5, abs=0.02)
    assert two.size == pytest.approx(10, abs=0.02)
    assert [placed.line.text for placed in two.lines] == ["01234", "56789"]
    assert low.size * LINE_HEIGHT == pytest.approx(24, abs=0.02)
    assert place("01", size=4, fits=True, wraps=False).size == 4


@pytest.mark.parametrize(
    "values, left, top",
    [
        ({}, 0, 0),
        ({"pad": 7}, 7, 7),
        ({"across": Align.CENTER, "down": Align.MIDDLE}, 40, 44),
        ({"across": Align.RIGHT, "down": Align.BOTTOM, "pad": 5}, 75, 83),
        ({"x": 11, "y": -3, "pad": 5, "across": Align.LEFT}, 11, -3),
        ({"x": 10, "width": 60, "across": Align.RIGHT}, 50, 0),
        ({"across": Align.CENTER, "width": 40}, 40, 0),
    ],
)
def test_text_is_placed(values: dict[str, Any], left: float, top: float) -> None:
    box = place("ab", **values).box

    assert box == (left, top, left + 20, top + 12)


def test_baselines_are_a_line_height_apart() -> None:
    lines = place("a\nb\nc", lead=3).lines

    assert [line.baseline for line in lines] == [11, 26, 41]


def test_a_soft_hyphen_before_a_space_shows_no_hyphen() -> None:
    assert texts("aaaaa\u00ad a", width=30.0, size=6.0) == ["aaaaa\u00ad", "a"]


@given(
    st.text("ab 日。é\u00ad\u0301-אב\n", max_size=60),
    st.fixed_dictionaries(
        {
            "width": st.floats(0.5, 200),
            "size": st.floats(1, 40),
            "clip": st.frozensets(st.sampled_from(TextClip)),
            "max_lines": st.none() | st.integers(1, 4),
            "fits": st.booleans(),
        }
    ),
)
def test_any_text_has_lines_within_its_width(text: str, values: dict[str, Any]) -> None:
    wraps = values["max_lines"] is not None or not (values["clip"] or values["fits"])
    layout = place(text, wraps=wraps, **values)

    assert layout.size <= values["size"]
    assert len(layout.lines) <= (values["max_lines"] or 99)
    for placed in layout.lines:
        assert len(placed.line.levels) == len(placed.line.text)
        # One letter, and an ellipsis or a hyphen, are the least that is shown.
        assert placed.line.width <= max(values["width"], 2 * layout.size) + 0.02
