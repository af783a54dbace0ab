"""Kinds of free text."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any, Final

from origin_lambda.url.keys import LONGEST_KEY
from origin_lambda.url.kinds.figures import ColourCode
from origin_lambda.url.kinds.kind import Plain
from origin_lambda.url.values import ColourLayer, Layer


@dataclass(frozen=True, slots=True)
class Token(Plain):
    """An opaque token of safe characters."""

    longest: int

    def parse(self, text: str) -> str:
        if not re.fullmatch(self._pattern, text, re.ASCII):
            raise ValueError
        return text

    def format(self, value: str) -> str:
        return value

    @property
    def expected(self) -> str:
        return f"1 to {self.longest} letters, digits, '.', '_' or '-'"

    @property
    def spec(self) -> list[Any]:
        return ["token", self._pattern]

    @property
    def _pattern(self) -> str:
        return rf"[\w.-]{{1,{self.longest}}}"


_LINE_FEED: Final = "\n"
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Text:
    """Free text; canonical paths carry it as base64url without padding.

    With *has_lines* it can contain line feeds.
    """

    longest: int
    has_lines: bool = False

    @property
    def accepts_empty(self) -> bool:
        return True

    @property
    def words(self) -> tuple[str, ...]:
        return ()

    def parse(self, text: str) -> Any:
        plain = text.replace(_LINE_FEED, "") if self.has_lines else text
        if len(text.encode()) > self.longest or _CONTROL.search(plain):
            raise ValueError
        return text

    def read(self, text: str) -> Any:
        return self.parse(from_base64url(text))

    def format(self, value: Any) -> str:
        return to_base64url(value)

    @property
    def expected(self) -> str:
        lines = " except line feeds" if self.has_lines else ""
        return f"text of at most {self.longest} bytes, without control characters{lines}"

    @property
    def spec(self) -> list[Any]:
        return ["text", self.longest, *([_LINE_FEED] if self.has_lines else [])]


@dataclass(frozen=True, slots=True)
class LayerKey(Text):
    """A layer: the key of another original, and a query string if the layer has a transform.

    It accepts what the edge function accepts, which sees only a text. The origin checks the key and
    the query string (`url/layers.py`).
    """

    longest: int = LONGEST_KEY

    def parse(self, text: str) -> Any:
        return Layer(Text.parse(self, text))

    def format(self, value: Layer | ColourLayer) -> str:
        return to_base64url(value.text)

    @property
    def expected(self) -> str:
        return f"the key of an original, of at most {self.longest} bytes"


@dataclass(frozen=True, slots=True)
class LayerOrColour(LayerKey):
    """A layer, or a colour."""

    def parse(self, text: str) -> Any:
        try:
            return ColourLayer(text, ColourCode().parse(text))
        except ValueError:
            return LayerKey.parse(self, text)

    @property
    def expected(self) -> str:
        return f"a colour, or the key of an original, of at most {self.longest} bytes"


def to_base64url(text: str) -> str:
    """Encode *text* as UTF-8 in base64url, without padding."""
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def from_base64url(text: str) -> str:
    """Decode base64url of UTF-8, with or without padding.

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
