"""Packages any function of the stack: edge keys here, the others by `infra.packaging`."""

import shutil
import tempfile
from pathlib import Path
from typing import Final

from infra.aws.constructs import edge_keys
from infra.checkout import find_work_folder
from infra.packaging import PACKAGING_SOURCE, PYTHON, build_package
from infra.packaging.package_tree import compute_fingerprint, write_zip
from infra.packaging.wheels import install_wheels, select_pins

_SOURCE: Final = Path(edge_keys.__file__)
_LOCK: Final = _SOURCE.with_suffix(".txt")
_BUILD: Final = find_work_folder() / "build"
_SERVICES: Final = {"cloudfront-keyvaluestore", "secretsmanager"}
"""The services that the function calls; boto3 contains models of four hundred."""


def package(function: str, architecture: str, build: Path = _BUILD) -> Path:
    """Return the zip of any function of the stack.

    Raises:
        PackagingFailed: a wheel cannot be downloaded, or does not have the pinned hash.

    """
    if function == _SOURCE.stem:
        return _package_edge_keys(architecture, build)
    return build_package(function, architecture, build=build)


def _package_edge_keys(architecture: str, build: Path) -> Path:
    wheels, source = select_pins(_read(_LOCK), architecture, PYTHON), _read(_SOURCE)
    digest = compute_fingerprint((*wheels, source, _read(Path(__file__))), [PACKAGING_SOURCE])
    package_file = build / f"{_SOURCE.stem}-{architecture}-{PYTHON}-{digest}.zip"
    if package_file.exists():
        return package_file
    build.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as directory:
        tree, finished = Path(directory, "tree"), Path(directory, "package.zip")
        install_wheels(wheels, architecture, PYTHON, tree)
        for models in (tree / "botocore" / "data").iterdir():
            if models.is_dir() and models.name not in _SERVICES:
                shutil.rmtree(models)
        (tree / _SOURCE.name).write_text(source, encoding="utf-8")
        write_zip(tree, finished)
        finished.rename(package_file)
    return package_file


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
