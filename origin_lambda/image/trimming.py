"""Finds the border of a picture: what `trim` removes."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from origin_lambda.image.geometry import Size
from origin_lambda.image.raster import Bounds, Line, Raster
from origin_lambda.url.params.trim import Trim
from origin_lambda.url.values import TrimMode


class Precision(NamedTuple):
    """How exact the pixels are that the border is looked for in.

    *noise* is how far a pixel can be from its true colour, of 255. *is_reduced*: a pixel can be the
    mean of pixels inside and outside of the border.
    """

    noise: float
    is_reduced: bool


def find_content(frames: Sequence[Any], trim: Trim, precision: Precision) -> Bounds | None:
    """Return the pixels that are not border, in any frame; None if all are."""
    found = [find_in_frame(frame, trim, precision) for frame in frames]
    return unite(bounds for bounds in found if bounds)


def find_in_frame(raster: Raster, trim: Trim, precision: Precision) -> Bounds | None:
    """Return the pixels of one frame that are not border, or None."""
    whole = (0, 0, *raster.size)
    if trim.mode is TrimMode.AUTO:
        return _find_beyond_even_lines(raster, trim, precision)
    if trim.mode is TrimMode.ALPHA:
        return raster.find_visible(trim.alpha + trim.tolerance)
    if trim.mode is TrimMode.COLOUR_UNLESS_ALPHA and raster.has_alpha:
        return raster.find_visible(0)
    visible = raster.find_visible(0) if raster.has_alpha else whole
    tolerance = max(trim.tolerance, precision.noise)
    return raster.find_unlike(trim.colour, tolerance, visible) if visible else None


def unite(all_bounds: Iterable[Bounds]) -> Bounds | None:
    """Return the smallest bounds that hold all; None if there are none."""
    listed = list(all_bounds)
    if not listed:
        return None
    lefts, tops, rights, bottoms = zip(*listed, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _find_beyond_even_lines(raster: Raster, trim: Trim, precision: Precision) -> Bounds | None:
    """Return what is left after even lines at each edge are removed: rows first, then columns."""
    width, height = raster.size
    rows = _find_span(raster.measure_lines((0, 0, width, height)), trim, precision)
    if rows is None:
        return None
    top, bottom = rows
    lines = raster.measure_lines((0, top, width, bottom), are_columns=True)
    columns = _find_span(lines, trim, precision)
    return (columns[0], top, columns[1], bottom) if columns else None


def _find_span(lines: Sequence[Line], trim: Trim, precision: Precision) -> tuple[int, int] | None:
    """Return where the lines begin and end that are not border, or None if none is left.

    In a reduced picture the line next to a border can be a mean of border and content, so it is
    removed too.
    """
    if (first := _count_even_lines(lines, trim)) == len(lines):
        return None
    last = _count_even_lines(lines[::-1], trim)
    start, removed = (
        count + 1 if count and precision.is_reduced else count for count in (first, last)
    )
    end = len(lines) - removed
    return (start, end) if start < end else None


def _count_even_lines(lines: Sequence[Line], trim: Trim) -> int:
    """Return how many lines from the first are even, and as bright as the first one."""
    count = 0
    for line in lines:
        away = max(abs(a - b) for a, b in zip(line.means, lines[0].means, strict=True))
        if line.deviation > trim.deviation or away > trim.mean_difference:
            break
        count += 1
    return count


def place_content(content: Bounds, sample: Size, region: Size, padding: int) -> Bounds:
    """Return the part of a *region* of the original that shows the *content* of its *sample*.

    *padding* pixels are added on each side, as far as the region reaches. At least one pixel stays.
    """
    left, right = _place_span(
        content[0], content[2], region.width / sample.width, region.width, padding
    )
    top, bottom = _place_span(
        content[1], content[3], region.height / sample.height, region.height, padding
    )
    return left, top, right, bottom


def _place_span(first: int, last: int, scale: float, side: int, padding: int) -> tuple[int, int]:
    start = min(max(math.floor(first * scale) - padding, 0), side - 1)
    end = min(math.ceil(last * scale) + padding, side)
    return start, max(end, start + 1)
