"""A table of TOML from which keys are taken one by one, so that what is left over is unknown."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn, Self

REQUIRED: Final = object()
"""In place of a default: the key must be there."""


class BadScenario(ValueError):
    """A scenario cannot be read; the message names the scenario and the key at fault."""


class Table:
    """The values of a table; *where* is the scenario it belongs to, *path* its place in there.

    All that take a value raise `BadScenario` where it is missing or cannot be used.
    """

    def __init__(self, values: Mapping[str, Any], where: str, path: str = "") -> None:
        self._values = dict(values)
        self._where = where
        self._path = path

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def refuse(self, name: str, complaint: str) -> NoReturn:
        """Raise the error that names a key of this table."""
        message = f"{self._where}: {self._path}{name} {complaint}"
        raise BadScenario(message)

    def take(self, name: str, default: Any, fits: Callable[[Any], bool], expected: str) -> Any:
        """Return a value that *fits*, or the default."""
        if name not in self._values:
            if default is REQUIRED:
                self.refuse(name, f"is missing; it accepts {expected}")
            return default
        value = self._values.pop(name)
        if not fits(value):
            self.refuse(name, f"accepts {expected}")
        return value

    def text(self, name: str, default: Any = REQUIRED) -> str:
        """Return a text that is not blank."""
        taken: str = self.take(name, default, _is_text, "a text")
        return taken

    def matching(self, name: str, pattern: re.Pattern[str], expected: str) -> str:
        """Return a text that a pattern matches."""
        fits = lambda value: isinstance(value, str) and bool(pattern.fullmatch(value))
        taken: str = self.take(name, REQUIRED, fits, expected)
        return taken

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; without the key, none."""
        fits = lambda value: isinstance(value, list) and all(map(_is_text, value))
        return tuple(self.take(name, (), fits, "a list of texts"))

    def flag(self, name: str) -> bool:
        """Return whether the key is there and true."""
        taken: bool = self.take(name, False, lambda value: type(value) is bool, "true or false")
        return taken

    def whole(self, name: str, default: Any, low: int, high: int) -> int:
        """Return a whole number within bounds."""
        fits = lambda value: type(value) is int and low <= value <= high
        taken: int = self.take(name, default, fits, f"a whole number from {low:,} to {high:,}")
        return taken

    def number(self, name: str, default: Any, low: float, high: float) -> float:
        """Return a number within bounds."""
        fits = lambda value: type(value) in {int, float} and low <= value <= high
        taken: float = self.take(name, default, fits, f"a number from {low:,g} to {high:,g}")
        return taken

    def table(self, name: str) -> Self:
        """Return a table within; without the key, an empty one."""
        value = self.take(name, {}, lambda each: isinstance(each, dict), "a table")
        return self.within(name, value)

    def tables(self, name: str) -> list[Self]:
        """Return a list of tables within; there must be one."""
        fits = lambda value: (
            isinstance(value, list) and bool(value) and all(isinstance(it, dict) for it in value)
        )
        values = self.take(name, REQUIRED, fits, f"one table or more, each headed [[{name}]]")
        return [self.within(f"{name}[{at}]", each) for at, each in enumerate(values)]

    def within(self, name: str, values: Mapping[str, Any]) -> Self:
        """Return what lies at a key as a table."""
        return type(self)(values, self._where, f"{self._path}{name}.")

    def names(self) -> list[str]:
        """Return the keys that nobody has taken."""
        return list(self._values)

    def end(self) -> None:
        """Refuse what nobody has taken: a mistyped key would silently do nothing."""
        for name in self._values:
            self.refuse(name, "is no key that is known here")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
