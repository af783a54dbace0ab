"""Write the tables of docs/cost.md between their markers.

python -m infra.costs.document           writes them
python -m infra.costs.document --check   fails if the page has other numbers than the model
"""

import sys
from pathlib import Path
from typing import Final

from infra.costs.tables import SECTIONS
from infra.markers import fill_part

PAGE: Final = Path(__file__).parents[2] / "docs" / "cost.md"


def fill_in(text: str) -> str:
    """Return the page with its tables as the model computes them.

    Raises:
        ValueError: the page lacks the markers of a table.

    """
    for name, section in SECTIONS.items():
        text = fill_part(PAGE.name, text, name, section())
    return text


def main(arguments: list[str]) -> int:
    """Write the tables, or check them; return the exit code."""
    text = PAGE.read_text(encoding="utf-8")
    filled = fill_in(text)
    if "--check" not in arguments:
        PAGE.write_text(filled, encoding="utf-8")
    elif filled != text:
        print(f"{PAGE.name} differs from the model; run: make generate", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
