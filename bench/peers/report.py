"""What a run found out, as one value, and as Markdown."""

import dataclasses
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.peers.auto import Automatic
from bench.peers.equal import Match
from bench.peers.headline import Headline
from bench.peers.matrix import Row
from bench.peers.memory import Memory
from bench.peers.weight import Weight


@dataclass(slots=True)
class Report:
    """All that was measured; what was left out of a run is empty."""

    facts: dict[str, str]
    clock: str
    empty_request: float | None = None
    headlines: Sequence[Headline] = ()
    matches: Sequence[Match] = ()
    rows: Sequence[Row] = ()
    weights: Sequence[Weight] = ()
    automatics: Sequence[Automatic] = ()
    memories: Sequence[Memory] = ()
    seconds: dict[str, float] = field(default_factory=dict)

    def json(self) -> str:
        """Return all of it, with the ratios."""
        told = dataclasses.asdict(self)
        for row, each in zip(self.rows, told["rows"], strict=True):
            each |= {"after_ratio": row.after_ratio, "before_ratio": row.before_ratio}
        return json.dumps(told, indent=1)


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a Markdown table, padded so that a terminal shows it as one too."""
    cells = [list(head), *([_told(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [_line(cells[0], widths), _line(["-" * width for width in widths], widths)]
    return "\n".join([*lines, *(_line(row, widths) for row in cells[1:])])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def compact(markdown: str) -> str:
    """Return tables without the padding that a terminal needs."""
    return re.sub(r"-{3,}", "---", re.sub(r" {2,}\|", " |", markdown))


def _told(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def one(value: float | None) -> str:
    """Return a number with one decimal, or nothing."""
    return "" if value is None else f"{value:.1f}"


def sections(parts: Iterator[tuple[str, str]]) -> str:
    """Return headed parts, those without a body left out."""
    return "\n\n".join(f"### {title}\n\n{body}" for title, body in parts if body)
