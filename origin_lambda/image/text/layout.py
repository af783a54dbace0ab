"""Places the lines of a text: wraps, cuts and aligns them, without seeing a glyph."""

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from origin_lambda.image.text.bidi import resolve_levels
from origin_lambda.image.text.block import TextBlock
from origin_lambda.image.text.breaks import SOFT_HYPHEN, SPACES, SplitWords, find_breaks
from origin_lambda.image.text.paragraphs import split_paragraphs
from origin_lambda.image.text.scripts import is_joined
from origin_lambda.image.text.typesetter import Typesetter
from origin_lambda.url.values import Align, TextClip

LINE_HEIGHT: Final = 1.2
"""Height of a line in units of the font's size; imgix says "approximately 120%"."""

_ELLIPSIS: Final = "…"
_HYPHEN: Final = "-"
_SMALLEST: Final = 1.0  # pixels: `txt-fit=max` reduces no further
_STEPS: Final = 12  # of the search for a size: its error is a four-thousandth
_TOLERANCE: Final = 0.01  # pixels, for sums of rounded widths


class Line(NamedTuple):
    """A line in logical order, with its embedding levels and its width in pixels."""

    text: str
    levels: tuple[int, ...]
    width: float


class _Paragraph:
    """A paragraph with all that does not depend on its size."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.base, self.levels = resolve_levels(text)
        self._breaks: list[int] | None = None

    def find_breaks(self, split_words: SplitWords) -> list[int]:
        """Return the places that can begin a line; most texts never need them."""
        if self._breaks is None:
            self._breaks = find_breaks(self.text, split_words)
        return self._breaks


class PlacedLine(NamedTuple):
    """A line, the place of its left end, and that of its baseline, from the upper left corner."""

    line: Line
    x: float
    baseline: float


class Layout(NamedTuple):
    """The lines of a text at a *size*, and their *box*: left, top, right, bottom."""

    size: float
    lines: tuple[PlacedLine, ...]
    box: tuple[float, float, float, float]


def lay_out(block: TextBlock, typesetter: Typesetter) -> Layout:
    """Return the lines of a block of text."""
    left, width = _find_region(block)
    paragraphs = [_Paragraph(text) for text in split_paragraphs(block.text)]
    size = _find_size(block, paragraphs, typesetter, width) if block.fits else block.size
    lines = _break_lines(block, paragraphs, typesetter, size, width)
    height = _line_height(block, size)
    top = _place_down(block, height * len(lines))
    metrics = typesetter.metrics(size)
    first = top + (height - metrics.ascent - metrics.descent) / 2 + metrics.ascent
    placed = tuple(
        PlacedLine(
            line, _round(_align(block, left, width, line.width)), _round(first + at * height)
        )
        for at, line in enumerate(lines)
    )
    right = max(each.x + each.line.width for each in placed)
    box = min(each.x for each in placed), top, right, top + height * len(lines)
    return Layout(size, placed, box)


def _round(pixels: float) -> int:
    """Round halves up, so that lines are equally far apart."""
    return math.floor(pixels + 0.5)


def _line_height(block: TextBlock, size: float) -> float:
    return size * LINE_HEIGHT + block.lead


def _find_region(block: TextBlock) -> tuple[float, float]:
    """Return the left edge and the width of the region that the lines are placed in."""
    canvas = block.canvas.width
    if block.x is not None:
        rest = canvas - block.x - block.pad
        return block.x, max(1.0, rest if block.width is None else block.width)
    width = max(1.0, canvas - 2 * block.pad if block.width is None else block.width)
    if block.across is Align.LEFT:
        return block.pad, width
    if block.across is Align.CENTER:
        return (canvas - width) / 2, width
    return canvas - block.pad - width, width


def _align(block: TextBlock, left: float, width: float, line: float) -> float:
    """Return the left end of a line in its region."""
    if block.across is Align.LEFT:
        return left
    return left + (width - line) / (2 if block.across is Align.CENTER else 1)


def _place_down(block: TextBlock, height: float) -> float:
    if block.y is not None:
        return block.y
    if block.down is Align.TOP:
        return block.pad
    if block.down is Align.MIDDLE:
        return (block.canvas.height - height) / 2
    return block.canvas.height - block.pad - height


def _find_size(
    block: TextBlock, paragraphs: Sequence[_Paragraph], typesetter: Typesetter, width: float
) -> float:
    """Return the largest size, at most the block's, at which the text fits."""
    top = block.pad if block.y is None else max(0.0, block.y)
    height = max(1.0, block.canvas.height - top - block.pad)

    def fits(size: float) -> bool:
        lines = list(_wrap_all(block, paragraphs, typesetter, size, width, breaks_words=False))
        return (
            len(lines) <= (block.max_lines or len(lines))
            and len(lines) * _line_height(block, size) <= height + _TOLERANCE
            and all(line.width <= width + _TOLERANCE for line in lines)
        )

    if fits(block.size) or block.size <= _SMALLEST:
        return block.size
    low, high = _SMALLEST, block.size
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _break_lines(
    block: TextBlock,
    paragraphs: Sequence[_Paragraph],
    typesetter: Typesetter,
    size: float,
    width: float,
) -> list[Line]:
    """Return the lines of a text at a size, no more than are allowed."""
    lines = list(_wrap_all(block, paragraphs, typesetter, size, width, breaks_words=True))
    if not block.wraps and (block.clip or block.fits):
        return [_clip(block, typesetter, size, width, line) for line in lines]
    if block.max_lines is None or len(lines) <= block.max_lines:
        return lines
    kept = lines[: block.max_lines]
    if TextClip.ELLIPSIS in block.clip:
        kept[-1] = _end_with_ellipsis(kept[-1], typesetter, size, width)
    return kept


