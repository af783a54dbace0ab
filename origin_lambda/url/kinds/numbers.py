"""Kinds of numbers.

Numbers are rounded with double arithmetic (`floor(x * 10**places + 0.5)`), because the edge's
JavaScript must compute the same digits.
"""

import math
import re
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from origin_lambda.url.kinds.kind import Plain
from origin_lambda.url.values import SHARE_PARTS, FrameRange, Length, Share

_NUMBER: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{0,9})?|\.[0-9]{1,9}", re.ASCII)
_SHARE_PLACES: Final = 4
_RATIO_PLACES: Final = 6


def _parse_scaled(text: str, places: int) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError
    return math.floor(float(text) * 10.0**places + 0.5)


def _format_scaled(scaled: int, places: int) -> str:
    whole, part = divmod(scaled, 10**places)
    return f"{whole}.{part:0{places}d}".rstrip("0").rstrip(".") if places else str(whole)


def _check_range(value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise ValueError
    return value


@dataclass(frozen=True, slots=True)
class Whole(Plain):
    """A whole number within bounds; 1.5 becomes 2, and -1.5 becomes -2.

    With *clamps*, more counts as *high*.
    """

    low: int
    high: int
    clamps: bool = False

    def parse(self, text: str) -> int:
        is_negative = self.low < 0 and text.startswith("-")
        number = -_parse_scaled(text[1:], 0) if is_negative else _parse_scaled(text, 0)
        return _check_range(min(number, self.high) if self.clamps else number, self.low, self.high)

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
    """A number within bounds, rounded to *places* decimals."""

    low: float
    high: float
    places: int

    def parse(self, text: str) -> float:
        scale = 10.0**self.places
        low, high = round(self.low * scale), round(self.high * scale)
        return _check_range(_parse_scaled(text, self.places), low, high) / scale

    def format(self, value: float) -> str:
        return _format_scaled(round(value * 10**self.places), self.places)

    @property
    def expected(self) -> str:
        return f"a number from {self.low:g} to {self.high:g}"

    @property
    def spec(self) -> list[Any]:
        return ["decimal", self.low, self.high, self.places]


@dataclass(frozen=True, slots=True)
class Angle(Plain):
    """An angle in degrees, rounded to a tenth, from 0 to 359.9."""

    def parse(self, text: str) -> float:
        sign = -1 if text.startswith("-") else 1
        tenths = sign * _check_range(_parse_scaled(text.removeprefix("-"), 1), 0, 3600)
        return (tenths % 3600) / 10

    def format(self, value: float) -> str:
        return _format_scaled(round(value * 10), 1)

    @property
    def expected(self) -> str:
        return "degrees from -360 to 360"

    @property
    def spec(self) -> list[Any]:
        return ["angle"]


@dataclass(frozen=True, slots=True)
class Frames(Plain):
    """A frame of an animation, or several: `2`, `2-9`, `2-` or `-9`."""

    _PATTERN: ClassVar = r"(?=.*[0-9])([1-9][0-9]{0,3})?(-([1-9][0-9]{0,3})?)?"

    def parse(self, text: str) -> FrameRange:
        if not re.fullmatch(self._PATTERN, text, re.ASCII):
            raise ValueError
        first, dash, last = text.partition("-")
        return FrameRange(int(first or 0) or None, int((last if dash else first) or 0) or None)

    def format(self, value: FrameRange) -> str:
        first, last = (str(number or "") for number in value)
        return first if first == last else f"{first}-{last}"

    @property
    def expected(self) -> str:
        return "a frame from 1 to 9999, or some of them: 2-9, 2- or -9"

    @property
    def spec(self) -> list[Any]:
        return ["token", self._PATTERN]


@dataclass(frozen=True, slots=True)
class Orientation(Plain):
    """An EXIF orientation from 0 to 8, or a clockwise rotation in degrees."""

    # Exif 2.32, tag 274: value 6 is shown rotated by 90 degrees clockwise, 3 by 180, 8 by 270.
    _WORDS: ClassVar = {"0": 1, "90": 6, "180": 3, "270": 8}

    def parse(self, text: str) -> int:
        return self._WORDS.get(text) or _check_range(_parse_scaled(text, 0), 1, 8)

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
    """Pixels, or a share of the original: a number up to 1 with a decimal point.

    So `1` is one pixel and `1.0` is the whole side; imgix accepts no side of 1 pixel. With
    *clamps*, more pixels than *high* count as *high*.
    """

    low: int
    high: int
    clamps: bool = False

    def parse(self, text: str) -> Length:
        if "." in text and (parts := _parse_scaled(text, _SHARE_PLACES)) <= SHARE_PARTS:
            return Share(_check_range(parts, 1, SHARE_PARTS)) if self.low or parts else 0
        return Whole(self.low, self.high, self.clamps).parse(text)

    def format(self, value: Length) -> str:
        if isinstance(value, int):
            return str(value)
        return "1.0" if value.parts == SHARE_PARTS else _format_scaled(value.parts, _SHARE_PLACES)

    @property
    def expected(self) -> str:
        return f"a whole number from {self.low} to {self.high} or a fraction from 0 to 1"

    @property
    def spec(self) -> list[Any]:
        return ["side", self.low, self.high, *([1] if self.clamps else [])]


@dataclass(frozen=True, slots=True)
class Ratio(Plain):
    """An aspect ratio: a width and a height such as `16:9`, or their quotient, to six decimals."""

    low: float
    high: float

    def parse(self, text: str) -> float:
        width, _, height = text.partition(":")
        divisor = _parse_scaled(height or "1", _RATIO_PLACES)
        if not divisor or text.endswith(":"):
            raise ValueError
        scale = 10**_RATIO_PLACES
        scaled = math.floor(_parse_scaled(width, _RATIO_PLACES) / divisor * scale + 0.5)
        return _check_range(scaled, round(self.low * scale), round(self.high * scale)) / scale

    def format(self, value: float) -> str:
        return _format_scaled(round(value * 10**_RATIO_PLACES), _RATIO_PLACES)

    @property
    def expected(self) -> str:
        return "a ratio such as 16:9 or 1.5"

    @property
    def spec(self) -> list[Any]:
        return ["ratio", self.low, self.high]
