"""Lines are wrapped where the script allows it."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda.adapters.harfbuzz.typesetter import HarfBuzzTypesetter
from origin_lambda.image.text.block import FontChoice
from origin_lambda.image.text.breaks import find_breaks
from origin_lambda.image.text.paragraphs import is_blank, split_paragraphs


def split_words(text: str) -> list[str]:
    return HarfBuzzTypesetter(FontChoice("sans-serif")).split_words(text)


def parts(text: str) -> list[str]:
    places = [0, *find_breaks(text, split_words), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(places)]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a bc  d", ["a ", "bc  ", "d"]),
        ("well-known and/or", ["well-", "known ", "and/", "or"]),
        ("-5 1-2 3/4 -x", ["-5 ", "1-2 ", "3/4 ", "-x"]),
        ("Grüße an alle", ["Grüße ", "an ", "alle"]),
        ("super\u00adlong é", ["super\u00ad", "long ", "é"]),
        ("10\u00a0€ mehr", ["10\u00a0€ ", "mehr"]),
        ("日本語。「東京」へ", ["日", "本", "語。", "「東", "京」", "へ"]),
        ("ちょっとキャッチー", ["ちょっ", "と", "キャッ", "チー"]),
        ("漢字abc漢", ["漢", "字", "abc", "漢"]),
        ("서울 가", ["서", "울 ", "가"]),
        ("สวัสดีครับ hello", ["สวัสดี", "ครับ ", "hello"]),
        ("क्षत्रिय राज", ["क्षत्रिय ", "राज"]),
        ("👩‍👩‍👧🇩🇪🇫🇷👍🏽", ["👩‍👩‍👧", "🇩🇪", "🇫🇷", "👍🏽"]),
        ("a—b", ["a", "—", "b"]),
        ("ab\u200bcd é", ["ab\u200b", "cd ", "é"]),
    ],
)
def test_a_line_can_begin_at_these_places(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


@given(st.text("ab -/12.é日。ー「」กาด\u00ad\u200d\u0301🇩🇪", max_size=30))
def test_breaks_are_sorted_places_inside_the_text(text: str) -> None:
    places = find_breaks(text, split_words)

    assert places == sorted(set(places))
    assert all(0 < place < len(text) for place in places)


@given(st.text("ab -/12.", max_size=30))
def test_the_short_way_for_ascii_finds_the_same_places(text: str) -> None:
    # A character that no rule is about makes the text not ASCII.
    long = [place for place in find_breaks(f"{text}é", split_words) if place < len(text)]

    assert find_breaks(text, split_words) == long


def test_paragraphs_have_no_hidden_overrides() -> None:
    assert split_paragraphs("a\u202eb \n\u2028e\u0301 ") == ["ab", "", "é"]
    assert is_blank(" \n\u202e ")
    assert not is_blank("\n.")
