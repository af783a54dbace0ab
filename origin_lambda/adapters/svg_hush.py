"""Makes an SVG harmless with svg-hush, Cloudflare's sanitiser."""

from typing import Final
from xml.parsers.expat import ExpatError, ParserCreate

from py_svg_hush import filter_svg

from origin_lambda.errors import Unprocessable

_EMBEDDED: Final = {"image": ["jpeg", "png", "gif", "webp", "avif"]}

_DEEPEST: Final = 256
"""Elements within each other: libxml2 reads no more either (`xmlParserMaxDepth`)."""

_MOST_INDENTATION: Final = 50_000_000
"""Spaces. svg-hush indents by two a level: 0.7 MB of nested elements would become 20 GB."""


def sanitise(data: bytes) -> bytes:
    """Return an SVG without scripts, events, or anything it would load from elsewhere.

    Raises:
        Unprocessable: it is not well-formed, or nested so deeply that no drawing is.

    """
    _Nesting().check(data)
    try:
        clean: bytes = filter_svg(data, _EMBEDDED)
    except ValueError as error:
        raise _broken(error) from error
    return clean


class _Nesting:
    """How deep the elements of a document lie."""

    def __init__(self) -> None:
        self.depth = 0
        self.indentation = 0

    def check(self, data: bytes) -> None:
        """Read a document; refuse it at the first element that lies too deep."""
        parser = ParserCreate()
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.DefaultHandler = len  # with one, expat leaves entities in texts as they are
        try:
            parser.Parse(data, True)
        except (ExpatError, LookupError, ValueError) as error:
            raise _broken(error) from error

    def _begin(self, _name: str, _attributes: dict[str, str]) -> None:
        self.indentation += 4 * self.depth  # before the element, and before its end
        self.depth += 1
        if self.depth > _DEEPEST or self.indentation > _MOST_INDENTATION:
            message = "the original is nested too deeply"
            raise Unprocessable(message, detail=f"{self.depth} deep, {self.indentation} spaces")

    def _end(self, _name: str) -> None:
        self.depth -= 1


def _broken(error: Exception) -> Unprocessable:
    message = "the original is broken"
    return Unprocessable(message, detail=repr(error))
