"""Adds to the wheel what a checkout has outside the packages, and what is built.

Hatchling runs this. An editable install needs none of it, except the name `calotype_cdk`.
"""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_LOCKS = ("origin.txt", "ingest.txt", "upload.txt", "refine.txt", "runtime.txt")
_BENCHMARK = ("__init__.py", "latency", "scenarios")


class CustomBuildHook(BuildHookInterface):
    """Includes lock files, pages of the documentation, a benchmark, the minified edge function."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name all files that are not in the packages."""
        root = Path(self.root)
        include = build_data["force_include"]
        include[str(root / "infra" / "calotype_cdk")] = "calotype_cdk"
        if version == "editable":
            return
        for name in _LOCKS:
            include[str(root / "requirements" / name)] = f"infra/requirements/{name}"
        for name in _BENCHMARK:
            include[str(root / "bench" / name)] = f"bench/{name}"
        for page in sorted((root / "docs").glob("*.md")):
            include[str(page)] = f"infra/pages/{page.name}"
        include[str(root / "CHANGELOG.md")] = "infra/pages/CHANGELOG.md"
        if minified := self._minify(root):
            include[str(minified)] = "edge/minified.json"

    def _minify(self, root: Path) -> Path | None:
        """Write the minified edge function; return None, after a warning, if terser is missing."""
        sys.path.insert(0, str(root))
        try:
            from edge.build import MINIFIED, MinifyFailed, write_minified
        finally:
            sys.path.remove(str(root))
        path = root / "build" / MINIFIED.name
        path.parent.mkdir(exist_ok=True)
        try:
            write_minified(path)
        except MinifyFailed as error:
            self.app.display_warning(f"the wheel has no minified edge function: {error}")
            return None
        return path
