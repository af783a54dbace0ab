"""What a parameter and a group of parameters are."""

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
    """How one parameter is spelled in a URL, and what it does.

    Names, aliases, ranges and defaults are imgix's (imgix-url-params 11.35.0, BSD-2-Clause) unless
    *text* begins with "Ours.".

    *needs* is the condition under which it can change the answer (`url/needs.py`); where it does
    not hold, the parameter is dropped from the canonical form. A parameter that *follows* another
    has that one's value as its default. One that *is_rare* is looked up by the edge when a URL
    names it, and costs the edge function no bytes. *hints* are values of other services, and what
    an error suggests for each.
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
        """Return what to suggest for a value that is not accepted; "" where nothing comes close."""
        return self.all_hints.get(text.lower(), "")

    @property
    def all_hints(self) -> dict[str, str]:
        """What to suggest for each value, in lower case: for the accepted words, themselves."""
        words = {word.lower(): word for word in self.kind.words}
        meant = {text: f"did you mean {self.name}={word}?" for text, word in words.items()}
        return meant | dict(self.hints)


class Group:
    """Parameters of one concern: a section of the URL reference, a field of `Transform`.

    Each field of a group is a value with a default, annotated with its `Param`.
    """

    __slots__ = ()

    title: ClassVar[str]
    """The heading of its section in the URL reference."""

    needs: ClassVar[str] = PICTURE
    """The condition of each of its parameters, beside their own."""

    lead: ClassVar[str] = ""
    """The parameter without which none of the others has an effect."""

    is_rare: ClassVar[bool] = False
    """Whether all its parameters are rare."""
