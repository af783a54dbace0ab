"""Install pinned wheels for another machine or version of Python than this one."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from packaging.requirements import Requirement

ARCHITECTURES: Final = {"x86_64": "x86_64", "arm64": "aarch64"}
"""Lambda's name of an architecture -> the name in wheels."""

_MANYLINUX: Final = ("2_34", "2_28", "2_17", "2014")
"""What Amazon Linux 2023 can load, with its glibc 2.34
(https://docs.aws.amazon.com/linux/al2023/ug/glibc-gcc-and-binutils.html)."""

_LONGEST_ERROR: Final = 2_000  # characters of pip's error output that are shown


class PackagingFailed(Exception):
    """A package cannot be built; the message says what to do."""


def select_pins(lock: str, architecture: str, python: str) -> tuple[str, ...]:
    """Return the requirements of a lock file that apply on Lambda, without their markers.

    pip would evaluate the markers for the machine that it runs on, whatever `--platform` says.
    """
    lines = lock.replace("\\\n", " ").splitlines()
    return tuple(_select(lines, _describe_lambda(architecture, python)))


def _select(lines: Iterable[str], environment: dict[str, str]) -> Iterator[str]:
    for line in lines:
        text, *hashes = line.split(" --hash=")
        if not text.strip() or text.startswith("#"):
            continue
        pin = Requirement(text)
        if pin.marker is None or pin.marker.evaluate(environment):
            yield " --hash=".join([f"{pin.name}{pin.specifier}", *map(str.strip, hashes)])


def _describe_lambda(architecture: str, python: str) -> dict[str, str]:
    """Return the values of the environment markers on Lambda."""
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


def install_wheels(pins: Iterable[str], architecture: str, python: str, tree: Path) -> None:
    """Install the wheels of pinned requirements into a directory.

    Raises:
        PackagingFailed: pip is missing, cannot download or install one, or its hash is another.

    """
    if find_spec("pip") is None:
        message = "pip is missing in this environment; run: python -m ensurepip"
        raise PackagingFailed(message)
    machine = _machine(architecture)
    with TemporaryDirectory() as directory:
        lock = Path(directory, "lock.txt")
        lock.write_text("\n".join(pins))
        completed = subprocess.run(  # noqa: S603 reason: this Python's own pip
            [
                *(sys.executable, "-m", "pip", "install"),
                *("--quiet", "--disable-pip-version-check", "--no-input", "--no-compile"),
                *("--require-hashes", "--no-deps", "--only-binary=:all:", "--target", str(tree)),
                *("--implementation", "cp", "--python-version", python),
                # Else pip compares the metadata of a wheel with the Python that runs pip.
                "--ignore-requires-python",
                *(f"--platform=manylinux{_tag(each)}_{machine}" for each in _MANYLINUX),
                *("-r", str(lock)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    if completed.returncode:
        error = completed.stderr[-_LONGEST_ERROR:].strip()
        message = f"pip cannot install the wheels of a package: {error}"
        raise PackagingFailed(message)


def _tag(glibc: str) -> str:
    return f"_{glibc}" if "_" in glibc else glibc


def _machine(architecture: str) -> str:
    return ARCHITECTURES.get(architecture, architecture)
