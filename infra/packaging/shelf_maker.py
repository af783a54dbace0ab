"""Makes the shelf of a package, in the Python that it is for: `shelf_maker.py TREE TASK_ROOT`.

That Python has nothing but itself and the package, so nothing else is imported here. `quick_start`
says what the shelf is, and what its bytes mean.
"""

import dataclasses
import importlib
import marshal
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any, Final

_PACKAGE: Final = "origin_lambda"
_NUMBER: Final = 4  # bytes of the first number


def main(tree: Path, task_root: str) -> None:
    """Write the shelf of what is in a directory, and will be run at *task_root*."""
    codes = bytearray()

    def place(code: CodeType) -> tuple[int, int]:
        data = marshal.dumps(code)
        codes.extend(data)
        return len(codes) - len(data), len(data)

    modules = {
        name: (file, place(_compiled(tree, task_root, file))) for name, file in _modules(tree)
    }
    methods = {text: place(_defined(text)) for text in _texts(tree)}
    index = marshal.dumps((modules, methods))
    written = len(index).to_bytes(_NUMBER) + index + codes
    (tree / _PACKAGE / f"shelf.{sys.implementation.cache_tag}").write_bytes(written)


def _modules(tree: Path) -> Iterator[tuple[str, str]]:
    """Yield the names of modules, and their files."""
    for path in sorted(tree.rglob("*.py")):
        file = path.relative_to(tree)
        parts = file.with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file.as_posix()


def _compiled(tree: Path, task_root: str, file: str) -> CodeType:
    return compile((tree / file).read_bytes(), f"{task_root}/{file}", "exec", dont_inherit=True)


def _texts(tree: Path) -> list[str]:
    """Return what `dataclasses` writes when all of our package is imported.

    Modules that need a wheel for another machine are left out, or a library that another function
    has: their classes are compiled at the start.
    """
    texts: set[str] = set()

    def collect(text: str, names: dict[str, Any], made: dict[str, Any]) -> None:
        texts.add(text)
        exec(text, names, made)  # noqa: S102 reason: it is the text of `dataclasses`

    vars(dataclasses)["exec"] = collect
    sys.path.insert(0, str(tree))
    package = importlib.import_module(_PACKAGE)
    for found in pkgutil.walk_packages(package.__path__, f"{_PACKAGE}."):
        try:
            importlib.import_module(found.name)
        except ImportError:
            continue
    return sorted(texts)


def _defined(text: str) -> CodeType:
    """Return the bytecode of the one function that a text defines."""
    (code,) = (
        each
        for each in compile(text, "<dataclass>", "exec").co_consts
        if isinstance(each, CodeType)
    )
    return code


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
