"""How uploaded originals are named: whatever they were called, the key is a good one."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from origin_lambda.image.formats import EXTENSIONS, MEDIA_TYPES, Kind
from origin_lambda.uploads.keys import (
    KINDS,
    LONGEST_PREFIX,
    MEDIA_KINDS,
    generate,
    make_slug,
    normalise_prefix,
)
from origin_lambda.url.grammar import escape, parse, unescape
from origin_lambda.url.keys import LONGEST_KEY
from origin_lambda.url.transform import Transform

# Slugs.


@pytest.mark.parametrize(
    "name, expected",
    [
        ("tom", "tom"),
        ("Tom & Jerry", "tom-jerry"),
        ("Tom's cat", "toms-cat"),
        ("Tom\u2019s cat", "toms-cat"),
        ("IMG_1234", "img_1234"),
        ("my.cat.v2", "my-cat-v2"),
        ("  --tom--  ", "tom"),
        ("Screenshot 2026-11-23 at 10.31.12", "screenshot-2026-11-23-at-10-31-12"),
        ("\u00dcml\u00e4ut", "\u00fcml\u00e4ut"),
        ("cafe\u0301", "caf\u00e9"),
        ("\u732b\u306e\u5199\u771f", "\u732b\u306e\u5199\u771f"),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u093f\u0928\u094d\u0926\u0940"),
        ("\u0627\u0644\u0642\u0637", "\u0627\u0644\u0642\u0637"),
        ("\uff29\uff2d\uff27\uff11", "img1"),
        ("\ufb01le", "file"),
        ("\u0130stanbul", "i\u0307stanbul"),
        ("\u845b\U000e0100\u57ce", "\u845b\u57ce"),
        ("w=640,r=2", "w-640-r-2"),
        ("../../etc/passwd", "etc-passwd"),
        ("a?b#c%20d+e", "a-b-c-20d-e"),
        ("tom\u202egpj", "tom-gpj"),
        ("tom\0\r\n", "tom"),
        ("\ud83dtom\udc08", "tom"),
        ("\u0301\u0301tom \u0301", "tom"),
        ("\U0001f408", "image"),
        ("\u2764\ufe0f", "image"),
        ("\u3164\uffa0", "image"),
        ("...", "image"),
        ("", "image"),
    ],
)
def test_a_slug_keeps_what_can_be_read(name: str, expected: str) -> None:
    assert make_slug(name) == expected


@pytest.mark.parametrize(
    "letter, kept", [("a", 80), ("\u00e9", 40), ("\u732b", 26), ("\U00020bb7", 20)]
)
def test_a_long_slug_ends_between_letters(letter: str, kept: int) -> None:
    assert make_slug(letter * 300) == letter * kept


def test_a_slug_does_not_end_where_a_word_would_begin() -> None:
    assert make_slug("a" * 79 + " cat") == "a" * 79


@given(st.text(st.characters()))
@example("\u0345a\u0323\u0302")
def test_a_slug_is_good_for_any_name(name: str) -> None:
    made = make_slug(name)

    assert 1 <= len(made.encode()) <= 80
    assert unicodedata.is_normalized("NFC", made)
    assert all(
        unicodedata.category(character)[0] in "LMN" or character in "_-" for character in made
    )
    assert unicodedata.category(made[0])[0] != "M"
    assert not re.search("^-|--|-$", made)
    assert make_slug(made) == made


# Keys.

_prefixes = st.lists(st.from_regex(r"[a-z0-9_][a-z0-9_.-]{0,9}", fullmatch=True), max_size=4).map(
    "/".join
)


@given(st.text(), st.sampled_from(sorted(KINDS)), _prefixes)
@example("r=2", "jpg", "")
@example("w=640,r=2", "jpg", "fit")
def test_a_key_names_an_original_in_every_url(name: str, extension: str, prefix: str) -> None:
    key = generate(normalise_prefix(prefix), make_slug(name), extension)

    asked = parse(f"/{escape(key)}", "")

    assert (asked.key, asked.transform, asked.is_canonical) == (key, Transform(), False)
    assert unescape(escape(key)) == key
    assert not any(part.startswith(".") for part in key.split("/"))
    assert key.endswith(f".{extension}")


def test_keys_for_one_name_differ() -> None:
    keys = {generate("cats/", "tom", "jpg") for _ in range(1000)}

    assert len(keys) == 1000
    assert all(re.fullmatch(r"cats/[\w-]{22}/tom\.jpg", key) for key in keys)


def test_the_longest_key_leaves_room_for_a_transform() -> None:
    longest = normalise_prefix("a" * (LONGEST_PREFIX - 1))

    assert len(generate(longest * 3, make_slug("a" * 999), "jpeg")) < LONGEST_KEY - 140


# Prefixes.


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", ""),
        ("cats", "cats/"),
        ("cats/", "cats/"),
        ("cats/2026.11/_new-ones", "cats/2026.11/_new-ones/"),
        ("e\u0301te\u0301/\u732b", "\u00e9t\u00e9/\u732b/"),
        ("\u0939\u093f\u0928\u094d\u0926\u0940/", "\u0939\u093f\u0928\u094d\u0926\u0940/"),
        ("a" * (LONGEST_PREFIX - 1), "a" * (LONGEST_PREFIX - 1) + "/"),
    ],
)
def test_a_prefix_is_a_path_of_plain_names(text: str, expected: str) -> None:
    assert normalise_prefix(text) == expected
    assert normalise_prefix(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "/",
        "/cats",
        "cats//tom",
        ".",
        "..",
        "../cats",
        "cats/../dogs",
        ".mips",
        "cats/.hidden",
        "-cats",
        "cats and dogs",
        "w=640,r=2",
        "cats%2F",
        "cats\\dogs",
        "cats\0",
        "\ud800",
        "\u0301cats",
        "\U0001f408",
        "a" * LONGEST_PREFIX,
        "\u732b" * 86,
    ],
)
def test_any_other_prefix_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a path of letters"):
        normalise_prefix(text)


# What is a picture.


def test_every_kind_that_can_be_read_may_be_uploaded() -> None:
    assert set(KINDS.values()) == set(MEDIA_KINDS.values()) == set(Kind)
    assert set(EXTENSIONS.values()) <= set(KINDS)
    assert set(MEDIA_TYPES.values()) <= set(MEDIA_KINDS)
