"""The kinds of value a parameter can have: each reads, writes and describes one sort.

Numbers are rounded with plain double arithmetic (`floor(x * 10**places + 0.5)`), because the
edge's JavaScript has to come to the very same digits.
"""

import base64
import binascii
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Final, Protocol

from origin_lambda.url.colours import NAMED
from origin_lambda.url.values import (
    SHARE_PARTS,
    AutoQuality,
    Colour,
    Length,
    Place,
    Rect,
    Share,
)

_NUMBER: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{0,9})?|\.[0-9]{1,9}", re.ASCII)
_SHARE_PLACES: Final = 4
_LIST: Final = re.compile(r"[,_]")


class Kind(Protocol):
    """One sort of value. `format` is the inverse of `read`; both raise or return, never guess."""

    def parse(self, text: str) -> Any:
        """Return the value that a query string means by *text*; raise ValueError if none."""

    def read(self, text: str) -> Any:
        """Return the value that a canonical path means by *text*; raise ValueError if none."""

    def format(self, value: Any) -> str:
        """Return the one canonical spelling: letters, digits, `-`, `_` and `.` only."""

    @property
    def expected(self) -> str:
        """What is accepted, to follow "accepts"."""

    @property
    def spec(self) -> list[Any]:
        """The kind as data, for the edge's JavaScript."""


class _Plain:
    """A kind whose canonical spelling is also a good query spelling."""

    def read(self, text: str) -> Any:
        return self.parse(text)

    def parse(self, text: str) -> Any:
        raise NotImplementedError


def _scaled(text: str, places: int) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError
    return math.floor(float(text) * 10.0**places + 0.5)


def _spelled(scaled: int, places: int) -> str:
    whole, part = divmod(scaled, 10**places)
    return f"{whole}.{part:0{places}d}".rstrip("0").rstrip(".") if places else str(whole)


