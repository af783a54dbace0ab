"""Draws the bars of docs/performance.md, from the numbers in its tables.

python -m infra.docs.bars           draws them
python -m infra.docs.bars --check   fails if they are not those of the tables
"""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.docs.marks import replace_marked

PAGE: Final = Path(__file__).parents[2] / "docs" / "performance.md"
WIDTH: Final = 18
"""Characters of the longest bar: a phone shows 42 in a line."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: its *label*, and the cell of a table under a heading, by its row and its column.

    A *row* is the beginning of a line of the table.
    """

    label: str
    heading: str
    row: str
    column: str


_MISS: Final = "How fast is a miss after ingest?"
_COLD: Final = "How long is a cold start?"
_MEMORY: Final = "How much memory does a render need?"

CHARTS: Final[dict[str, Sequence[Bar]]] = {
    "AVIF of 800 px from a photo of 16 MB, ms": (
        Bar("Calotype", _MISS, "| avif |", "ours ms"),
        Bar("sharp", _MISS, "| avif |", "sharp ms"),
    ),
    "WebP of 800 px from the same photo, ms": (
        Bar("Calotype", _MISS, "| webp |", "ours ms"),
        Bar("sharp", _MISS, "| webp |", "sharp ms"),
    ),
    "Cold start with a first render, ms": (
        Bar("Calotype", _COLD, "| INIT and first derivative |", "ours"),
        Bar("sharp, bundled", _COLD, "| INIT and first derivative |", "sharp, bundled"),
        Bar("sharp", _COLD, "| INIT and first derivative |", "sharp"),
    ),
    "800 px from 100 megapixels of JPEG, MB": (
        Bar("Calotype", _MEMORY, "| ours |", "baseline"),
        Bar("sharp", _MEMORY, "| sharp |", "baseline"),
        Bar("pyvips", _MEMORY, "| pyvips |", "baseline"),
        Bar("thumbor", _MEMORY, "| thumbor |", "baseline"),
        Bar("ipx", _MEMORY, "| ipx |", "baseline"),
    ),
}


def draw(page: str) -> str:
    """Return the charts as plain text, in a block of code."""
    charts = []
    for title, bars in CHARTS.items():
        values = [find_number(page, bar) for bar in bars]
        longest = max(values)
        lines = [
            f"{bar.label:<14} {'█' * max(1, round(WIDTH * value / longest))} {value:,.0f}"
            for bar, value in zip(bars, values, strict=True)
        ]
        charts.append("\n".join([title, *lines]))
    return "\n".join(["```text", "\n\n".join(charts), "```"])


def find_number(page: str, bar: Bar) -> float:
    """Return the number of a cell.

    Raises:
        ValueError: the page has no such cell.

    """
    section = page.partition(f"\n## {bar.heading}\n")[2].partition("\n## ")[0]
    for table in re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE):
        columns, _, *rows = [line.strip("|").split("|") for line in table.splitlines()]
        names = [name.strip() for name in columns]
        for cells in rows:
            if bar.column in names and f"|{'|'.join(cells)}".startswith(bar.row):
                return float(cells[names.index(bar.column)])
    message = f"{PAGE.name} has no {bar.column!r} in {bar.row!r} under {bar.heading!r}"
    raise ValueError(message)


def main(arguments: list[str]) -> int:
    """Draw the bars, or check them; return the exit code."""
    text = PAGE.read_text(encoding="utf-8")
    current = replace_marked(text, {"bars": draw(text)})
    if "--check" not in arguments:
        PAGE.write_text(current, encoding="utf-8")
    elif current != text:
        print(f"not up to date: {PAGE.name}; run: make generate", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
