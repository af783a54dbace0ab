"""Writes the tables of docs/cost.md, between their markers, and its pictures.

python -m infra.costs.document           writes them
python -m infra.costs.document --check   fails if they are not what the model says
"""

import sys
from pathlib import Path
from typing import Final

from infra.costs.pictures import PICTURES, pictures
from infra.costs.tables import SECTIONS

PAGE: Final = Path(__file__).parents[2] / "docs" / "cost.md"


def page(text: str) -> str:
    """Return the page with its tables as the model has them.

    Raises:
        ValueError: it has no place for one of them.

    """
    for name, section in SECTIONS.items():
        begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
        before, found, rest = text.partition(begin)
        _, ended, after = rest.partition(end)
        if not (found and ended):
            message = f"{PAGE.name} has no place for {name}: {begin.strip()} ... {end}"
            raise ValueError(message)
        text = f"{before}{begin}{section()}\n{end}{after}"
    return text


def main(arguments: list[str]) -> int:
    """Write the tables and pictures, or check them; return the exit code."""
    made = {PAGE: page(PAGE.read_text(encoding="utf-8"))} | pictures()
    if "--check" not in arguments:
        PICTURES.mkdir(exist_ok=True)
        for file, text in made.items():
            file.write_text(text, encoding="utf-8")
        return 0
    stale = [
        file.name
        for file, text in made.items()
        if not file.exists() or file.read_text(encoding="utf-8") != text
    ]
    if stale:
        print(f"not what the model says: {', '.join(stale)}; run: make generate", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