def _within(value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise ValueError
    return value


@dataclass(frozen=True, slots=True)
class Whole(_Plain):
    """A whole number within bounds; decimals are rounded."""

    low: int
    high: int

    def parse(self, text: str) -> int:
        return _within(_scaled(text, 0), self.low, self.high)

    def format(self, value: int) -> str:
        return str(value)

    @property
    def expected(self) -> str:
        return f"a whole number from {self.low} to {self.high}"

    @property
    def spec(self) -> list[Any]:
        return ["whole", self.low, self.high]


@dataclass(frozen=True, slots=True)
class Decimal(_Plain):
    """A number within bounds, kept to so many decimal places."""

    low: float
    high: float
    places: int

    def parse(self, text: str) -> float:
        scale = 10.0**self.places
        low, high = round(self.low * scale), round(self.high * scale)
        return _within(_scaled(text, self.places), low, high) / scale

    def format(self, value: float) -> str:
        return _spelled(round(value * 10**self.places), self.places)

    @property
    def expected(self) -> str:
        return f"a number from {self.low:g} to {self.high:g}"

    @property
    def spec(self) -> list[Any]:
        return ["decimal", self.low, self.high, self.places]


@dataclass(frozen=True, slots=True)
class Angle(_Plain):
    """Degrees, kept to a tenth and from 0 to 359.9."""

    def parse(self, text: str) -> float:
        sign = -1 if text.startswith("-") else 1
        tenths = sign * _within(_scaled(text.removeprefix("-"), 1), 0, 3600)
        return (tenths % 3600) / 10

    def format(self, value: float) -> str:
        return _spelled(round(value * 10), 1)

    @property
    def expected(self) -> str:
        return "degrees from -360 to 360"

    @property
    def spec(self) -> list[Any]:
        return ["angle"]


@dataclass(frozen=True, slots=True)
class Turn(_Plain):
    """An EXIF orientation, 0 to 8, or the degrees that one of them turns clockwise by."""

    # Exif 2.32, tag 274: 6 is shown right by a quarter turn clockwise, 3 by a half, 8 by three.
    _WORDS: ClassVar = {"0": 1, "90": 6, "180": 3, "270": 8}

    def parse(self, text: str) -> int:
        return self._WORDS.get(text) or _within(_scaled(text, 0), 1, 8)

    def format(self, value: int) -> str:
        return str(value)

    @property
    def expected(self) -> str:
        return "a whole number from 0 to 8, or 90, 180 or 270"

    @property
    def spec(self) -> list[Any]:
        return ["oneof", "", {text: str(value) for text, value in self._WORDS.items()}, 1, 8]


@dataclass(frozen=True, slots=True)
class Side(_Plain):
    """Pixels, or a share of the original; a decimal point up to 1 makes it a share.

    So `1` is one pixel and `1.0` is the whole side; imgix has no 1 px wish.
    """

    low: int
    high: int

    def parse(self, text: str) -> Length:
        if "." in text and (parts := _scaled(text, _SHARE_PLACES)) <= SHARE_PARTS:
            return Share(_within(parts, 1, SHARE_PARTS)) if self.low or parts else 0
        return _within(_scaled(text, 0), self.low, self.high)

    def format(self, value: Length) -> str:
        if isinstance(value, int):
            return str(value)
        return "1.0" if value.parts == SHARE_PARTS else _spelled(value.parts, _SHARE_PLACES)

    @property
    def expected(self) -> str:
        return f"a whole number from {self.low} to {self.high} or a fraction from 0 to 1"

    @property
    def spec(self) -> list[Any]:
        return ["side", self.low, self.high]


@dataclass(frozen=True, slots=True)
class OneOf(_Plain):
    """One word of a list; *others* are further spellings of a word."""

    choices: tuple[StrEnum, ...]
    others: tuple[tuple[str, StrEnum], ...] = ()
    hidden: tuple[StrEnum, ...] = ()

    def parse(self, text: str) -> StrEnum:
        words = {str(choice): choice for choice in (*self.choices, *self.hidden)}
        words |= dict(self.others)
        if text not in words:
            raise ValueError
        return words[text]

    def format(self, value: StrEnum) -> str:
        return str(value)

    @property
    def expected(self) -> str:
        return f"one of {_listed(self.choices)}"

    @property
    def spec(self) -> list[Any]:
        others = dict(self.others) | {str(word): word for word in self.hidden}
        words = " ".join(map(str, self.choices))
        return ["oneof", words, {text: str(word) for text, word in others.items()}]


@dataclass(frozen=True, slots=True)
class SetOf(_Plain):
    """Several words of a list, in any order; only those that are *kept* have a meaning."""

    choices: tuple[StrEnum, ...]
    kept: tuple[StrEnum, ...]

    def parse(self, text: str) -> frozenset[StrEnum]:
        words = {str(choice): choice for choice in self.choices}
        asked = _LIST.split(text)
        if not all(word in words for word in asked):
            raise ValueError
        return frozenset(words[word] for word in asked) & frozenset(self.kept)

    def format(self, value: frozenset[StrEnum]) -> str:
        return "_".join(str(choice) for choice in self.kept if choice in value)

    @property
    def expected(self) -> str:
        return f"one or more of {_listed(self.choices)}, separated by commas"

    @property
    def spec(self) -> list[Any]:
        return ["setof", " ".join(map(str, self.choices)), " ".join(map(str, self.kept))]


def _listed(choices: Iterable[StrEnum]) -> str:
    return ", ".join(map(str, choices))


@dataclass(frozen=True, slots=True)
class Flag(_Plain):
    """Yes or no."""

    def parse(self, text: str) -> bool:
        if text not in {"true", "1", "false", "0"}:
            raise ValueError
        return text in {"true", "1"}

    def format(self, value: bool) -> str:
        return "true" if value else "false"

    @property
    def expected(self) -> str:
        return "true or false"

    @property
    def spec(self) -> list[Any]:
        return ["oneof", "true false", {"1": "true", "0": "false"}]


_HEX: Final = re.compile(r"#?([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", re.ASCII)
_OPAQUE: Final = 255


@dataclass(frozen=True, slots=True)
class Hue(_Plain):
    """A colour: CSS name, or hex digits with imgix's order (RGB, ARGB, RRGGBB, AARRGGBB)."""

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


_RATIO_PLACES: Final = 6


@dataclass(frozen=True, slots=True)
class Proportion(_Plain):
    """A width to a height, such as `16:9`, or their quotient, kept to six places."""

    low: float
    high: float

    def parse(self, text: str) -> float:
        width, _, height = text.partition(":")
        divisor = _scaled(height or "1", _RATIO_PLACES)
        if not divisor or text.endswith(":"):
            raise ValueError
        scale = 10**_RATIO_PLACES
        scaled = math.floor(_scaled(width, _RATIO_PLACES) / divisor * scale + 0.5)
        return _within(scaled, round(self.low * scale), round(self.high * scale)) / scale

    def format(self, value: float) -> str:
        return _spelled(round(value * 10**_RATIO_PLACES), _RATIO_PLACES)

    @property
    def expected(self) -> str:
        return "a ratio such as 16:9 or 1.5"

    @property
    def spec(self) -> list[Any]:
        return ["ratio", self.low, self.high]


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
class Region(_Plain):
    """A rectangle `x,y,w,h` in the original, in pixels, fractions or words."""

    def parse(self, text: str) -> Rect:
        parts = _LIST.split(text)
        if len(parts) != len(Rect._fields):
            raise ValueError
        start, extent = Side(0, _FARTHEST), Side(1, _FARTHEST)
        x, y, width, height = parts
        return Rect(
            _PLACES_X[x] if x in _PLACES_X else _place(x, start),
            _PLACES_Y[y] if y in _PLACES_Y else _place(y, start),
            _SIDE_WORDS[width] if width in _SIDE_WORDS else extent.parse(width),
            _SIDE_WORDS[height] if height in _SIDE_WORDS else extent.parse(height),
        )

    def format(self, value: Rect) -> str:
        return "_".join(map(_part, value))

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
        return ["region", *({word: _part(part) for word, part in each.items()} for each in words)]


def _part(value: Length | Place) -> str:
    return str(value) if isinstance(value, Place) else Side(0, _FARTHEST).format(value)


def _place(text: str, side: Side) -> Length | Place:
    return Place(text) if text in {Place.CENTRE, Place.END} else side.parse(text)


@dataclass(frozen=True, slots=True)
class Token(_Plain):
    """An opaque token of safe characters."""

    longest: int

    def parse(self, text: str) -> str:
        if not re.fullmatch(rf"[A-Za-z0-9._-]{{1,{self.longest}}}", text, re.ASCII):
            raise ValueError
        return text

    def format(self, value: str) -> str:
        return value

    @property
    def expected(self) -> str:
        return f"1 to {self.longest} letters, digits, '.', '_' or '-'"

    @property
    def spec(self) -> list[Any]:
        return ["token", self.longest]


_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Text:
    """Free text; canonical paths carry it as base64url without padding."""

    longest: int

    def parse(self, text: str) -> str:
        if len(text.encode()) > self.longest or _CONTROL.search(text):
            raise ValueError
        return text

    def read(self, text: str) -> str:
        return self.parse(from_base64url(text))

    def format(self, value: str) -> str:
        return to_base64url(value)

    @property
    def expected(self) -> str:
        return f"text of at most {self.longest} bytes, without control characters"

    @property
    def spec(self) -> list[Any]:
        return ["text", self.longest]


@dataclass(frozen=True, slots=True)
class Score(_Plain):
    """A quality: a number on JPEG's scale, or how good an automatic one should look."""

    number: Whole = field(default_factory=lambda: Whole(0, 100))

    def parse(self, text: str) -> int | AutoQuality:
        word = AutoQuality.AUTO if text == AutoQuality.GOOD else text
        return AutoQuality(word) if word in set(AutoQuality) else self.number.parse(text)

    def format(self, value: int | AutoQuality) -> str:
        return str(value)

    @property
    def expected(self) -> str:
        return f"{self.number.expected} or one of {_listed(AutoQuality)}"

    @property
    def spec(self) -> list[Any]:
        others = {str(AutoQuality.GOOD): str(AutoQuality.AUTO)}
        return ["oneof", " ".join(AutoQuality), others, self.number.low, self.number.high]


def to_base64url(text: str) -> str:
    """Return *text* as base64url of its UTF-8, without padding."""
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def from_base64url(text: str) -> str:
    """Return the text that base64url spells, with or without padding.

    Raises:
        ValueError: it is not base64url, or not UTF-8.

    """
    stem = text.rstrip("=")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", stem, re.ASCII):
        raise ValueError
    try:
        return base64.urlsafe_b64decode(stem + "=" * (-len(stem) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError from error
