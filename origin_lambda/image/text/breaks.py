"""Finds where a line can be wrapped: a part of UAX 14 (docs/decisions/0051)."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

from origin_lambda.image.text.scripts import IDEOGRAPHIC, is_joined, is_regional, script_of

SplitWords = Callable[[str], list[str]]
"""Returns the words of a text in Thai, which is written without spaces."""

SOFT_HYPHEN: Final = "\u00ad"
SPACES: Final = " \u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u205f\u3000"

_ASCII: Final = re.compile(r" +(?=[^ ])|(?<=[A-Za-z0-9])[-/](?=[A-Za-z])")
_THAI: Final = re.compile("[\u0e01-\u0e3a\u0e40-\u0e4e]+")
_HYPHENS: Final = "-/\u2010\u2013"
_GLUE: Final = "\u00a0\u2007\u2011\u202f\u2060\u200d"

_NO_START: Final = frozenset(
    "!%),.:;?]}¢°’”†‡›»℃‰…‥・、。々〉》」』】〕〗〙〛〜〞〟゛゜ゝゞ・ーヽヾ"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ"
    "！％），．：；？］｝｠｡｣､･ｧｨｩｪｫｬｭｮｯｰﾞﾟ‼⁇⁈⁉"
)
"""Characters that do not begin a line: closing punctuation, small kana, and marks of length."""

_NO_END: Final = frozenset("$([{£¥‘“‹«〈《「『【〔〖〘〚〝＄（［｛｟｢￡￥")
"""Characters that do not end a line: opening punctuation and signs of currencies."""


def find_breaks(text: str, split_words: SplitWords) -> list[int]:
    """Return the places of all characters that can begin a line."""
    if text.isascii():
        return [match.end() for match in _ASCII.finditer(text)]
    thai = {
        match.start() + place
        for match in _THAI.finditer(text)
        for place in _word_starts(split_words(match[0]))
    }
    return [
        place
        for place in range(1, len(text))
        if (place in thai or _can_break(text, place)) and not is_joined(text, place)
    ]


def _word_starts(words: list[str]) -> Iterator[int]:
    place = 0
    for word in words[:-1]:
        place += len(word)
        yield place


def _can_break(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    if after in SPACES or before in _GLUE or after in _GLUE:
        return False
    if before in SPACES or before in {"\u200b", SOFT_HYPHEN}:
        return True
    if after in _NO_START or before in _NO_END:
        return False
    if before in _HYPHENS:
        return place > 1 and text[place - 2].isalnum() and after.isalpha()
    if "\u2014" in {before, after}:
        return before != after
    return _is_ideographic(before) or _is_ideographic(after)


def _is_ideographic(char: str) -> bool:
    if script_of(char) in IDEOGRAPHIC or is_regional(char):
        return True
    return unicodedata.east_asian_width(char) == "W" or char in "、。，．！？）」』】〕〉》"
