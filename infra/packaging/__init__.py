"""Makes the zips that Lambda runs, of wheels alone: no docker, the same bytes every time.

What is made follows from the pins in `requirements/`, our own package, and the Python that
compiles both; it lies in `build/` under a name that says so, and is not made twice.
"""

import functools
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import origin_lambda
from infra.packaging.archive import compiled, content, fingerprint, pruned, written
from infra.packaging.interpreters import Interpreter, interpreter
from infra.packaging.shelving import shelved
from infra.packaging.wheels import ARCHITECTURES, Failed, installed, pins

__all__ = [
    "ARCHITECTURES",
    "FUNCTIONS",
    "OURSELVES",
    "PYTHON",
    "Failed",
    "packaged",
    "runtime_client",
]

PYTHON: Final = "3.13"
"""The version of Lambda's runtime, unless another is asked for."""

FUNCTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "origin": ("origin.txt", ""),
    "ingest": ("ingest.txt", ""),
    "upload": ("upload.txt", "origin.txt"),
}
"""The pins of each function; those of the second file, about pictures, it does without."""

_ROOT: Final = Path(__file__).parents[2]
_PACKAGE: Final = Path(origin_lambda.__file__).parent
OURSELVES: Final = Path(__file__).parent
"""The code that packages: what it changes in how, it changes in what is made."""


@dataclass(frozen=True, slots=True)
class _Recipe:
    """All that a package follows from."""

    pins: tuple[str, ...]
    architecture: str
    python: str
    compiler: Interpreter | None

    def digest(self) -> str:
        """Return the name of what comes of it."""
        return fingerprint(
            (*self.pins, self.architecture, self.python, repr(self.compiler)),
            (_PACKAGE, OURSELVES),
        )


def packaged(
    function: str,
    architecture: str = "x86_64",
    python: str = PYTHON,
    build: Path = _ROOT / "build",
) -> Path:
    """Return the zip of a function: one of `FUNCTIONS`, for one of `ARCHITECTURES`.

    It is compiled where there is an interpreter of that version of *python*; where there is none,
    a warning says what that costs.

    Raises:
        Failed: a wheel cannot be had, or is not the one that was pinned.

    """
    with_pins, without = FUNCTIONS[function]
    left_out = set(_pins(without, architecture, python)) if without else set()
    recipe = _Recipe(
        tuple(pin for pin in _pins(with_pins, architecture, python) if pin not in left_out),
        architecture,
        python,
        interpreter(python),
    )
    made = build / f"{function}-{architecture}-{python}-{recipe.digest()}.zip"
    if made.exists():
        return made
    build.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as directory:
        tree = Path(directory, "tree")
        installed(recipe.pins, architecture, python, tree)
        pruned(tree)
        for name, data in content(_PACKAGE):
            copy = tree / _PACKAGE.name / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(data)
        if recipe.compiler:
            shelved(tree, recipe.compiler)
        else:
            _warn(python)
        finished = Path(directory, "package.zip")
        written(tree, finished)
        finished.rename(made)
    for stale in build.glob(f"{function}-{architecture}-{python}-*.zip"):
        if stale != made:
            stale.unlink(missing_ok=True)
    return made


def runtime_client(python: str = PYTHON, build: Path = _ROOT / "build") -> Path:
    """Return a directory with Lambda's own runtime client, to run packages with on this machine.

    Raises:
        Failed: it cannot be had.

    """
    at_hand = interpreter(python)
    if at_hand is None:
        message = f"there is no Python {python} here to run anything with"
        raise Failed(message)
    wanted = _pins("runtime.txt", at_hand.machine, python)
    made = build / f"runtime-{python}-{fingerprint(wanted, ())}"
    if not made.exists():
        build.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=build) as directory:
            tree = Path(directory, "tree")
            installed(wanted, at_hand.machine, python, tree)
            compiled(tree, at_hand)
            tree.rename(made)
    return made


def _pins(name: str, architecture: str, python: str) -> tuple[str, ...]:
    return pins((_ROOT / "requirements" / name).read_text(), architecture, python)


@functools.cache
def _warn(python: str) -> None:
    print(
        f"calotype: there is no Python {python} here, so what is packaged is not compiled, and its"
        f" cold starts take twice as long. Install Python {python}, or package for the version "
        "that you have, and that the functions are to run on.",
        file=sys.stderr,
    )
