"""Kinds of words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from origin_lambda.url.kinds.kind import Plain
from origin_lambda.url.kinds.numbers import Whole
from origin_lambda.url.values import AutoQuality

LIST: Final = re.compile(r"[,_]")
"""The separators of a list: a comma in queries, `_` in canonical paths."""


@dataclass(frozen=True, slots=True)
class OneOf(Plain):
    """One word of a list; *others* are aliases of words, *hidden* words are not documented."""

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
    def words(self) -> tuple[str, ...]:
        return tuple(map(str, self.choices))

    @property
    def expected(self) -> str:
        return f"one of {_join_words(self.choices)}"

    @property
    def spec(self) -> list[Any]:
        words = " ".join(map(str, (*self.choices, *self.hidden)))
        return ["oneof", words, {text: str(word) for text, word in self.others}]


@dataclass(frozen=True, slots=True)
class SetOf(Plain):
    """Several words of a list, in any order; only those in *kept* have an effect.

    *others* are aliases of words.
    """

    choices: tuple[StrEnum, ...]
    kept: tuple[StrEnum, ...]
    others: tuple[tuple[str, StrEnum], ...] = ()

    def parse(self, text: str) -> frozenset[StrEnum]:
        words = {str(choice): choice for choice in self.choices} | dict(self.others)
        parts = LIST.split(text)
        if not all(word in words for word in parts):
            raise ValueError
        return frozenset(words[word] for word in parts) & frozenset(self.kept)

    def format(self, value: frozenset[StrEnum]) -> str:
        return "_".join(str(choice) for choice in self.kept if choice in value)

    @property
    def words(self) -> tuple[str, ...]:
        return (*map(str, self.choices), *dict(self.others))

    @property
    def expected(self) -> str:
        return f"one or more of {_join_words(self.words)}, separated by commas"

    @property
    def spec(self) -> list[Any]:
        others = {text: str(word) for text, word in self.others}
        kept = " ".join(map(str, self.kept)) if self.kept != self.choices else ""
        return ["setof", " ".join(map(str, self.choices)), kept, others]


def _join_words(choices: Iterable[str]) -> str:
    return ", ".join(map(str, choices))


@dataclass(frozen=True, slots=True)
class Flag(Plain):
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


@dataclass(frozen=True, slots=True)
class Quality(Plain):
    """A quality: a number on JPEG's scale, or a grade of automatic quality."""

    number: Whole = field(default_factory=lambda: Whole(0, 100))

    def parse(self, text: str) -> int | AutoQuality:
        word = AutoQuality.AUTO if text == AutoQuality.GOOD else text
        return AutoQuality(word) if word in set(AutoQuality) else self.number.parse(text)

    def format(self, value: int | AutoQuality) -> str:
        return str(value)

    @property
    def expected(self) -> str:
        return f"{self.number.expected} or one of {_join_words(AutoQuality)}"

    @property
    def spec(self) -> list[Any]:
        others = {str(AutoQuality.GOOD): str(AutoQuality.AUTO)}
        return ["oneof", " ".join(AutoQuality), others, self.number.low, self.number.high]
