"""Adds to the site what is not in docs/: README and the like, the decisions' list, Mermaid.

MkDocs calls these functions by their names: https://www.mkdocs.org/user-guide/plugins/#events
"""

import os
import re
from pathlib import Path
from typing import Any, Final

from mkdocs.structure.files import File

from infra.docs.links import OUTSIDE, ROOT, adapt_page, list_decisions

SOURCE_URL: Final = os.environ.get("SOURCE_URL", "")
"""Where people can read the repository's files, such as https://github.com/OWNER/NAME/blob/main."""

_HERE: Final = Path(__file__).parent
_MERMAID: Final = "javascripts/mermaid.min.js"
_SEARCH: Final = '<div class="md-search" data-md-component="search" role="dialog"'
_EMPTY_HEAD: Final = re.compile(r"<table>\s*<thead>\s*<tr>\s*(?:<th></th>\s*)+</tr>\s*</thead>")
_INSIDE: Final = {page: path for path, page in OUTSIDE.items()}


def on_config(config: Any) -> Any:
    """Add the decisions to the navigation."""
    decisions = [{title: path} for path, title in list_decisions().items()]
    config.nav[-1] = {"Decisions": [{"All decisions": "decisions/index.md"}, *decisions]}
    return config


def on_files(files: Any, *, config: Any) -> Any:
    """Add pages from outside of docs/, the list of decisions, the style sheet and Mermaid."""
    for source, page in OUTSIDE.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=text))
    links = [f"- [{t}]({p.partition('/')[2]})" for p, t in list_decisions().items()]
    text = "\n".join(["# Decisions", "", "Why it is built this way, a page for each:", "", *links])
    files.append(File.generated(config, "decisions/index.md", content=text + "\n"))
    for name, path in {
        _MERMAID: _HERE / "node_modules" / "mermaid" / "dist" / "mermaid.min.js",
        "stylesheets/site.css": _HERE / "site.css",
        "javascripts/site.js": _HERE / "site.js",
    }.items():
        files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Let links lead to the site's pages."""
    path = page.file.src_uri
    if path == "decisions/index.md":
        return markdown
    return adapt_page(markdown, _INSIDE.get(path, f"docs/{path}"), SOURCE_URL)


def on_page_content(html: str, **_: Any) -> str:
    """Leave out heads of tables that are empty: a screen reader would read them out."""
    html = _EMPTY_HEAD.sub('<table class="gallery">', html)
    return html.replace("<th></th>", "<td></td>")


def on_post_page(output: str, *, page: Any, **_: Any) -> str:
    """Name the search, and load Mermaid where there is a drawing.

    Without a copy of Mermaid, the theme would ask another host for it.
    """
    output = output.replace(_SEARCH, f'{_SEARCH} aria-label="Search"')
    if 'class="mermaid"' not in output:
        return output
    script = f'<script src="{"../" * page.url.count("/")}{_MERMAID}"></script>\n'
    bundle = output.rindex("<script src=")
    return output[:bundle] + script + output[bundle:]
