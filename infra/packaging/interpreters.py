"""Finds the Python that a package is for: only the same version writes bytecode that it reads."""

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

_TELL: Final = (
    "import json, platform, sys;"
    "print(json.dumps([sys.executable, sys.version, platform.machine(), sys.version_info[:2]]))"
)


_MANAGED: Final = ("~/.pyenv/versions", "~/.local/share/uv/python")
"""Where pyenv and uv keep what they install, unless they are told otherwise."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that starts; *release* is all that it says of its version."""

    path: Path
    release: str
    machine: str


@functools.cache
def interpreter(version: str) -> Interpreter | None:
    """Return a Python of a version such as 3.13: this one, or one on the PATH or of pyenv or uv."""
    for candidate in (sys.executable, *_named(f"python{version}")):
        if found := _told(candidate, version):
            return found
    return None


def _named(name: str) -> Iterator[str]:
    """Yield programs of a name; what pyenv puts on the PATH starts for some versions only."""
    for directory in os.get_exec_path():
        if found := shutil.which(name, path=directory):
            yield found
    for root in _MANAGED:
        yield from sorted(map(str, Path(root).expanduser().glob(f"*/bin/{name}")))


def _told(candidate: str, version: str) -> Interpreter | None:
    try:
        told = subprocess.run(  # noqa: S603 reason: a Python, by its own name
            [candidate, "-I", "-c", _TELL], capture_output=True, text=True, check=True, timeout=20
        )
        path, release, machine, found = json.loads(told.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return Interpreter(Path(path), release, machine) if found == _numbers(version) else None


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
