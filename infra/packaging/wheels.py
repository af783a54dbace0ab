"""Installs pinned wheels for a machine that need not be this one."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from packaging.requirements import Requirement

ARCHITECTURES: Final = {"x86_64": "x86_64", "arm64": "aarch64"}
"""Lambda's names, and those that wheels have."""

_MANYLINUX: Final = ("2_34", "2_28", "2_17", "2014")
"""What Amazon Linux 2023 can load, with its glibc 2.34
(https://docs.aws.amazon.com/linux/al2023/ug/glibc-gcc-and-binutils.html)."""

_MOST_TOLD: Final = 2_000  # characters of what pip complains of


class Failed(Exception):
    """A package cannot be made, for a reason that says what to do."""


def pins(lock: str, architecture: str, python: str) -> tuple[str, ...]:
    """Return the lines of a lock that hold on Lambda, without the conditions that they hold under.

    pip asks those of the machine that it runs on, whatever platform it is to install for.
    """
    lines = lock.replace("\\\n", " ").splitlines()
    return tuple(_held(lines, _environment(architecture, python)))


def _held(lines: Iterable[str], environment: dict[str, str]) -> Iterator[str]:
    for line in lines:
        text, *hashes = line.split(" --hash=")
        if not text.strip() or text.startswith("#"):
            continue
        wanted = Requirement(text)
        if wanted.marker is None or wanted.marker.evaluate(environment):
            yield " --hash=".join([f"{wanted.name}{wanted.specifier}", *map(str.strip, hashes)])


def _environment(architecture: str, python: str) -> dict[str, str]:
    """Return what Lambda is, in the words of the dependency specifiers' environment markers."""
    return {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": _machine(architecture),
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "linux",
    }


def installed(wanted: Iterable[str], architecture: str, python: str, tree: Path) -> None:
    """Put pinned wheels into a directory.

    Raises:
        Failed: pip cannot.

    """
    machine = _machine(architecture)
    with TemporaryDirectory() as directory:
        lock = Path(directory, "lock.txt")
        lock.write_text("\n".join(wanted))
        made = subprocess.run(  # noqa: S603 reason: this Python's own pip
            [
                *(sys.executable, "-m", "pip", "install"),
                *("--quiet", "--disable-pip-version-check", "--no-input", "--no-compile"),
                *("--require-hashes", "--no-deps", "--only-binary=:all:", "--target", str(tree)),
                *("--implementation", "cp", "--python-version", python),
                *(f"--platform=manylinux{_tag(each)}_{machine}" for each in _MANYLINUX),
                *("-r", str(lock)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    if made.returncode:
        message = f"pip cannot install the wheels of a package: {made.stderr[-_MOST_TOLD:].strip()}"
        raise Failed(message)


def _tag(glibc: str) -> str:
    return f"_{glibc}" if "_" in glibc else glibc


def _machine(architecture: str) -> str:
    return ARCHITECTURES.get(architecture, architecture)
