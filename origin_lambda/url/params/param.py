"""What a parameter and a group of parameters are."""

from dataclasses import dataclass
from typing import ClassVar, Final

from origin_lambda.url import kinds
from origin_lambda.url.kinds import Kind

MAX_SIDE: Final = 8192
"""The largest width or height in pixels that a URL can ask for; imgix has the same limit."""

SIDE: Final = kinds.Side(1, MAX_SIDE)
PIXELS: Final = kinds.Whole(0, MAX_SIDE)


@dataclass(frozen=True, slots=True)
class Param:
    """How one parameter is spelled in a URL, and what it does.

    Names, aliases, ranges and defaults are imgix's (imgix-url-params 11.35.0, BSD-2-Clause) unless
    *text* begins with "Ours.".
    """

    name: str
    kind: Kind
    text: str
    aliases: tuple[str, ...] = ()


class Group:
    """Parameters of one concern: a section of the URL reference, a field of `Transform`.

    Each field of a group is a value with a default, annotated with its `Param`.
    """

    __slots__ = ()

    title: ClassVar[str]
    """The heading of its section in the URL reference."""
