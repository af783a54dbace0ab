"""Finds files of the project: in a checkout of the repository, or in an installed wheel."""

from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parents[1]

IS_CHECKOUT: Final = (_ROOT / "pyproject.toml").exists()
"""Whether this code runs from a checkout; otherwise it is installed."""


def find_work_folder() -> Path:
    """Return the folder that contains `build/`: the checkout, or the current directory."""
    return _ROOT if IS_CHECKOUT else Path.cwd()


def find_lock(name: str) -> Path:
    """Return the lock file of a function's libraries, such as `origin.txt`."""
    return _folder("requirements") / name


def find_pages() -> Path:
    """Return the folder of the documentation's pages."""
    return _folder("docs", installed="pages")


def _folder(name: str, installed: str = "") -> Path:
    """Return a folder of the checkout, or its copy, which hatch_build.py adds to the wheel."""
    return _ROOT / name if IS_CHECKOUT else Path(__file__).parent / (installed or name)
