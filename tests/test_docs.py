"""The docs name files, functions and pages that exist."""

import re
from pathlib import Path

import pytest

from infra.docs.links import make_anchor

ROOT = Path(__file__).parents[1]
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "infra/demo/**/*.md")
    for path in ROOT.glob(pattern)
)


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    headings = re.findall(
        r"^#+ (.+)$", without_code(path.read_text(encoding="utf-8")), re.MULTILINE
    )
    return {make_anchor(heading) for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_have_targets_that_exist(page: str) -> None:
    text = without_code((ROOT / page).read_text(encoding="utf-8"))

    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = target.partition("#")
        if ":" in name:
            continue
        path = (ROOT / page).parent / name if name else ROOT / page
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), target


def test_the_architecture_names_paths_that_exist() -> None:
    paths = re.findall(r"`((?:origin_lambda|edge|infra|bench|tests)/[\w./]*)`", ARCHITECTURE)

    assert len(paths) > 40
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_architecture_names_functions_that_exist() -> None:
    steps = re.findall(r"^\| .+ \| `([\w./]+)` \| `(\w+)` \|$", ARCHITECTURE, re.MULTILINE)

    assert len(steps) > 20
    missing = [
        (path, name)
        for path, name in steps
        if not re.search(rf"\b(?:def|function) {name}\(", (ROOT / path).read_text(encoding="utf-8"))
    ]
    assert missing == []


def test_every_decision_has_its_own_number_and_three_parts() -> None:
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))
    numbers = [path.name[:4] for path in decisions]

    assert numbers == sorted(set(numbers))
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]}. "), path.name
        parts = re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences"], path.name


SHORT = ("performance.md", "how-it-works.md", "start/*.md", "migrate/*.md")


def sentences(text: str) -> list[str]:
    """Return the sentences of a page: not its tables, code and headings."""
    prose = re.sub(r"^(\||#|<!--).*$", "", without_code(text), flags=re.MULTILINE)
    prose = re.sub(r"\]\([^)]*\)", "]", prose)
    paragraphs = re.split(r"\n\s*\n|\n(?=- |\d+\. )", prose)
    parts = [part for text in paragraphs for part in re.split(r"(?<=[.:?!])\s+", text.strip())]
    return [part for part in parts if len(part.split()) > 1]


@pytest.mark.parametrize(
    "page",
    sorted(str(path) for pattern in SHORT for path in (ROOT / "docs").glob(pattern)),
)
def test_sentences_have_at_most_20_words_on_average(page: str) -> None:
    found = sentences(Path(page).read_text(encoding="utf-8"))

    assert sum(len(each.split()) for each in found) / len(found) <= 20
