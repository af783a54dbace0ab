"""Reports words that make code and docs hard to read, with plainer ones.

python -m infra.docs.plain_english [FOLDER_OR_FILE ...]

It reads every text file that git tracks. EXCEPTIONS lists the places that need such a word anyway.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

WORDS: Final = {
    "told": "say what is sent, and to whom",
    "whoever": "name the caller, the service or the person",
    "whichever": "name the things to choose from, or write `any`",
    "anew": "again",
    "nobody": "no one in particular? then name what does not happen",
    "somebody": "name the caller, the service or the person",
    "of ours": "our",
    "meanwhile": "say during what",
    "anybody": "name the caller, the service or the person",
    "become of": "say what happens to it",
    "becomes of": "say what happens to it",
    "but for": "except",
    "in earnest": "really",
}
"""Words to avoid, and what to write instead."""

EXCEPTIONS: Final = {
    ("infra/docs/plain_english.py", "*"): "it lists the words",
    ("tests/test_plain_english.py", "*"): "it tests the words",
    ("origin_lambda/originals/catalog.py", "told"): "a field of stored catalog items",
    ("docs/catalog.md", "told"): "a field of stored catalog items",
}
"""Places that may use a word ("*": all words), each with the reason."""

SUFFIXES: Final = frozenset({".css", ".html", ".js", ".md", ".mjs", ".py", ".sh", ".toml", ".yml"})
NAMES: Final = frozenset({"Makefile", "run"})

_ROOT: Final = Path(__file__).parents[2]


def compile_words(words: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern of any of the words, also in an identifier or across a line break."""
    either = "|".join(words).replace(" ", r"\s+")
    return re.compile(rf"(?<![^\W_])(?:{either})(?![^\W_])", re.IGNORECASE)


_WORD: Final = compile_words(WORDS)


@dataclass(frozen=True, slots=True)
class Place:
    """A word to avoid, in a line of a file (from 1)."""

    path: str
    line: int
    word: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.word!r}: {WORDS[self.word]}"


def check(path: str, text: str) -> Iterator[Place]:
    """Yield the places of a text that use a word to avoid, unless it is an exception there."""
    for match in _WORD.finditer(text):
        word = re.sub(r"\s+", " ", match[0].lower())
        if (path, word) not in EXCEPTIONS and (path, "*") not in EXCEPTIONS:
            yield Place(path, text.count("\n", 0, match.start()) + 1, word)


def read_tracked_files(root: Path = _ROOT) -> Iterator[tuple[str, str]]:
    """Yield path and text of each file that git tracks and a person reads."""
    git = shutil.which("git") or "git"
    listing = subprocess.run(  # noqa: S603 reason: fixed arguments
        [git, "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True
    )
    for name in filter(None, listing.stdout.split("\0")):
        path = root / name
        if (path.suffix in SUFFIXES or path.name in NAMES) and path.is_file():
            yield name, path.read_text(encoding="utf-8")


def main(folders: list[str]) -> int:
    """Print the places in these folders or files (default: all); return 1 if there are any."""
    places = [
        place
        for path, text in read_tracked_files()
        if not folders or path.startswith(tuple(folders))
        for place in check(path, text)
    ]
    for place in places:
        print(place)
    if places:
        print(f"{len(places)} words to replace (infra/docs/plain_english.py lists them)")
    return 1 if places else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
