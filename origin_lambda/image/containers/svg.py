"""Reads the natural size of an SVG, and crops one to a region that is drawn at a given size.

The rules are those of browsers: CSS 2.1, 10.3.2, and SVG 2, 7.2 and 8.12.
"""

import html
import re
from typing import Final, NamedTuple
from xml.parsers.expat import ExpatError, ParserCreate

from origin_lambda.errors import Unprocessable
from origin_lambda.image.geometry import Extent, Size
from origin_lambda.image.source import Drawing

DEFAULT_WIDTH: Final = 300.0
DEFAULT_HEIGHT: Final = 150.0
"""The natural size of a drawing that has neither a size nor a `viewBox`, in pixels."""

MAX_NATURAL_SIDE: Final = 8192
"""The longest natural side, in pixels: a larger one is scaled down, since a drawing scales."""

_MAX_RATIO_ERROR: Final = 0.01
_MAX_FACTOR: Final = 100

_NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_LENGTH: Final = re.compile(rf"\s*({_NUMBER})\s*([a-zA-Z%]*)\s*", re.ASCII)
_PIXELS: Final = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 96 / 25.4,
    "q": 96 / 101.6,
    "em": 16.0,
    "rem": 16.0,
    "ex": 8.0,
    "ch": 8.0,
}
"""CSS pixels per unit. Units of a font are those of a browser's default font; others, such as `%`,
depend on the page: a length in them counts as missing."""

_SIZE_IN_STYLE: Final = re.compile(r"(?:^|;)\s*(width|height)\s*:([^;]*)", re.IGNORECASE)
_START_TAG: Final = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=/>]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/?>""")


class _RootFound(Exception):
    """Ends the parse at the first element."""


class _Root(NamedTuple):
    """The first element: its name and attributes, and where its start tag begins, in bytes."""

    name: str
    attributes: dict[str, str]
    start: int


def read_natural_size(data: bytes) -> Size:
    """Return the size in whole pixels that a browser would give an SVG.

    It is larger if whole pixels would change the shape by over 1 %, and 0 if the drawing is empty.

    Raises:
        Unprocessable: it is not well-formed up to the end of the first start tag.

    """
    width, height = _compute_extent(_read_root(data).attributes)
    if not (width and height):
        return Size(0, 0)
    scale = min(1.0, MAX_NATURAL_SIDE / max(width, height))
    exact = Extent(width * scale, height * scale)
    most = max(1, min(_MAX_FACTOR, int(MAX_NATURAL_SIDE / max(exact))))
    sizes = [exact.scale(factor).whole for factor in range(1, most + 1)]
    return next((size for size in sizes if _ratio_error(size, exact) <= _MAX_RATIO_ERROR), sizes[0])


def crop(data: bytes, drawing: Drawing) -> str:
    """Return an SVG without prolog whose whole surface is the region of a drawing.

    Raises:
        Unprocessable: it is not well-formed.

    """
    root = _read_root(data)
    tag = _START_TAG.match(data, root.start)
    if tag is None:
        detail = "no start tag"
        raise _broken(detail)
    extent = _compute_extent(root.attributes)
    attributes = root.attributes | {
        "x": "0",
        "y": "0",
        "width": f"{extent.width:.9g}",
        "height": f"{extent.height:.9g}",
        # The surface clips already, and a second clip would soften the edges.
        "overflow": "visible",
        "viewBox": _format_view_box(root.attributes, extent),
    }
    if "style" in attributes:
        attributes["style"] = _SIZE_IN_STYLE.sub("", attributes["style"])
    end = "/>" if tag.group().endswith(b"/>") else ">"
    start_tag = "".join(
        f' {name}="{html.escape(_flatten(value))}"' for name, value in attributes.items()
    )
    rest = data[tag.end() :].decode(errors="replace")
    across, down = extent.width / drawing.whole.width, extent.height / drawing.whole.height
    region = drawing.region.scale(across, down)
    view = (region.left, region.top, region.extent.width, region.extent.height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{drawing.size.width}" '
        f'height="{drawing.size.height}" preserveAspectRatio="none" '
        f'viewBox="{" ".join(f"{number:.9g}" for number in view)}">'
        f"<{root.name}{start_tag}{end}{rest}</svg>"
    )


def _flatten(value: str) -> str:
    """Return a value without line breaks, which a parser would read as spaces anyway."""
    return re.sub(r"[\t\r\n]", " ", value)


def _read_root(data: bytes) -> _Root:
    found: list[_Root] = []
    parser = ParserCreate()

    def begin(name: str, attributes: dict[str, str]) -> None:
        found.append(_Root(name, attributes, parser.CurrentByteIndex))
        raise _RootFound

    parser.StartElementHandler = begin
    try:
        parser.Parse(data, True)
    except _RootFound:
        return found[0]
    except (ExpatError, LookupError, ValueError) as error:
        raise _broken(repr(error)) from error
    detail = "no element"
    raise _broken(detail)


def _compute_extent(attributes: dict[str, str]) -> Extent:
    """Return the natural size in CSS pixels; a side is 0 if the drawing is empty."""
    style = attributes.get("style", "")
    in_style = {name.lower(): text for name, text in _SIZE_IN_STYLE.findall(style)}
    lengths = {name: in_style.get(name, attributes.get(name, "")) for name in ("width", "height")}
    width, height = (_parse_length(text) for text in lengths.values())
    view_box = _parse_view_box(attributes.get("viewBox", ""))
    if width is not None and height is not None:
        return Extent(width, height)
    if view_box is None:
        return Extent(
            DEFAULT_WIDTH if width is None else width, DEFAULT_HEIGHT if height is None else height
        )
    *_, wide, high = view_box
    if width is not None:
        return Extent(width, width * high / wide)
    if height is not None:
        return Extent(height * wide / high, height)
    return Extent(wide, high)


def _parse_length(text: str) -> float | None:
    """Return a length in CSS pixels, or None if it is missing, invalid, or depends on the page."""
    match = _LENGTH.fullmatch(text)
    if match is None or match[2].lower() not in _PIXELS:
        return None
    length = float(match[1]) * _PIXELS[match[2].lower()]
    return _limit(length) if length >= 0 else None


def _parse_view_box(text: str) -> tuple[float, float, float, float] | None:
    numbers = re.findall(_NUMBER, text, re.ASCII)
    if len(numbers) != 4 or re.sub(_NUMBER, "", text, flags=re.ASCII).strip(" ,\t\r\n"):
        return None
    left, top, width, height = map(float, numbers)
    if not (width > 0 and height > 0):
        return None
    return left, top, _limit(width), _limit(height)


def _limit(length: float) -> float:
    """Return a length that arithmetic can handle: no drawing needs more or less than this."""
    return min(max(length, 1e-6), 1e9) if length else 0.0


def _format_view_box(attributes: dict[str, str], extent: Extent) -> str:
    view_box = _parse_view_box(attributes.get("viewBox", ""))
    if view_box is None:
        return f"0 0 {extent.width:.9g} {extent.height:.9g}"
    return " ".join(f"{number:.9g}" for number in view_box)


def _ratio_error(size: Size, exact: Extent) -> float:
    return abs(size.width * exact.height / (size.height * exact.width) - 1)


def _broken(detail: str) -> Unprocessable:
    return Unprocessable("the original is broken", detail=detail)
