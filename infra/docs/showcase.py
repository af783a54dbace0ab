"""Builds the page of recipes, and the tour at the beginning of the README."""

from pathlib import Path
from typing import Final

from infra.demo import FILES
from infra.docs.examples import SUBJECTS, TOUR, TOUR_ORIGINAL
from infra.docs.pictures import FOLDER, list_tour, show_recipe
from infra.docs.recipes import RECIPES, Recipe

_COLUMNS: Final = 3
_KILO: Final = 1000

_HEAD: Final = """\
# Recipes

<!-- Written by `make generate` from infra/docs/recipes.py: change it there. -->

Each recipe is one URL. Copy it, write the lines behind each other, and change the key and the
values. All pictures here come from these URLs. `_layers/` is the folder of originals that a URL
can draw on others ([layers.md](../layers.md)).
"""


def build_recipes() -> str:
    """Return the page of recipes."""
    return _HEAD + "\n".join(map(_format_recipe, RECIPES))


def _format_recipe(recipe: Recipe) -> str:
    example = show_recipe(recipe)
    query = "\n    &".join(recipe.query)
    lines = "\n".join(f"- {line}" for line in recipe.lines)
    return (
        f"\n## {recipe.title}\n\n![{example.alt}](../{FOLDER.name}/{example.file})\n\n"
        f"```text\n/{recipe.original}\n    ?{query}\n```\n\n{lines}\n"
    )


def build_tour() -> str:
    """Return a table of one original and what URLs make of it, each with its kilobytes."""
    cells = [
        f"![{SUBJECTS[TOUR_ORIGINAL]}: {shows}](docs/{FOLDER.name}/{example.file})<br>"
        f"**{shows}**, {_count_kilobytes(FOLDER / example.file)} KB<br>"
        + " ".join(f"`{pair}`" for pair in example.query.split("&"))
        for example, (_, shows) in zip(list_tour(), TOUR, strict=True)
    ]
    rows = (cells[start : start + _COLUMNS] for start in range(0, len(cells), _COLUMNS))
    lines = ["| " * _COLUMNS + "|", "|---" * _COLUMNS + "|"]
    lines.extend(f"| {' | '.join(row)} |" for row in rows)
    original = _count_kilobytes(FILES / TOUR_ORIGINAL)
    head = f"The original has {original} KB. These are WebP files, as URLs make them:"
    return "\n".join([head, "", *lines])


def _count_kilobytes(path: Path) -> int:
    return max(1, round(path.stat().st_size / _KILO))
