"""Import modules from a bytecode archive, so that a package starts faster.

`infra.packaging` adds this module and the archive to a package (docs/decisions/0019 and 0035). The
archive has the bytecode of every module of the package, so that Python searches no directory for
them. It also has the methods of the package's dataclasses and named tuples, which Python would
otherwise write as text and compile at every import. A module that is not in the archive is
imported as usual. So are all modules if there is no archive for the running version of Python.
"""

import _thread
import gc
import importlib
import marshal
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

LAZY_MODULES: Final = (
    "PIL.ExifTags",
    "PIL.TiffTags",
    "inspect",
    "ipaddress",
    "random",
    "selectors",
    "ssl",
    "subprocess",
)
"""Modules that are imported at every start, but seldom used before the first answer."""

LENGTH_BYTES: Final = 4
"""Size of the number at the start of an archive: the length of its index in bytes.

The index follows: a pair of mappings, of modules (name -> file relative to the package's root, and
place of its bytecode) and of generated functions (text -> place). A place is a pair of numbers: the
offset in the bytecode behind the index, and the length, both in bytes.
"""

_INIT: Final = "/__init__.py"


class BytecodeArchive:
    """Finds modules in a bytecode archive, before Python searches directories for them."""

    def __init__(self, root: str, file: str) -> None:
        self._root = root
        self._file = file
        self._descriptor = os.open(file, os.O_RDONLY)  # stays open for later imports
        size = int.from_bytes(os.pread(self._descriptor, LENGTH_BYTES, 0))
        self._modules: Mapping[str, tuple[str, tuple[int, int]]]
        self._functions: Mapping[str, tuple[int, int]]
        self._modules, self._functions = self._load(LENGTH_BYTES, size)
        self._code_start = LENGTH_BYTES + size

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module, or None if the archive does not contain it."""
        if name not in self._modules:
            return None
        file = f"{self._root}/{self._modules[name][0]}"
        spec = ModuleSpec(name, ArchiveLoader(name, file, self), origin=file)
        spec.has_location = True
        spec.cached = self._file
        if file.endswith(_INIT):
            spec.submodule_search_locations = [file.removesuffix(_INIT)]
        return spec

    def load_module_code(self, name: str) -> CodeType:
        """Return the bytecode of a module."""
        return self._load_code(*self._modules[name][1])

    def execute(self, text: str, names: dict[str, Any], namespace: dict[str, Any]) -> None:
        """Define the function of a text in *namespace*; this replaces `exec` in `dataclasses`."""
        if place := self._functions.get(text):
            code = self._load_code(*place)
            namespace[code.co_name] = FunctionType(code, names)
        else:
            exec(text, names, namespace)  # noqa: S102 reason: `dataclasses` wrote the text

    def evaluate(self, text: str, names: dict[str, Any]) -> Any:
        """Return the function of a text; this replaces `eval` in `collections`."""
        if place := self._functions.get(text):
            return FunctionType(self._load_code(*place), names)
        return eval(text, names)  # noqa: S307 reason: `namedtuple` wrote the text

    def _load_code(self, offset: int, size: int) -> CodeType:
        code: CodeType = self._load(self._code_start + offset, size)
        return code

    def _load(self, offset: int, size: int) -> Any:
        return marshal.loads(os.pread(self._descriptor, size, offset))  # noqa: S302 reason: the archive is part of the package, like its other code


class ArchiveLoader(SourceFileLoader):
    """Loads a module from a bytecode archive; stack traces still find its source file."""

    def __init__(self, name: str, file: str, archive: BytecodeArchive) -> None:
        super().__init__(name, file)
        self._archive = archive

    def get_code(self, fullname: str) -> CodeType:
        return self._archive.load_module_code(fullname)


_import_lock: Final = _thread.RLock()


class LazyModule(ModuleType):
    """Stands in for a module, and imports it when one of its attributes is first used."""

    def __getattr__(self, name: str) -> Any:
        with _import_lock:
            if sys.modules.get(self.__name__) is self:
                del sys.modules[self.__name__]
                importlib.import_module(self.__name__)
        return getattr(sys.modules[self.__name__], name)


class InspectStub(LazyModule):
    """Replaces `inspect` for `dataclasses`, because `inspect` takes 6 ms to import."""

    def get_annotations(self, owner: type) -> dict[str, Any]:
        """Return the annotations of a class, without those that it inherits."""
        return dict(vars(owner).get("__annotations__", ()))

    def signature(self, owner: type) -> Any:
        """Stop `dataclasses` from generating a docstring, which would be the signature.

        Raises:
            TypeError: always; `dataclasses` then leaves the docstring empty.

        """
        raise TypeError


def install() -> None:
    """Import from the archive beside this file, if there is one for this version of Python.

    No garbage is collected until `origin_lambda.handler` has started its service: nearly all
    objects of a start stay alive, so each collection takes milliseconds and frees nothing.
    """
    here = os.path.dirname(__file__)  # noqa: PTH120 reason: pathlib takes 5 ms to import
    try:
        archive = BytecodeArchive(os.path.dirname(here), f"{here}/{archive_name()}")  # noqa: PTH120 reason: as above
    except FileNotFoundError:
        return
    gc.disable()
    sys.meta_path.insert(0, archive)
    for name in LAZY_MODULES:
        sys.modules.setdefault(name, LazyModule(name))
    vars(importlib.import_module("collections"))["eval"] = archive.evaluate
    dataclasses = vars(importlib.import_module("dataclasses"))
    dataclasses["exec"] = archive.execute
    dataclasses["inspect"] = InspectStub("inspect")


def archive_name() -> str:
    """Return the file name of an archive for this version of Python."""
    return f"bytecode.{sys.implementation.cache_tag}"
