"""Has a package start in less time: `infra.packaging` puts this module into it, and a shelf.

A shelf is one file of bytecode (docs/decisions/0013 and 0019): of every module in the package, so
that none has to be looked for and opened by itself; and of the methods of its dataclasses, which
`dataclasses` writes as texts and compiles at every import. What is not on it, or would be for
another Python, is found, read and compiled as ever.
"""

import _thread
import importlib
import marshal
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

LATE: Final = ("inspect", "ipaddress", "random", "selectors", "ssl", "subprocess")
"""Modules of Python's that others import, and that few starts or requests use anything of."""

NUMBER: Final = 4
"""Bytes of the number that a shelf begins with: how many its index has, which is what follows.

The index is a pair, of what there is of modules (by name: the file, from the root of the package,
and the place of the bytecode) and of dataclasses (by text: the place). A place is a pair of
numbers, where among the bytecode behind the index something is, and how many bytes it has.
"""

_INIT: Final = "/__init__.py"


class Shelf:
    """Finds modules on a shelf, before anybody looks for them in directories."""

    def __init__(self, root: str, file: str) -> None:
        self._root = root
        self._file = file
        self._open = os.open(file, os.O_RDONLY)  # and it stays open
        size = int.from_bytes(os.pread(self._open, NUMBER, 0))
        self._modules: Mapping[str, tuple[str, tuple[int, int]]]
        self._methods: Mapping[str, tuple[int, int]]
        self._modules, self._methods = self._read(NUMBER, size)
        self._begin = NUMBER + size

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is, if it is on the shelf."""
        if name not in self._modules:
            return None
        file = f"{self._root}/{self._modules[name][0]}"
        spec = ModuleSpec(name, _Shelved(name, file, self), origin=file)
        spec.has_location = True
        spec.cached = self._file
        if file.endswith(_INIT):
            spec.submodule_search_locations = [file.removesuffix(_INIT)]
        return spec

    def module(self, name: str) -> CodeType:
        """Return what a module executes."""
        return self._code(*self._modules[name][1])

    def execute(self, text: str, names: dict[str, Any], made: dict[str, Any]) -> None:
        """Do what `exec` does for `dataclasses`: define the one function of a text."""
        if place := self._methods.get(text):
            code = self._code(*place)
            made[code.co_name] = FunctionType(code, names)
        else:
            exec(text, names, made)  # noqa: S102 reason: it is the text of `dataclasses`

    def _code(self, offset: int, size: int) -> CodeType:
        code: CodeType = self._read(self._begin + offset, size)
        return code

    def _read(self, offset: int, size: int) -> Any:
        return marshal.loads(os.pread(self._open, size, offset))  # noqa: S302 reason: it is as much ours as all other code of the package


class _Shelved(SourceFileLoader):
    """Loads a module from a shelf; its source is there for those who read a trace."""

    def __init__(self, name: str, file: str, shelf: Shelf) -> None:
        super().__init__(name, file)
        self._shelf = shelf

    def get_code(self, fullname: str) -> CodeType:
        return self._shelf.module(fullname)


_LATE: Final = _thread.RLock()


class Late(ModuleType):
    """Stands for a module, which is imported once something of it is used."""

    def __getattr__(self, name: str) -> Any:
        with _LATE:
            if sys.modules.get(self.__name__) is self:
                del sys.modules[self.__name__]
                importlib.import_module(self.__name__)
        return getattr(sys.modules[self.__name__], name)


class Inspection(Late):
    """What `dataclasses` uses of `inspect`, which takes 6 ms to import."""

    def get_annotations(self, owner: type) -> dict[str, Any]:
        """Return the annotations of a class, those that it inherits left out."""
        return dict(vars(owner).get("__annotations__", ()))

    def signature(self, owner: type) -> Any:
        """Have a class without a docstring do without its signature as one.

        Raises:
            TypeError: always: `dataclasses` knows that there need not be any.

        """
        raise TypeError


def install() -> None:
    """Use the shelf beside this module, if it is for this Python."""
    here = os.path.dirname(__file__)  # noqa: PTH120 reason: pathlib takes 5 ms to import
    try:
        shelf = Shelf(os.path.dirname(here), f"{here}/{name()}")  # noqa: PTH120 reason: as above
    except FileNotFoundError:
        return
    sys.meta_path.insert(0, shelf)
    for late in LATE:
        sys.modules.setdefault(late, Late(late))
    dataclasses = vars(importlib.import_module("dataclasses"))
    dataclasses["exec"] = shelf.execute
    dataclasses["inspect"] = Inspection("inspect")


def name() -> str:
    """Return what a shelf for this Python is called."""
    return f"shelf.{sys.implementation.cache_tag}"
