"""Defines a parameter and a group of parameters."""

from dataclasses import dataclass
from typing import ClassVar, Final

from origin_lambda.url import kinds
from origin_lambda.url.kinds import Kind

MAX_SIDE: Final = 8192
"""The largest width or height in pixels that a URL can ask for; imgix has the same limit."""

SIDE: Final = kinds.Side(1, MAX_SIDE, clamps=True)
PIXELS: Final = kinds.Whole(0, MAX_SIDE)

INFO: Final = "json,blurhash,thumbhash"
"""The values of `fm` that describe the original."""

PICTURE: Final = f"!palette !fm={INFO}"
"""The condition that the answer is a picture."""


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter's names, kind of value and description.

    Names, aliases, ranges and defaults are imgix's (imgix-url-params 11.35.0, BSD-2-Clause) unless
    *text* begins with "Ours.".

    *needs* is the condition under which it can change the answer (`url/needs.py`). If it does not
    hold, the parameter is dropped from the canonical form. *follows* names the parameter whose
    value is this one's default. *is_rare*: it is not in the edge function, whose size is limited.
    The edge looks it up when a URL names it. *hints* are values of other services, each with the
    suggestion that the error shows.
    """

    name: str
    kind: Kind
    text: str
    aliases: tuple[str, ...] = ()
    needs: str = ""
    follows: str = ""
    is_rare: bool = False
    hints: tuple[tuple[str, str], ...] = ()

    def hint_for(self, text: str) -> str:
        """Return the suggestion for a value that is not accepted; "" if there is none."""
        return self.all_hints.get(text.lower(), "")

    @property
    def all_hints(self) -> dict[str, str]:
        """The suggestions by value, in lower case; for an accepted word, that word."""
        words = {word.lower(): word for word in self.kind.words}
        for_words = {text: f"did you mean {self.name}={word}?" for text, word in words.items()}
        return for_words | dict(self.hints)


class Group:
    """Parameters that belong together: a section of the URL reference, a field of `Transform`.

    Each field of a group is a value with a default, annotated with its `Param`.
    """

    __slots__ = ()

    title: ClassVar[str]
    """The heading of its section in the URL reference."""

    needs: ClassVar[str] = PICTURE
    """A condition of each of its parameters, in addition to their own."""

    lead: ClassVar[str] = ""
    """The others have no effect without this parameter."""

    is_rare: ClassVar[bool] = False
    """Whether all its parameters are rare."""
