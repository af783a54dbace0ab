"""Packages any function of the stack: edge keys here, the others by `infra.packaging`."""

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
"""The services that the function calls; boto3 contains models of four hundred."""


def package(function: str, architecture: str, build: Path = _BUILD) -> Path:
    """Return the zip of any function of the stack.

    Raises:
        Failed: a wheel cannot be downloaded, or does not have the pinned hash.

    """
    if function == _SOURCE.stem:
        return _package_edge_keys(architecture, build)
    return packaged(function, architecture, build=build)


def _package_edge_keys(architecture: str, build: Path) -> Path:
    wheels, source = pins(_read(_LOCK), architecture, PYTHON), _read(_SOURCE)
    digest = fingerprint((*wheels, source, _read(Path(__file__))), [OURSELVES])
    package_file = build / f"{_SOURCE.stem}-{architecture}-{PYTHON}-{digest}.zip"
    if package_file.exists():
        return package_file
    build.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as directory:
        tree, finished = Path(directory, "tree"), Path(directory, "package.zip")
        installed(wheels, architecture, PYTHON, tree)
        for models in (tree / "botocore" / "data").iterdir():
            if models.is_dir() and models.name not in _SERVICES:
                shutil.rmtree(models)
        (tree / _SOURCE.name).write_text(source, encoding="utf-8")
        written(tree, finished)
        finished.rename(package_file)
    return package_file


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
