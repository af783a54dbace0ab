"""Packages the function that keeps the edge's KeyValueStore; all others `infra.packaging` does."""

import shutil
import tempfile
from pathlib import Path
from typing import Final

from infra.aws.constructs import edge_keys
from infra.packaging import OURSELVES, PYTHON, packaged
from infra.packaging.archive import fingerprint, written
from infra.packaging.wheels import installed, pins

_SOURCE: Final = Path(edge_keys.__file__)
_LOCK: Final = _SOURCE.with_suffix(".txt")
_BUILD: Final = Path(__file__).parents[3] / "build"
_SERVICES: Final = {"cloudfront-keyvaluestore", "secretsmanager"}
"""Those of boto3's four hundred that it calls."""


def package(function: str, architecture: str, build: Path = _BUILD) -> Path:
    """Return the zip of any function of the stack.

    Raises:
        Failed: a wheel cannot be had, or is not the one that was pinned.

    """
    if function == _SOURCE.stem:
        return _edge_keys(architecture, build)
    return packaged(function, architecture, build=build)


def _edge_keys(architecture: str, build: Path) -> Path:
    wanted, source = pins(_text(_LOCK), architecture, PYTHON), _text(_SOURCE)
    digest = fingerprint((*wanted, source, _text(Path(__file__))), [OURSELVES])
    made = build / f"{_SOURCE.stem}-{architecture}-{PYTHON}-{digest}.zip"
    if made.exists():
        return made
    build.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as directory:
        tree, finished = Path(directory, "tree"), Path(directory, "package.zip")
        installed(wanted, architecture, PYTHON, tree)
        for models in (tree / "botocore" / "data").iterdir():
            if models.is_dir() and models.name not in _SERVICES:
                shutil.rmtree(models)
        (tree / _SOURCE.name).write_text(source, encoding="utf-8")
        written(tree, finished)
        finished.rename(made)
    return made


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
