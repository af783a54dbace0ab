"""The docs as a site: which pages it has, and where its links lead."""

import re
from pathlib import Path

import pytest

from infra.docs.links import OUTSIDE, ROOT, adapt_page, find_target, list_decisions, make_anchor

SETTINGS = (ROOT / "infra/docs/site/mkdocs.yml").read_text(encoding="utf-8")
SOURCE = "https://git.example.com/main"


@pytest.mark.parametrize(
    "page, target, found",
    [
        ("README.md", "docs/deploy.md", "deploy.md"),
        ("README.md", "docs/decisions/", "decisions/index.md"),
        ("README.md", "LICENSE", f"{SOURCE}/LICENSE"),
        ("README.md", "https://example.com/a.md", "https://example.com/a.md"),
        ("docs/cost.md", "", ""),
        ("docs/cost.md", "../CONTRIBUTING.md", "contributing.md"),
        ("docs/deploy.md", "deployer/", f"{SOURCE}/docs/deployer"),
        ("docs/start/html.md", "../url-reference.md", "../url-reference.md"),
        ("docs/start/html.md", "../../README.md", "../index.md"),
        ("docs/security.md", "../tests/test_docs.py", f"{SOURCE}/tests/test_docs.py"),
        ("docs/url-reference.md", "../infra/demo/originals/README.md", "pictures/originals.md"),
        ("infra/demo/originals/README.md", "cat.jpg", f"{SOURCE}/infra/demo/originals/cat.jpg"),
    ],
)
def test_a_link_leads_to_the_page_of_the_site(page: str, target: str, found: str) -> None:
    assert find_target(target, page, SOURCE) == found


def test_links_keep_their_anchors_and_code_stays_as_it_is() -> None:
    text = "See [a](docs/a.md#b), ![p](docs/p.webp).\n\n```md\n[a](docs/a.md)\n```\n"

    adapted = adapt_page(text, "README.md")

    assert adapted == text.replace("docs/a.md#b", "a.md#b").replace("docs/p", "p")


def test_without_an_address_of_the_sources_only_the_text_of_a_link_stays() -> None:
    assert adapt_page("[a test](../tests/a.py)", "docs/a.md") == "a test"


def test_lists_inside_of_lists_are_indented_as_the_generator_expects() -> None:
    text = "- one\n  - two\n\n```sh\nx\n  - y\n```\n"

    assert adapt_page(text, "docs/a.md") == text.replace("  - two", "    - two")


@pytest.mark.parametrize(
    "heading, anchor",
    [
        ("Is it `w` or `h`?", "is-it-w-or-h"),
        ("sharp's, and ours", "sharps-and-ours"),
        ("A - b", "a---b"),
        ("origin_slow", "origin_slow"),
    ],
)
def test_anchors_are_those_of_github(heading: str, anchor: str) -> None:
    assert make_anchor(heading) == anchor


def test_every_page_has_one_place_in_the_navigation() -> None:
    listed = re.findall(r"^      - (?:\w+: )?([\w/-]+\.md)$", SETTINGS, re.MULTILINE)
    docs = ROOT / "docs"
    pages = {path.relative_to(docs).as_posix() for path in docs.rglob("*.md")}
    outside = {page for page in OUTSIDE.values() if "/" not in page}

    expected = {page for page in pages if not page.startswith(("decisions/", "pictures/"))}
    assert sorted(listed) == sorted(expected | outside), "see nav of infra/docs/site/mkdocs.yml"
    assert {page for page in pages if page.startswith("decisions/")} == set(list_decisions())


def test_pages_from_outside_exist() -> None:
    assert [path for path in OUTSIDE if not Path(ROOT / path).exists()] == []
