"""Sanitises SVGs with svg-hush, Cloudflare's sanitiser."""

from typing import Final
from xml.parsers.expat import ExpatError, ParserCreate

from py_svg_hush import filter_svg

from origin_lambda.errors import Unprocessable

_EMBEDDED: Final = {"image": ["jpeg", "png", "gif", "webp", "avif"]}
"""The media types of `data:` URLs that stay."""

_MAX_DEPTH: Final = 256
"""How deeply elements can be nested; libxml2 has the same limit (`xmlParserMaxDepth`)."""

_MAX_INDENTATION: Final = 50_000_000
"""How many spaces svg-hush can add: it indents each level by two, so 0.7 MB could become 20 GB."""


def sanitise(data: bytes) -> bytes:
    """Return an SVG without scripts, event handlers, and links to anything outside of it.

    Raises:
        Unprocessable: it is not well-formed, or nested too deeply.

    """
    _Nesting().check(data)
    try:
        clean: bytes = filter_svg(data, _EMBEDDED)
    except ValueError as error:
        raise _broken(error) from error
    return clean


class _Nesting:
    """Counts how deeply the elements of a document are nested."""

    def __init__(self) -> None:
        self.depth = 0
        self.indentation = 0

    def check(self, data: bytes) -> None:
        """Read a document and refuse it at the first element that is nested too deeply.

        Raises:
            Unprocessable: it is nested too deeply, or not well-formed.

        """
        parser = ParserCreate()
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.DefaultHandler = len  # with a handler, expat does not expand entities in texts
        try:
            parser.Parse(data, True)
        except (ExpatError, LookupError, ValueError) as error:
            raise _broken(error) from error

    def _begin(self, _name: str, _attributes: dict[str, str]) -> None:
        self.indentation += 4 * self.depth  # before the element, and before its end
        self.depth += 1
        if self.depth > _MAX_DEPTH or self.indentation > _MAX_INDENTATION:
            message = "the original is nested too deeply"
            raise Unprocessable(message, detail=f"{self.depth} deep, {self.indentation} spaces")

    def _end(self, _name: str) -> None:
        self.depth -= 1


def _broken(error: Exception) -> Unprocessable:
    message = "the original is broken"
    return Unprocessable(message, detail=repr(error))
