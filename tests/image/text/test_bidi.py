"""Text of mixed directions has the order of the Unicode Bidirectional Algorithm (UAX 9)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda.image.text.bidi import order_runs, resolve_levels

HEBREW = "אבג"
ALPHABET = "ab12 .,+-%()[]אבعر٤٥\u0301\u200d\u200e\u200f\u2066\u2067\u2068\u2069"


def visual(text: str) -> str:
    """Return the characters from left to right, without mirroring brackets."""
    levels = resolve_levels(text).each
    parts = (
        text[start:end][::-1] if level % 2 else text[start:end]
        for start, end, level in order_runs(levels)
    )
    return "".join(parts)


# The expected orders are those of unicode-bidi, a Rust library, by python-bidi 0.6.12.
@pytest.mark.parametrize(
    "logical, expected",
    [
        ("plain text", "plain text"),
        ("Grüße 12", "Grüße 12"),
        ("אבג", "גבא"),
        ("a אבג b", "a גבא b"),
        ("אב 12 ab", "ab 12 בא"),
        ("אב 1,234.5%", "1,234.5% בא"),
        ("אב (ab) ג", "ג (ab) בא"),
        ("a (אב) b", "a )בא( b"),
        ("عر 12-34", "34-12 رع"),
        ("ab אב 12", "ab 12 בא"),
        ("\u2067ab\u2069 אב", "בא \u2069ab\u2067"),
        ("אב\u2066a b\u2069ג", "ג\u2069a b\u2066בא"),
    ],
)
def test_characters_have_the_order_of_the_algorithm(logical: str, expected: str) -> None:
    ours = visual(logical)

    assert ours.replace("(", ")") == expected.replace("(", ")")


@pytest.mark.parametrize(
    "text, base",
    [("ab", 0), ("אב a", 1), ("12 عر", 1), ("\u2067אב\u2069 ab", 0), ("", 0), ("12", 0)],
)
def test_the_first_strong_character_gives_the_direction(text: str, base: int) -> None:
    assert resolve_levels(text).base == base


def test_a_mark_has_the_level_of_its_letter() -> None:
    levels = resolve_levels("a א\u05b0 b").each

    assert levels[3] == levels[2] == 1


def test_deep_isolates_do_not_overflow() -> None:
    text = "\u2067" * 300 + "a" + "\u2069" * 300 + HEBREW

    assert max(resolve_levels(text).each) <= 127


@given(st.text(ALPHABET, max_size=40))
def test_every_character_is_shown_once(text: str) -> None:
    base, levels = resolve_levels(text)

    assert len(levels) == len(text)
    assert all(level >= base for level in levels)
    assert sorted(visual(text)) == sorted(text)
