"""Draws curves on logarithmic axes as SVG: the same bytes for the same numbers, on any machine.

The background is transparent, and every colour stands out from white as well as from GitHub's
dark page (3:1 or more against both).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Final

COLOURS: Final = (
    "#2f7de1",
    "#c2660c",
    "#168f46",
    "#e0393e",
    "#9a5cf0",
    "#0a8f8a",
    "#d6409f",
    "#8c7414",
    "#6b7f93",
)
_GREY: Final = "#7d858f"
_WIDTH, _HEIGHT = 900, 520
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 640, 20, 460
_LINE: Final = 15
"""Pixels between two labels."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A line with its name at its end; the *strong* one is what the picture is about."""

    name: str
    points: Sequence[tuple[float, float]]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """A logarithmic axis from *low* to *high*; *before* and *after* go around its numbers."""

    text: str
    low: float
    high: float
    before: str = ""
    after: str = ""

    def place(self, value: float, start: float, end: float) -> float:
        """Return where a value is between two ends of the picture."""
        low, high = log10(self.low), log10(self.high)
        return start + (log10(value) - low) / (high - low) * (end - start)

    @property
    def ticks(self) -> list[float]:
        """The powers of ten on it."""
        return [10.0**power for power in range(ceil(log10(self.low)), floor(log10(self.high)) + 1)]

    def told(self, value: float) -> str:
        """Return a tick's label: 10k, $1M, 0.1%."""
        for size, suffix in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
            if value >= size:
                return f"{self.before}{value / size:g}{suffix}{self.after}"
        return f"{self.before}{value:g}{self.after}"


def draw(title: str, curves: Sequence[Curve], across: Axis, up: Axis) -> str:
    """Return a picture of curves; *title* is for those who cannot see it."""
    size = f"0 0 {_WIDTH} {_HEIGHT}"
    letters = 'font-family="system-ui, sans-serif" font-size="13"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" role="img" {letters}>',
        f"<title>{escape(title)}</title>",
        *_grid(across, up),
    ]
    for curve, colour in zip(curves, COLOURS, strict=False):
        parts.append(_line(curve, colour, across, up))
    parts.extend(_labels(curves, across, up))
    return "\n".join([*parts, "</svg>", ""])


def _grid(across: Axis, up: Axis) -> list[str]:
    drawn = []
    for value in across.ticks:
        x = across.place(value, _LEFT, _RIGHT)
        drawn += [_rule(x, _TOP, x, _BOTTOM), _text(x, _BOTTOM + 18, across.told(value), "middle")]
    for value in up.ticks:
        y = up.place(value, _BOTTOM, _TOP)
        drawn += [_rule(_LEFT, y, _RIGHT, y), _text(_LEFT - 8, y + 4, up.told(value), "end")]
    middle = (_LEFT + _RIGHT) / 2
    drawn.append(_text(middle, _BOTTOM + 42, across.text, "middle"))
    turned = f'transform="rotate(-90 16 {(_TOP + _BOTTOM) / 2:.1f})"'
    drawn.append(_text(16, (_TOP + _BOTTOM) / 2, up.text, "middle", turned))
    return drawn


def _line(curve: Curve, colour: str, across: Axis, up: Axis) -> str:
    places = " ".join(
        f"{across.place(x, _LEFT, _RIGHT):.1f},{up.place(y, _BOTTOM, _TOP):.1f}"
        for x, y in _within(curve, up)
    )
    width = 3.5 if curve.strong else 1.8
    return (
        f'<polyline points="{places}" fill="none" stroke="{colour}" '
        f'stroke-width="{width}" stroke-linejoin="round"/>'
    )


def _within(curve: Curve, up: Axis) -> list[tuple[float, float]]:
    return [(x, min(max(y, up.low), up.high)) for x, y in curve.points]


def _labels(curves: Sequence[Curve], across: Axis, up: Axis) -> list[str]:
    """Return the names beside the ends of their lines, moved apart where they would overlap."""
    ends = []
    for curve, colour in zip(curves, COLOURS, strict=False):
        x, y = _within(curve, up)[-1]
        place = across.place(x, _LEFT, _RIGHT), up.place(y, _BOTTOM, _TOP)
        ends.append((place[1], place[0], curve, colour))
    drawn, free = [], 0.0
    for y, x, curve, colour in sorted(ends, key=lambda end: (end[0], end[2].name)):
        at = max(y, free)
        free = at + _LINE
        weight = ' font-weight="bold"' if curve.strong else ""
        drawn.append(
            f'<path d="M{x:.1f},{y:.1f}L{_RIGHT + 8},{at:.1f}" stroke="{colour}" fill="none" '
            f'stroke-dasharray="2 2"/>'
        )
        drawn.append(_text(_RIGHT + 12, at + 4, curve.name, "start", f'fill="{colour}"{weight}'))
    return drawn


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{_GREY}" stroke-opacity="0.3"/>'


def _text(x: float, y: float, text: str, anchor: str, more: str = "") -> str:
    fill = "" if "fill=" in more else f' fill="{_GREY}"'
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{fill} {more}>{escape(text)}</text>'
    )
