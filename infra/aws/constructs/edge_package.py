"""Packages any function of the stack.

Edge keys and the files of the playground are packaged here, the others by `infra.packaging`.
"""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Final

from infra.aws.constructs import edge_keys, playground_files
from infra.checkout import find_work_folder
from infra.laptop.playground.hosted import build_site
from infra.packaging import PACKAGING_SOURCE, PYTHON, build_package
from infra.packaging.package_tree import compute_fingerprint, write_zip
from infra.packaging.wheels import install_wheels, select_pins

_SOURCE: Final = Path(edge_keys.__file__)
_LOCK: Final = _SOURCE.with_suffix(".txt")
_PLAYGROUND: Final = Path(playground_files.__file__)
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
    if function == _PLAYGROUND.stem:
        return _package_playground(build)
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


def _package_playground(build: Path) -> Path:
    """Return the zip of the page's files, with the function that answers with them."""
    source, site = _read(_PLAYGROUND), json.dumps(build_site(), sort_keys=True)
    digest = compute_fingerprint((source, site, _read(Path(__file__))), [PACKAGING_SOURCE])
    package_file = build / f"{_PLAYGROUND.stem}-{digest}.zip"
    if package_file.exists():
        return package_file
    build.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as directory:
        tree, finished = Path(directory, "tree"), Path(directory, "package.zip")
        tree.mkdir()
        (tree / _PLAYGROUND.name).write_text(source, encoding="utf-8")
        (tree / playground_files.SITE).write_text(site, encoding="utf-8")
        write_zip(tree, finished)
        finished.rename(package_file)
    return package_file


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