def _wrap_all(  # noqa: PLR0913 reason: a block, prepared, and how it is to be measured
    block: TextBlock,
    paragraphs: Sequence[_Paragraph],
    typesetter: Typesetter,
    size: float,
    width: float,
    *,
    breaks_words: bool,
) -> Iterator[Line]:
    for paragraph in paragraphs:
        text, levels = paragraph.text, paragraph.levels
        advances = typesetter.measure(text, levels, size)
        if not block.wraps or sum(advances) <= width:
            yield Line(text, levels, sum(advances))
            continue
        hyphen = 0.0
        if SOFT_HYPHEN in text:
            hyphen = sum(typesetter.measure(_HYPHEN, (paragraph.base,), size))
        breaks = paragraph.find_breaks(typesetter.split_words)
        for start, end in _wrap(text, advances, breaks, width, hyphen, breaks_words=breaks_words):
            stop = start + len(text[start:end].rstrip(SPACES))
            line = Line(text[start:stop], levels[start:stop], sum(advances[start:stop]))
            if text[end - 1] == SOFT_HYPHEN and end < len(text):
                whole = line.text + _HYPHEN, (*line.levels, paragraph.base)
                line = Line(*whole, line.width + hyphen)
            yield line


def _wrap(  # noqa: PLR0913 reason: the facts of one paragraph
    text: str,
    advances: Sequence[float],
    breaks: Sequence[int],
    width: float,
    hyphen: float,
    *,
    breaks_words: bool,
) -> Iterator[tuple[int, int]]:
    """Yield the first and last place of each line: as many words as fit.

    With *breaks_words*, a word that is wider than a line is broken anywhere.
    """
    sums = [0.0, *accumulate(advances)]
    start = end = 0
    for stop in (*breaks, len(text)):
        if _span(text, sums, start, stop, hyphen) > width + _TOLERANCE and end > start:
            yield start, end
            start = end
        while breaks_words and _span(text, sums, start, stop, hyphen) > width + _TOLERANCE:
            cut = _cut_word(text, sums, start, stop, width)
            if cut >= stop:
                break
            yield start, cut
            start = cut
        end = stop
    yield start, len(text)


