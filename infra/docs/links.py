"""Links of the docs: anchors of headings, and where the site has a page that a link names."""

import posixpath
import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]

OUTSIDE: Final = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "vulnerabilities.md",
    "infra/demo/originals/README.md": "pictures/originals.md",
}
"""Pages of the site that are not in docs/: the path in the repository, and that in the site."""

FOLDERS: Final = {"docs/decisions": "decisions/index.md"}
"""Folders that GitHub lists, and the site's page instead."""

_FENCE: Final = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
_LINK: Final = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
_NESTED: Final = re.compile(r"(?<=\n)  (?=- )")


def make_anchor(heading: str, separator: str = "-") -> str:
    """Return the anchor that GitHub gives to a heading; the site uses the same."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", separator)


def adapt_page(markdown: str, page: str, source_url: str = "") -> str:
    """Return a page of the repository as the site's generator needs it.

    *page* is its path in the repository. Links lead to the site's pages. A link to another file of
    the repository leads to *source_url*; without one, only its text stays. Lists inside of lists
    are indented by four spaces, as Python-Markdown expects.
    """

    def rewrite(match: re.Match[str]) -> str:
        mark, text, target, anchor = match.groups()
        link = find_target(target, page, source_url)
        return text if link is None else f"{mark}[{text}]({link}{anchor or ''})"

    parts = _FENCE.split(markdown)
    parts[::2] = (_NESTED.sub("    ", _LINK.sub(rewrite, part)) for part in parts[::2])
    return "".join(parts)


def find_target(target: str, page: str, source_url: str = "") -> str | None:
    """Return the link from a page of the site to a *target* of the repository, if it has one."""
    if not target or ":" in target:
        return target
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
    found = FOLDERS.get(path) or _find_in_site(path)
    if found:
        return posixpath.relpath(found, posixpath.dirname(_find_in_site(page) or page) or ".")
    return f"{source_url}/{path}" if source_url else None


def _find_in_site(path: str) -> str | None:
    """Return where the site has a file of the repository; it has no folders."""
    is_page = path.startswith("docs/") and not (ROOT / path).is_dir()
    inside = path.removeprefix("docs/") if is_page else None
    return OUTSIDE.get(path) or inside


def list_decisions() -> dict[str, str]:
    """Return the title of each decision, by its path in the site."""
    titles = {}
    for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")):
        heading = path.read_text(encoding="utf-8").partition("\n")[0]
        titles[f"decisions/{path.name}"] = heading.lstrip("# ").replace("`", "")
    return titles
