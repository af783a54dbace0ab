"""Packages the function that keeps the edge's KeyValueStore; all others `infra.packaging` does."""

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Final

from infra.aws import edge_keys
from infra.packaging import PYTHON, packaged
from infra.packaging.archive import written
from infra.packaging.wheels import installed, pins

_SOURCE: Final = Path(edge_keys.__file__)
_LOCK: Final = _SOURCE.with_suffix(".txt")
_BUILD: Final = Path(__file__).parents[2] / "build"
_SERVICES: Final = {"cloudfront-keyvaluestore", "secretsmanager"}
"""Those of boto3's four hundred that it calls."""


def package(function: str, architecture: str) -> Path:
    """Return the zip of any function of the stack.

    Raises:
        Failed: a wheel cannot be had, or is not the one that was pinned.

    """
    if function == _SOURCE.stem:
        return _edge_keys(architecture)
    return packaged(function, architecture)


def _edge_keys(architecture: str) -> Path:
    lock, source = _LOCK.read_text(encoding="utf-8"), _SOURCE.read_bytes()
    digest = hashlib.sha256(lock.encode() + source).hexdigest()[:12]
    made = _BUILD / f"{_SOURCE.stem}-{architecture}-{PYTHON}-{digest}.zip"
    if made.exists():
        return made
    _BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_BUILD) as directory:
        tree, finished = Path(directory, "tree"), Path(directory, "package.zip")
        installed(pins(lock, architecture, PYTHON), architecture, PYTHON, tree)
        for models in (tree / "botocore" / "data").iterdir():
            if models.is_dir() and models.name not in _SERVICES:
                shutil.rmtree(models)
        (tree / _SOURCE.name).write_bytes(source)
        written(tree, finished)
        finished.rename(made)
    return made
