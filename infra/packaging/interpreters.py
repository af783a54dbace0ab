"""Find the Python that a package is for: bytecode works only in the version that wrote it."""

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_DESCRIBE: Final = (
    "import json, platform, sys;"
    "print(json.dumps([sys.executable, sys.version, platform.machine(), sys.version_info[:2]]))"
)

_MANAGED: Final = ("~/.pyenv/versions", "~/.local/share/uv/python")
"""The default folders in which pyenv and uv install versions of Python."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that starts on this machine; *release* is its whole `sys.version`."""

    path: Path
    release: str
    machine: str


@functools.cache
def find_interpreter(version: str) -> Interpreter | None:
    """Return a Python of a version such as 3.13, or None.

    Searches this process's Python, then the PATH, then the folders of pyenv and uv.
    """
    for program in (sys.executable, *_list_programs(f"python{version}")):
        if interpreter := _describe(program, version):
            return interpreter
    return None


def _list_programs(name: str) -> Iterator[str]:
    """Yield programs of a name; a pyenv shim on the PATH cannot always start its version."""
    for directory in os.get_exec_path():
        if program := shutil.which(name, path=directory):
            yield program
    for root in _MANAGED:
        yield from sorted(map(str, Path(root).expanduser().glob(f"*/bin/{name}")))


def _describe(program: str, version: str) -> Interpreter | None:
    """Start a program, and return what it is; None if it fails or has another version."""
    try:
        completed = subprocess.run(  # noqa: S603 reason: a Python, by its own name
            [program, "-I", "-c", _DESCRIBE],
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
        path, release, machine, numbers = json.loads(completed.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return Interpreter(Path(path), release, machine) if numbers == _split(version) else None


def _split(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
