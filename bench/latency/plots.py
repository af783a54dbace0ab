"""Plots as inline SVG: a percentile curve, a time series, bars. Colours come from the page."""

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bench.latency.histogram import Histogram

_WIDTH, _HEIGHT = 640, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 14, 44
_COLOURS: Final = 6  # classes .line0 to .line5 of the page
_MOST_POINTS: Final = 400
_TICKS: Final = 5
_NINES: Final = (0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999, 99.9999)
_BAR: Final = 26

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Axis:
    """Maps values from *low* to *high* to places from *start* to *end*."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Return where a value lies."""
        span = self.high - self.low or 1.0
        return self.start + (value - self.low) / span * (self.end - self.start)


@dataclass(frozen=True, slots=True)
class Line:
    """A named line of points in the units of the axes; None breaks it."""

    name: str
    points: Sequence[Point]


def percentile_curve(histograms: Mapping[str, Histogram]) -> str:
    """Return latency by percentile, each further nine as wide as the one before it.

    That is how HdrHistogram draws it: a straight line would be an exponential tail.
    """
    lines = [Line(name, list(_curve(each))) for name, each in histograms.items() if len(each)]
    if not lines:
        return ""
    furthest = max(x for line in lines for x, _ in line.points)
    across = Axis(0.0, max(1.0, furthest), _LEFT, _WIDTH - _RIGHT)
    ticks = [(_nines(percent), f"{percent:g} %") for percent in _NINES]
    return _plot(lines, across, [tick for tick in ticks if tick[0] <= across.high])


def _curve(histogram: Histogram) -> Iterator[Point]:
    """Yield how many nines, and the milliseconds, of every step; the last is the maximum."""
    seen, total = 0, len(histogram)
    yield 0.0, next(iter(histogram))[0] / 1000
    for value, count in histogram:
        yield _nines(100 * seen / total), value / 1000
        seen += count
        if seen < total:
            yield _nines(100 * seen / total), value / 1000
    yield _nines(100 * (1 - 1 / (2 * total))), histogram.greatest / 1000


def _nines(percent: float) -> float:
    return -math.log10(max(1e-9, 1 - percent / 100))


def time_series(lines: Sequence[Line]) -> str:
    """Return milliseconds by second."""
    known = [point for line in lines for point in line.points]
    if not known:
        return ""
    last = max(x for x, _ in known)
    across = Axis(0.0, max(1.0, last), _LEFT, _WIDTH - _RIGHT)
    whole = [second for second in _round_steps(across.high) if second.is_integer()]
    return _plot(lines, across, [(second, f"{second:g} s") for second in whole])


def _plot(lines: Sequence[Line], across: Axis, ticks: Sequence[tuple[float, str]]) -> str:
    highest = max(y for line in lines for _, y in line.points)
    steps = _round_steps(highest)
    up = Axis(0.0, max(highest, steps[-1]) or 1.0, _HEIGHT - _BOTTOM, _TOP)
    parts = [_rule(up.place(value), f"{value:,g} ms") for value in steps]
    parts += [_mark(across.place(value), text) for value, text in ticks]
    parts += [
        f'<polyline class="line line{number % _COLOURS}" points="{_places(line, across, up)}"/>'
        for number, line in enumerate(lines)
    ]
    legend = "".join(
        f'<li><span class="key line{number % _COLOURS}"></span>{html.escape(line.name)}</li>'
        for number, line in enumerate(lines)
    )
    return f'{_drawing(_HEIGHT, parts)}<ul class="legend">{legend}</ul>'


def _places(line: Line, across: Axis, up: Axis) -> str:
    """Return a line's points as SVG writes them; of very many, those that can be told apart."""
    step = max(1, len(line.points) // _MOST_POINTS)
    chosen = [*line.points[:-1:step], line.points[-1]]
    return " ".join(f"{across.place(x):.1f},{up.place(y):.1f}" for x, y in chosen)


def _rule(y: float, text: str) -> str:
    return (
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'
    )


def _mark(x: float, text: str) -> str:
    bottom = _HEIGHT - _BOTTOM
    return (
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom + 5}"/>'
        f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{text}</text>'
    )


def _round_steps(highest: float) -> list[float]:
    """Return 0 and some round numbers up to about *highest*."""
    if highest <= 0:
        return [0.0]
    rough = highest / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return [step * number for number in range(math.floor(highest / step) + 1)]


def bars(amounts: Mapping[str, tuple[float, str]]) -> str:
    """Return a bar for each name: its length, and the words beside it."""
    longest = max((amount for amount, _ in amounts.values()), default=0.0) or 1.0
    along = Axis(0.0, longest, _LEFT + 30, _WIDTH - 230)
    parts = []
    for number, (name, (amount, text)) in enumerate(amounts.items()):
        y = _TOP + number * _BAR
        end = along.place(amount)
        parts.append(
            f'<text x="{_LEFT + 22}" y="{y + 14}" text-anchor="end">{html.escape(name)}</text>'
            f'<rect class="line{number % _COLOURS}" x="{along.start:.1f}" y="{y}"'
            f' width="{max(1.0, end - along.start):.1f}" height="{_BAR - 8}"/>'
            f'<text x="{end + 8:.1f}" y="{y + 14}">{html.escape(text)}</text>'
        )
    return _drawing(2 * _TOP + len(amounts) * _BAR, parts) if parts else ""


def _drawing(height: int, parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img">{"".join(parts)}</svg>'
