"""Write the bytecode archive of a package: `bytecode_archive_builder.py TREE TASK_ROOT`.

It runs in the Python that the package is for, which has only its standard library and the package.
So it imports nothing else. `import_cache` describes the format of the archive.
"""

import collections
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
_LENGTH_BYTES: Final = 4  # size of the number at the start


def main(tree: Path, task_root: str) -> None:
    """Write the archive of the modules below *tree*, which Lambda unpacks at *task_root*."""
    codes = bytearray()

    def add(code: CodeType) -> tuple[int, int]:
        data = marshal.dumps(code)
        codes.extend(data)
        return len(codes) - len(data), len(data)

    modules = {
        name: (file, add(_compile_file(tree, task_root, file)))
        for name, file in _list_modules(tree)
    }
    functions = {text: add(_compile_function(text)) for text in _collect_function_texts(tree)}
    index = marshal.dumps((modules, functions))
    archive = tree / _PACKAGE / f"bytecode.{sys.implementation.cache_tag}"
    archive.write_bytes(len(index).to_bytes(_LENGTH_BYTES) + index + codes)


def _list_modules(tree: Path) -> Iterator[tuple[str, str]]:
    """Yield the name of each module, and its file relative to *tree*."""
    for path in sorted(tree.rglob("*.py")):
        file = path.relative_to(tree)
        parts = file.with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file.as_posix()


def _compile_file(tree: Path, task_root: str, file: str) -> CodeType:
    return compile((tree / file).read_bytes(), f"{task_root}/{file}", "exec", dont_inherit=True)


def _collect_function_texts(tree: Path) -> list[str]:
    """Return the texts of functions that `dataclasses` and `namedtuple` write.

    They do so while the whole package is imported.

    A module that cannot be imported here is left out: it needs a wheel for another machine, or a
    library of another function. Its functions are compiled at the start.
    """
    texts: set[str] = set()

    def collect(text: str, names: dict[str, Any], namespace: dict[str, Any]) -> None:
        texts.add(text)
        exec(text, names, namespace)  # noqa: S102 reason: `dataclasses` wrote the text

    def collect_expression(text: str, names: dict[str, Any]) -> Any:
        texts.add(text)
        return eval(text, names)  # noqa: S307 reason: `namedtuple` wrote the text

    vars(dataclasses)["exec"] = collect
    vars(collections)["eval"] = collect_expression
    sys.path.insert(0, str(tree))
    package = importlib.import_module(_PACKAGE)
    for module in pkgutil.walk_packages(package.__path__, f"{_PACKAGE}."):
        try:
            importlib.import_module(module.name)
        except ImportError:
            continue
    return sorted(texts)


def _compile_function(text: str) -> CodeType:
    """Return the bytecode of the one function that a text defines, or is as an expression."""
    (code,) = (
        constant
        for constant in compile(text, "<generated>", "exec").co_consts
        if isinstance(constant, CodeType)
    )
    return code


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
