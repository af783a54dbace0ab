"""Builds the page of recipes, and the tour at the beginning of the README."""

from pathlib import Path
from typing import Final

from infra.demo import FILES
from infra.docs.examples import SUBJECTS, TOUR, TOUR_ORIGINAL
from infra.docs.pictures import FOLDER, list_tour, show_recipe
from infra.docs.recipes import RECIPES, Recipe
from infra.laptop.playground.recipes import PAGE_RECIPES, PageRecipe

_COLUMNS: Final = 3
_KILO: Final = 1000

_HEAD: Final = """\
# Recipes

<!-- Written by `make generate` from infra/docs/recipes.py and infra/laptop/playground/recipes.py:
change it there. -->

Each recipe is one URL. Copy it, write the lines behind each other, and change the key and the
values. All pictures here come from these URLs. `_layers/` is the folder of originals that a URL
can draw on others ([layers.md](../layers.md)). Below are [parts of a page](#parts-of-a-page).
"""

_PARTS: Final = """
## Parts of a page

These are templates of Jinja ([html-in-python.md](../html-in-python.md)); Django has the same tags.
`make serve` shows each of them with your own pictures at `/_/recipes`, with its HTML to copy. A
`hero` there is an original: its `key`, `alt`, `width` and `height`, and so on.
"""


def build_recipes() -> str:
    """Return the page of recipes."""
    urls = "\n".join(map(_format_recipe, RECIPES))
    return _HEAD + urls + _PARTS + "".join(map(_format_part, PAGE_RECIPES))


def _format_recipe(recipe: Recipe) -> str:
    example = show_recipe(recipe)
    query = "\n    &".join(recipe.query)
    lines = "\n".join(f"- {line}" for line in recipe.lines)
    return (
        f"\n## {recipe.title}\n\n![{example.alt}](../{FOLDER.name}/{example.file})\n\n"
        f"```text\n/{recipe.original}\n    ?{query}\n```\n\n{lines}\n"
    )


def _format_part(recipe: PageRecipe) -> str:
    style = f"\n```css\n{recipe.style}\n```\n" if recipe.style else ""
    return f"\n### {recipe.title}\n\n{recipe.text}\n\n```jinja\n{recipe.template}\n```\n{style}"


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
