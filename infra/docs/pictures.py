"""Renders the pictures of the URL reference by `calotype render`, into docs/pictures.

python -m infra.docs.pictures           renders them
python -m infra.docs.pictures --check   fails if one is missing or looks different
"""

import contextlib
import io
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops, ImageStat

from infra import cli
from infra.demo import FILES, LAYERS
from infra.docs.examples import EXAMPLES, MADE, REASONS, SUBJECTS, TOUR, TOUR_ORIGINAL
from infra.docs.recipes import RECIPES, Recipe
from origin_lambda.url.grammar import split_query
from origin_lambda.url.transform import TABLE, Row

_ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = _ROOT / "docs" / "pictures"

_WIDTH: Final = "w=200"
_QUALITY: Final = "q=85"

_TOLERANCE: Final = 5.0
"""The mean difference of samples, of 255, that other resizers and encoders may cause.

A lossy WebP of the same pixels by Pillow's resizer differs by up to 3 from one by the SIMD resizer.
"""


@dataclass(frozen=True, slots=True)
class Example:
    """A picture that shows a parameter: its file, the original and the query that made it."""

    file: str
    original: str
    query: str = ""

    @property
    def alt(self) -> str:
        """The text for people who cannot see the picture."""
        subject = SUBJECTS[self.original]
        return f"{subject}, with {self.query}" if self.query else subject

    def render(self, folder: Path) -> Path:
        """Render it into a file of a folder, and return the path.

        Raises:
            ValueError: the original or the query cannot be used.

        """
        if made := MADE.get(self.original):
            source, _, query = made.partition("?")
            original = Example(f"made-{self.original}", source, query).render(folder)
        else:
            original = FILES / self.original
        for key, file in LAYERS.items():
            (folder / key).parent.mkdir(exist_ok=True)
            shutil.copyfile(FILES / file, folder / key)
        path = folder / self.file
        names = {name for name, _ in split_query(self.query)}
        parts = [self.query] if self.query else []
        parts += [_WIDTH] if names.isdisjoint({"w", "h"}) else []
        parts += [] if "q" in names else [_QUALITY]
        said = io.StringIO()
        # The keys of layers are paths, relative to the working directory.
        with contextlib.chdir(folder), contextlib.redirect_stderr(said):
            code = cli.main(["render", str(original), str(path), "&".join(parts)])
        if code:
            message = f"{self.original}?{self.query}: {said.getvalue().strip()}"
            raise ValueError(message)
        return path


def list_originals() -> list[Example]:
    """Return the pictures of the originals that have examples, without any parameter."""
    used = {text.partition("?")[0] for texts in EXAMPLES.values() for text in texts}
    return [Example(f"original-{Path(name).stem}.webp", name) for name in sorted(used)]


def list_all() -> list[Example]:
    """Return all pictures."""
    of_parameters = (each for row in TABLE.all_rows for each in list_examples(row))
    return [*list_originals(), *of_parameters, *map(show_recipe, RECIPES), *list_tour()]


def list_tour() -> list[Example]:
    """Return the pictures at the beginning of the README."""
    return [
        Example(f"tour-{number}.webp", TOUR_ORIGINAL, query)
        for number, (query, _) in enumerate(TOUR, 1)
    ]


def show_recipe(recipe: Recipe) -> Example:
    """Return the picture of a recipe."""
    return Example(f"recipe-{recipe.name}.webp", recipe.original, "&".join(recipe.query))


def list_examples(row: Row) -> list[Example]:
    """Return the examples of a parameter."""
    found = []
    for number, text in enumerate(EXAMPLES.get(row.name, ()), 1):
        original, _, query = text.partition("?")
        suffix = f"-{number}" if number > 1 else ""
        found.append(Example(f"{row.name}{suffix}.webp", original, query))
    return found


def find_missing() -> Iterator[str]:
    """Yield the parameters that have neither an example nor a reason for having none."""
    for row in TABLE.all_rows:
        if not (list_examples(row) or {row.name, row.group} & set(REASONS)):
            yield row.name


def _look_alike(one: Path, other: Path) -> bool:
    """Return whether two pictures have the same size and frames, and nearly the same pixels."""
    with Image.open(one) as left, Image.open(other) as right:
        frames = getattr(left, "n_frames", 1), getattr(right, "n_frames", 1)
        if left.size != right.size or frames[0] != frames[1]:
            return False
        # Multiplied by alpha: the colours of transparent pixels do not matter.
        samples = (image.convert("RGBA").convert("RGBa") for image in (left, right))
        difference = ImageChops.difference(*samples)
    return max(ImageStat.Stat(difference).mean) <= _TOLERANCE


def find_stale(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Render all pictures into a *folder*; yield those that differ, with the path to replace."""
    for example in list_all():
        path, made = FOLDER / example.file, example.render(folder)
        if not path.exists() or not _look_alike(path, made):
            yield made, path


def find_superfluous() -> list[Path]:
    """Return the files that are no example's."""
    files = {example.file for example in list_all()}
    return [path for path in sorted(FOLDER.glob("*.webp")) if path.name not in files]


def main(arguments: list[str]) -> int:
    """Render the pictures, or check them; return the exit code."""
    if missing := list(find_missing()):
        names = ", ".join(missing)
        print(f"no picture of {names}: add one to infra/docs/examples.py", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        stale = list(find_stale(Path(folder)))
        superfluous = find_superfluous()
        if "--check" not in arguments:
            FOLDER.mkdir(exist_ok=True)
            for made, path in stale:
                path.write_bytes(made.read_bytes())
            for path in superfluous:
                path.unlink()
            return 0
    wrong = [*(path for _, path in stale), *superfluous]
    for path in wrong:
        print(f"not up to date: pictures/{path.name}; run: make generate", file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
