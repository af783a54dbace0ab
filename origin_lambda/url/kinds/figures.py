"""Kinds of colours and rectangles."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from origin_lambda.url.colours import NAMED
from origin_lambda.url.kinds.kind import Plain
from origin_lambda.url.kinds.numbers import Side
from origin_lambda.url.kinds.words import LIST
from origin_lambda.url.values import SHARE_PARTS, Colour, Length, Place, Rect, Share

_HEX: Final = re.compile(r"#?([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", re.ASCII)
_OPAQUE: Final = 255


@dataclass(frozen=True, slots=True)
class ColourCode(Plain):
    """A colour: a CSS name, or hex digits in imgix's order (RGB, ARGB, RRGGBB, AARRGGBB)."""

    def parse(self, text: str) -> Colour:
        match = _HEX.fullmatch(NAMED.get(text, text))
        if match is None:
            raise ValueError
        digits = match[1]
        if len(digits) <= len("argb"):
            digits = "".join(digit * 2 for digit in digits)
        alpha, red, green, blue = bytes.fromhex(digits.rjust(8, "f"))
        return Colour(red, green, blue, alpha)

    def format(self, value: Colour) -> str:
        digits = bytes(value[:3]).hex()
        return digits if value.alpha == _OPAQUE else f"{value.alpha:02x}{digits}"

    @property
    def expected(self) -> str:
        return "a colour name or 3, 4, 6 or 8 hex digits"

    @property
    def spec(self) -> list[Any]:
        return ["colour"]


_PLACES_X: Final[dict[str, Length | Place]] = {
    "left": 0,
    "center": Place.CENTRE,
    "right": Place.END,
}
_PLACES_Y: Final[dict[str, Length | Place]] = {
    "top": 0,
    "middle": Place.CENTRE,
    "bottom": Place.END,
}
_SIDE_WORDS: Final[dict[str, Length]] = {"full": Share(SHARE_PARTS)}
_FARTHEST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Region(Plain):
    """A rectangle `x,y,w,h` in the original, in pixels, fractions or words."""

    def parse(self, text: str) -> Rect:
        parts = LIST.split(text)
        if len(parts) != len(Rect._fields):
            raise ValueError
        start, extent = Side(0, _FARTHEST), Side(1, _FARTHEST)
        x, y, width, height = parts
        return Rect(
            _PLACES_X[x] if x in _PLACES_X else _parse_place(x, start),
            _PLACES_Y[y] if y in _PLACES_Y else _parse_place(y, start),
            _SIDE_WORDS[width] if width in _SIDE_WORDS else extent.parse(width),
            _SIDE_WORDS[height] if height in _SIDE_WORDS else extent.parse(height),
        )

    def format(self, value: Rect) -> str:
        return "_".join(map(_format_part, value))

    @property
    def expected(self) -> str:
        return "x,y,w,h in whole pixels, fractions, or words such as left,top,full,full"

    @property
    def spec(self) -> list[Any]:
        named = {str(place): place for place in Place}
        words: tuple[Mapping[str, Length | Place], ...] = (
            _PLACES_X | named,
            _PLACES_Y | named,
            _SIDE_WORDS,
            _SIDE_WORDS,
        )
        return [
            "region",
            *({word: _format_part(part) for word, part in each.items()} for each in words),
        ]


def _format_part(value: Length | Place) -> str:
    return str(value) if isinstance(value, Place) else Side(0, _FARTHEST).format(value)


def _parse_place(text: str, side: Side) -> Length | Place:
    return Place(text) if text in {Place.CENTRE, Place.END} else side.parse(text)
