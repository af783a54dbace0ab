"""Kinds of number.

Numbers are rounded with plain double arithmetic (`floor(x * 10**places + 0.5)`), because the
edge's JavaScript has to come to the very same digits.
"""

import math
import re
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from origin_lambda.url.kinds.kind import Plain
from origin_lambda.url.values import SHARE_PARTS, Length, Share

_NUMBER: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{0,9})?|\.[0-9]{1,9}", re.ASCII)
_SHARE_PLACES: Final = 4
_RATIO_PLACES: Final = 6


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
class Whole(Plain):
    """A whole number within bounds; decimals are rounded. One that *clamps* lowers what is more."""

    low: int
    high: int
    clamps: bool = False

    def parse(self, text: str) -> int:
        number = _scaled(text, 0)
        return _within(min(number, self.high) if self.clamps else number, self.low, self.high)

    def format(self, value: int) -> str:
        return str(value)

    @property
    def expected(self) -> str:
        return f"a whole number from {self.low} to {self.high}"

    @property
    def spec(self) -> list[Any]:
        return ["whole", self.low, self.high, *([1] if self.clamps else [])]


@dataclass(frozen=True, slots=True)
class Decimal(Plain):
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
class Angle(Plain):
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
class Turn(Plain):
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
class Side(Plain):
    """Pixels, or a share of the original; a decimal point up to 1 makes it a share.

    So `1` is one pixel and `1.0` is the whole side; imgix accepts no side of 1 pixel. One that
    *clamps* lowers more pixels than it accepts.
    """

    low: int
    high: int
    clamps: bool = False

    def parse(self, text: str) -> Length:
        if "." in text and (parts := _scaled(text, _SHARE_PLACES)) <= SHARE_PARTS:
            return Share(_within(parts, 1, SHARE_PARTS)) if self.low or parts else 0
        return Whole(self.low, self.high, self.clamps).parse(text)

    def format(self, value: Length) -> str:
        if isinstance(value, int):
            return str(value)
        return "1.0" if value.parts == SHARE_PARTS else _spelled(value.parts, _SHARE_PLACES)

    @property
    def expected(self) -> str:
        return f"a whole number from {self.low} to {self.high} or a fraction from 0 to 1"

    @property
    def spec(self) -> list[Any]:
        return ["side", self.low, self.high, *([1] if self.clamps else [])]


@dataclass(frozen=True, slots=True)
class Proportion(Plain):
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
