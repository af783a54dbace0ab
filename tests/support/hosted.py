"""The playground of a deployment: its package, unpacked, with its function."""

import importlib.util
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.aws.constructs.edge_package import package

Answer = Callable[[str], dict[str, Any]]
"""A function of a path that returns the answer for a function URL."""


def unpack_playground(folder: Path) -> Answer:
    """Build the package in a folder, and return its handler, which knows nothing outside of it."""
    with zipfile.ZipFile(package("playground_files", "arm64", folder / "build")) as archive:
        archive.extractall(folder / "task")
    spec = importlib.util.spec_from_file_location(
        "unpacked_playground", folder / "task" / "playground_files.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def answer(path: str) -> dict[str, Any]:
        answered: dict[str, Any] = module.handle({"version": "2.0", "rawPath": path}, None)
        return answered

    return answer
