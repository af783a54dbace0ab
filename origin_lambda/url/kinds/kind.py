"""The interface of a kind of value."""

from typing import Any, Protocol


class Kind(Protocol):
    """A kind of value. `format` is the inverse of `read`."""

    @property
    def accepts_empty(self) -> bool:
        """Whether an empty text is a value. If not, it counts as not given."""

    def parse(self, text: str) -> Any:
        """Parse a text of a query string; raise ValueError if it is not accepted."""

    def read(self, text: str) -> Any:
        """Parse a text of a canonical path; raise ValueError if it is not accepted."""

    def format(self, value: Any) -> str:
        """Return the canonical text: only letters, digits, `-`, `_` and `.`."""

    @property
    def words(self) -> tuple[str, ...]:
        """The accepted words, for kinds of words."""

    @property
    def expected(self) -> str:
        """A description of the accepted values, to write after "accepts"."""

    @property
    def spec(self) -> list[Any]:
        """The kind as data, for the edge's JavaScript."""


class Plain:
    """A kind whose canonical texts are also accepted in queries."""

    __slots__ = ()

    accepts_empty = False

    @property
    def words(self) -> tuple[str, ...]:
        return ()

    def read(self: Kind, text: str) -> Any:
        return self.parse(text)
