"""What every kind of value promises."""

from typing import Any, Protocol


class Kind(Protocol):
    """One sort of value. `format` is the inverse of `read`; both raise or return, never guess."""

    @property
    def accepts_empty(self) -> bool:
        """Whether an empty text is a value; else it counts as not given."""

    def parse(self, text: str) -> Any:
        """Return the value that a query string means by *text*; raise ValueError if none."""

    def read(self, text: str) -> Any:
        """Return the value that a canonical path means by *text*; raise ValueError if none."""

    def format(self, value: Any) -> str:
        """Return the one canonical spelling: letters, digits, `-`, `_` and `.` only."""

    @property
    def words(self) -> tuple[str, ...]:
        """The words that are accepted, for kinds of word."""

    @property
    def expected(self) -> str:
        """What is accepted, to follow "accepts"."""

    @property
    def spec(self) -> list[Any]:
        """The kind as data, for the edge's JavaScript."""


class Plain:
    """A kind whose canonical spelling is also a good query spelling."""

    __slots__ = ()

    accepts_empty = False

    @property
    def words(self) -> tuple[str, ...]:
        return ()

    def read(self: Kind, text: str) -> Any:
        return self.parse(text)
