"""Build the playground of a deployment: files only, for a function that has no permissions.

What needs a server is left out: the list of originals, uploads, the boxes of layers, recipes and
signed links. The page asks the deployment itself for the facts of an original (`fm=json`).
"""

import json
import re
from typing import Any, Final

from infra.laptop.playground.page_files import PAGE, TYPES, build_headers
from infra.laptop.playground.parameters import describe_table

ROOT: Final = "/_/"
"""The path of the page; no original whose key begins with `_/` can be reached beside it."""

_SECONDS: Final = 60
"""How long browsers and the edge use a file, so that files of two versions meet only briefly."""

_SETTINGS: Final = {"isHosted": True, "isSigned": False}
_LOCAL_FILES: Final = {"index.html", "recipes.css", "recipes.js"}
_LOCAL_PART: Final = re.compile(r"<!-- local -->.*?<!-- end -->", re.DOTALL)


def build_site() -> dict[str, Any]:
    """Return the `headers` of every answer, and the `files`: type and text by path, for JSON."""
    index = _LOCAL_PART.sub("", (PAGE / "index.html").read_text(encoding="utf-8"))
    files = {ROOT: _describe_file(TYPES[".html"], index)}
    for path in sorted(PAGE.iterdir()):
        if path.suffix in TYPES and path.name not in _LOCAL_FILES:
            text = path.read_text(encoding="utf-8")
            files[f"{ROOT}page/{path.name}"] = _describe_file(TYPES[path.suffix], text)
    for name, data in (("parameters", describe_table()), ("settings", _SETTINGS)):
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        files[f"{ROOT}{name}.json"] = _describe_file("application/json", text)
    caching = {"cache-control": f"public, max-age={_SECONDS}", "x-robots-tag": "noindex"}
    return {"headers": build_headers() | caching, "files": files}


def _describe_file(media_type: str, text: str) -> dict[str, str]:
    is_text = media_type.startswith("text/")
    return {"type": f"{media_type}; charset=utf-8" if is_text else media_type, "text": text}
