"""The scripts of characters, as far as fonts shape them differently (ISO 15924 tags)."""

import bisect
import unicodedata
from typing import Final

COMMON: Final = ""
"""A character that belongs to no script: a space, a digit, punctuation, a combining mark."""

_BLOCKS: Final = (
    (0x0041, 0x024F, "Latn"), (0x0250, 0x02AF, "Latn"), (0x0370, 0x03FF, "Grek"),
    (0x0400, 0x052F, "Cyrl"), (0x0531, 0x058F, "Armn"), (0x0591, 0x05FF, "Hebr"),
    (0x0600, 0x06FF, "Arab"), (0x0700, 0x074F, "Syrc"), (0x0750, 0x077F, "Arab"),
    (0x0780, 0x07BF, "Thaa"), (0x07C0, 0x07FF, "Nkoo"), (0x0870, 0x08FF, "Arab"),
    (0x0900, 0x097F, "Deva"), (0x0980, 0x09FF, "Beng"), (0x0A00, 0x0A7F, "Guru"),
    (0x0A80, 0x0AFF, "Gujr"), (0x0B00, 0x0B7F, "Orya"), (0x0B80, 0x0BFF, "Taml"),
    (0x0C00, 0x0C7F, "Telu"), (0x0C80, 0x0CFF, "Knda"), (0x0D00, 0x0D7F, "Mlym"),
    (0x0D80, 0x0DFF, "Sinh"), (0x0E00, 0x0E7F, "Thai"), (0x0E80, 0x0EFF, "Laoo"),
    (0x0F00, 0x0FFF, "Tibt"), (0x1000, 0x109F, "Mymr"), (0x10A0, 0x10FF, "Geor"),
    (0x1100, 0x11FF, "Hang"), (0x1200, 0x139F, "Ethi"), (0x1780, 0x17FF, "Khmr"),
    (0x1800, 0x18AF, "Mong"), (0x1C80, 0x1C8F, "Cyrl"), (0x1E00, 0x1EFF, "Latn"),
    (0x1F00, 0x1FFF, "Grek"), (0x2C60, 0x2C7F, "Latn"), (0x2DE0, 0x2DFF, "Cyrl"),
    (0x2E80, 0x2FDF, "Hani"), (0x3005, 0x3007, "Hani"), (0x3041, 0x309F, "Hira"),
    (0x30A0, 0x30FF, "Kana"), (0x3105, 0x312F, "Bopo"), (0x3130, 0x318F, "Hang"),
    (0x31F0, 0x31FF, "Kana"), (0x3400, 0x4DBF, "Hani"), (0x4E00, 0x9FFF, "Hani"),
    (0xA640, 0xA69F, "Cyrl"), (0xA720, 0xA7FF, "Latn"), (0xA8E0, 0xA8FF, "Deva"),
    (0xAB30, 0xAB6F, "Latn"), (0xAC00, 0xD7FF, "Hang"), (0xF900, 0xFAFF, "Hani"),
    (0xFB00, 0xFB06, "Latn"), (0xFB1D, 0xFB4F, "Hebr"), (0xFB50, 0xFDFF, "Arab"),
    (0xFE70, 0xFEFE, "Arab"), (0xFF66, 0xFF9F, "Kana"), (0x20000, 0x3FFFF, "Hani"),
)  # fmt: skip
_STARTS: Final = [first for first, _, _ in _BLOCKS]

IDEOGRAPHIC: Final = frozenset({"Hani", "Hira", "Kana", "Bopo", "Hang"})
"""Scripts that are written without spaces, and can be wrapped between any two characters."""


def script_of(char: str) -> str:
    """Return the script of a character, or `COMMON`."""
    if not (char.isalpha() or unicodedata.category(char)[0] == "M"):
        return COMMON
    place = bisect.bisect_right(_STARTS, ord(char)) - 1
    if place < 0 or ord(char) > _BLOCKS[place][1]:
        return COMMON
    return _BLOCKS[place][2]


def is_joined(text: str, place: int) -> bool:
    """Return whether a character belongs to the one before it, so that nothing can part them.

    It is a mark, a joiner, a variation selector, a part of an emoji, or follows a virama.
    """
    char, before = text[place], text[place - 1]
    if char.isascii():
        return before == _JOINER
    if unicodedata.category(char)[0] == "M" or char in {_JOINER, "\u200c"}:
        return True
    if before == _JOINER or "\U0001f3fb" <= char <= "\U0001f3ff":
        return True
    if 0x1160 <= ord(char) <= 0x11FF:
        return True
    if is_regional(char) and is_regional(before):
        first = place - 1
        while first and is_regional(text[first - 1]):
            first -= 1
        return (place - first) % 2 == 1
    return unicodedata.combining(before) == _VIRAMA and char.isalpha()


_JOINER: Final = "\u200d"
_VIRAMA: Final = 9


def is_regional(char: str) -> bool:
    """Return whether a character is a letter of a flag, which has two."""
    return "\U0001f1e6" <= char <= "\U0001f1ff"