def _span(text: str, sums: Sequence[float], start: int, stop: int, hyphen: float) -> float:
    """Return the width of a part without the spaces at its end, with a hyphen if it needs one."""
    is_hyphenated = stop < len(text) and text[stop - 1] == SOFT_HYPHEN
    while stop > start and text[stop - 1] in SPACES:
        stop -= 1
    return sums[stop] - sums[start] + (hyphen if is_hyphenated else 0)


def _cut_word(text: str, sums: Sequence[float], start: int, stop: int, width: float) -> int:
    """Return the place before which a word that is too wide is broken: one letter at least."""
    last = 0
    for place in range(start + 1, stop):
        if is_joined(text, place):
            continue
        if sums[place] - sums[start] > width + _TOLERANCE:
            return last or place
        last = place
    return last or stop


def _clip(block: TextBlock, typesetter: Typesetter, size: float, width: float, line: Line) -> Line:
    """Return a line cut to a width, at the place that the block says."""
    if line.width <= width + _TOLERANCE:
        return line
    advances = typesetter.measure(line.text, line.levels, size)
    mark, mark_width = "", 0.0
    if TextClip.ELLIPSIS in block.clip:
        mark, mark_width = _ELLIPSIS, sum(typesetter.measure(_ELLIPSIS, (0,), size))
    ends = [place for place in range(1, len(line.text)) if not is_joined(line.text, place)]
    sums = [0.0, *accumulate(advances)]
    room = max(0.0, width - mark_width)
    if TextClip.START in block.clip:
        head, tail = 0, _first_after(ends, sums, sums[-1] - room, len(line.text))
    elif TextClip.MIDDLE in block.clip:
        head = _last_before(ends, sums, room / 2)
        tail = _first_after(ends, sums, sums[-1] - (room - sums[head]), len(line.text))
    else:
        head, tail = _last_before(ends, sums, room), len(line.text)
    if mark and TextClip.START not in block.clip:
        head = len(line.text[:head].rstrip(SPACES))
    level = min(line.levels, default=0)
    # Letters at a cut can have another form there, and another width.
    return _measure_line(
        line.text[:head] + mark + line.text[tail:],
        (*line.levels[:head], *([level] if mark else []), *line.levels[tail:]),
        typesetter,
        size,
    )


def _measure_line(text: str, levels: tuple[int, ...], typesetter: Typesetter, size: float) -> Line:
    return Line(text, levels, sum(typesetter.measure(text, levels, size)))


def _last_before(ends: Sequence[int], sums: Sequence[float], room: float) -> int:
    """Return the last place that leaves no more than a width on its left."""
    return max((place for place in ends if sums[place] <= room + _TOLERANCE), default=0)


def _first_after(ends: Sequence[int], sums: Sequence[float], cut: float, none: int) -> int:
    """Return the first place with at least a width on its left, or *none*."""
    return min((place for place in ends if sums[place] >= cut - _TOLERANCE), default=none)


def _end_with_ellipsis(line: Line, typesetter: Typesetter, size: float, width: float) -> Line:
    """Return the last line that is shown of more, with an ellipsis at its end."""
    mark = sum(typesetter.measure(_ELLIPSIS, (0,), size))
    advances = typesetter.measure(line.text, line.levels, size)
    sums = [0.0, *accumulate(advances)]
    ends = [
        place
        for place in range(1, len(line.text) + 1)
        if place == len(line.text) or not is_joined(line.text, place)
    ]
    head = len(line.text[: _last_before(ends, sums, width - mark)].rstrip(SPACES))
    levels = (*line.levels[:head], min(line.levels, default=0))
    return _measure_line(line.text[:head] + _ELLIPSIS, levels, typesetter, size)
