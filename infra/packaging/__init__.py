"""Build the zips that Lambda runs from wheels, without docker, and always with the same bytes.

A package depends on the pins in `requirements/`, on our source, and on the Python that compiles
both. The name of its file in `build/` has a digest of these, so it is built only once.
"""

import functools
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import origin_lambda
from infra.checkout import find_lock, find_work_folder
from infra.packaging.bytecode_archive import add_bytecode_archive
from infra.packaging.interpreters import Interpreter, find_interpreter
from infra.packaging.package_tree import (
    compile_tree,
    compute_fingerprint,
    prune,
    read_files,
    write_zip,
)
from infra.packaging.wheels import ARCHITECTURES, PackagingFailed, install_wheels, select_pins

__all__ = [
    "ARCHITECTURES",
    "FUNCTIONS",
    "PACKAGING_SOURCE",
    "PYTHON",
    "PackagingFailed",
    "build_package",
    "install_runtime_client",
]

PYTHON: Final = "3.13"
"""The default version of Lambda's runtime."""

FUNCTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "origin": ("origin.txt", ""),
    "ingest": ("ingest.txt", ""),
    "upload": ("upload.txt", "origin.txt"),
    "refine": ("refine.txt", ""),
}
"""Function -> its lock file, and a lock file whose libraries its package leaves out (or none)."""

_FACE_DETECTOR: Final = "adapters/blazeface/"
"""A folder of our package: a megabyte that only ingest uses, with numpy."""

_BUILD: Final = find_work_folder() / "build"
_PACKAGE: Final = Path(origin_lambda.__file__).parent
_FOR_APPLICATIONS: Final = "html/"
"""The folder of the package that no function needs."""

PACKAGING_SOURCE: Final = Path(__file__).parent
"""The folder of the code that builds packages; a change to it gives packages new names."""


@dataclass(frozen=True, slots=True)
class _PackageInputs:
    """Everything that decides the bytes of a package."""

    function: str
    pins: tuple[str, ...]
    architecture: str
    python: str
    compiler: Interpreter | None

    def compute_digest(self) -> str:
        """Return the digest in the name of the package."""
        return compute_fingerprint(
            (self.function, *self.pins, self.architecture, self.python, repr(self.compiler)),
            (_PACKAGE, PACKAGING_SOURCE),
        )


def build_package(
    function: str,
    architecture: str = "x86_64",
    python: str = PYTHON,
    build: Path = _BUILD,
) -> Path:
    """Return the zip of a function: one of `FUNCTIONS`, for one of `ARCHITECTURES`.

    It contains bytecode if this machine has that version of *python*. Otherwise this prints a
    warning, because cold starts take twice as long.

    Raises:
        PackagingFailed: a wheel cannot be downloaded or has another hash, or a file cannot be
            compiled.

    """
    lock, excluded_lock = FUNCTIONS[function]
    excluded = set(_read_pins(excluded_lock, architecture, python)) if excluded_lock else set()
    inputs = _PackageInputs(
        function,
        tuple(pin for pin in _read_pins(lock, architecture, python) if pin not in excluded),
        architecture,
        python,
        find_interpreter(python),
    )
    package = build / f"{function}-{architecture}-{python}-{inputs.compute_digest()}.zip"
    if package.exists():
        return package
    print(f"Packaging {function} for {architecture}, in half a minute", file=sys.stderr, flush=True)
    build.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as directory:
        tree, unfinished = Path(directory, "tree"), Path(directory, "package.zip")
        _fill_tree(tree, inputs)
        write_zip(tree, unfinished)
        unfinished.rename(package)
    for old in build.glob(f"{function}-{architecture}-{python}-*.zip"):
        if old != package:
            old.unlink(missing_ok=True)
    return package


def _fill_tree(tree: Path, inputs: _PackageInputs) -> None:
    install_wheels(inputs.pins, inputs.architecture, inputs.python, tree)
    prune(tree)
    for name, data in read_files(_PACKAGE):
        is_superfluous = name.startswith(_FACE_DETECTOR) and inputs.function != "ingest"
        if is_superfluous or name.startswith(_FOR_APPLICATIONS):
            continue
        copy = tree / _PACKAGE.name / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(data)
    if inputs.compiler:
        add_bytecode_archive(tree, inputs.compiler)
    else:
        _warn_without_compiler(inputs.python)


def install_runtime_client(python: str = PYTHON, build: Path = _BUILD) -> Path:
    """Return a directory with Lambda's own runtime client, which runs packages on this machine.

    Raises:
        PackagingFailed: this machine has no such Python, or the client cannot be downloaded.

    """
    interpreter = find_interpreter(python)
    if interpreter is None:
        message = f"this machine has no Python {python} to run functions with"
        raise PackagingFailed(message)
    pins = _read_pins("runtime.txt", interpreter.machine, python)
    client = build / f"runtime-{python}-{compute_fingerprint(pins, ())}"
    if not client.exists():
        build.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=build) as directory:
            tree = Path(directory, "tree")
            install_wheels(pins, interpreter.machine, python, tree)
            compile_tree(tree, interpreter)
            tree.rename(client)
    return client


def _read_pins(name: str, architecture: str, python: str) -> tuple[str, ...]:
    return select_pins(find_lock(name).read_text(), architecture, python)


@functools.cache
def _warn_without_compiler(python: str) -> None:
    print(
        f"calotype: there is no Python {python} here, so packages are not compiled, and their "
        f"cold starts take twice as long. Install Python {python}, or build packages for a "
        "version that is installed here and that the functions will run on.",
        file=sys.stderr,
    )
