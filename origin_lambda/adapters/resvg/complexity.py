"""Refuses SVGs whose elements multiply, before resvg makes the copies."""

from dataclasses import dataclass, field
from typing import Final
from xml.parsers.expat import ExpatError, ParserCreate

from origin_lambda.errors import Unprocessable

MAX_ELEMENTS: Final = 20_000
"""Most elements of a drawing, each copy that `<use>` makes included. Reading them takes 50 ms."""

_LINKS: Final = ("href", "xlink:href")


@dataclass(slots=True)
class _Element:
    """An element: its number of *own* descendants, itself included, and what it copies."""

    own: int = 1
    copies: list[str] = field(default_factory=list)


def check_complexity(data: bytes) -> None:
    """Refuse an SVG that has too many elements.

    Raises:
        Unprocessable: it has more elements than the limit, or is not well-formed.

    """
    root, by_id = _read_elements(data)
    if _Counter(by_id).count(root) > MAX_ELEMENTS:
        raise _too_many()


def _too_many() -> Unprocessable:
    return Unprocessable(f"an SVG of more than {MAX_ELEMENTS:,} elements cannot become pixels")


def _read_elements(data: bytes) -> tuple[_Element, dict[str, _Element]]:
    """Return the document and all elements with an id."""
    root = _Element(own=0)
    by_id: dict[str, _Element] = {}
    open_elements = [root]
    count = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MAX_ELEMENTS:
            raise _too_many()
        element = _Element()
        open_elements.append(element)
        if identity := attributes.get("id"):
            by_id.setdefault(identity, element)
        if name.rpartition(":")[2] == "use":
            element.copies += [
                attributes[link].removeprefix("#") for link in _LINKS if link in attributes
            ][:1]

    def end(_name: str) -> None:
        element = open_elements.pop()
        open_elements[-1].own += element.own
        open_elements[-1].copies += element.copies

    parser = ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.DefaultHandler = len  # with a handler, expat does not expand entities in texts
    try:
        parser.Parse(data, True)
    except (ExpatError, LookupError, ValueError) as error:
        message = "the original is broken"
        raise Unprocessable(message, detail=repr(error)) from error
    return root, by_id


class _Counter:
    """Counts the elements below an element, copies included, up to the limit."""

    def __init__(self, by_id: dict[str, _Element]) -> None:
        self.by_id = by_id
        self.counts: dict[int, int] = {}

    def count(self, element: _Element) -> int:
        """Return the number of elements; a circle of copies counts once, since none is drawn."""
        known = self.counts.get(id(element))
        if known is not None:
            return known
        self.counts[id(element)] = 0
        total = element.own
        for name in element.copies:
            if name in self.by_id:
                total += self.count(self.by_id[name])
            if total > MAX_ELEMENTS:
                break
        self.counts[id(element)] = total
        return total
