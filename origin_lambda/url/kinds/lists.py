"""A kind of several values."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from origin_lambda.url.kinds.kind import Kind, Plain
from origin_lambda.url.kinds.words import LIST


@dataclass(frozen=True, slots=True)
class ListOf(Plain):
    """One value for each of some kinds, separated by commas.

    With *repeats*, a single value stands for all. *name* describes the values in an error.
    *build* turns them into one value; by default they are a tuple.
    """

    items: tuple[Kind, ...]
    name: str
    build: Callable[..., Any] = lambda *values: values
    repeats: bool = False

    def parse(self, text: str) -> Any:
        parts = LIST.split(text)
        if self.repeats and len(parts) == 1:
            parts *= len(self.items)
        return self.build(*(kind.parse(part) for kind, part in zip(self.items, parts, strict=True)))

    def format(self, value: Any) -> str:
        texts = [kind.format(each) for kind, each in zip(self.items, value, strict=True)]
        is_single = self.repeats and len(set(texts)) == 1
        return texts[0] if is_single else "_".join(texts)

    @property
    def expected(self) -> str:
        return f"{self.name}, separated by commas"

    @property
    def spec(self) -> list[Any]:
        return ["list", [kind.spec for kind in self.items], *([1] if self.repeats else [])]
