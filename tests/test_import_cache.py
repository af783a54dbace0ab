"""A package with a bytecode archive behaves as one without, and imports less."""

import dataclasses
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import PIL
import pytest

import origin_lambda
from infra.packaging.bytecode_archive import add_bytecode_archive
from infra.packaging.import_cache import LAZY_MODULES, LazyModule
from infra.packaging.interpreters import Interpreter, find_interpreter
from infra.packaging.wheels import PackagingFailed

MODULES = {
    "origin_lambda/__init__.py": Path(origin_lambda.__file__).read_text(),
    "origin_lambda/inner/__init__.py": "from . import point",
    "origin_lambda/inner/point.py": """
from dataclasses import dataclass
from typing import NamedTuple

@dataclass(frozen=True, slots=True)
class Point:
    "A class like any other."
    x: int
    y: int = 2

class Size(NamedTuple):
    "A named tuple."
    width: int
    height: int = 2

def broken():
    raise LookupError
""",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in MODULES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.fixture
def package(tree: Path) -> Path:
    add_bytecode_archive(tree, this_python())
    return tree


def this_python() -> Interpreter:
    interpreter = find_interpreter("{}.{}".format(*sys.version_info))
    assert interpreter
    return interpreter


def run(package: Path, code: str) -> str:
    """Return what a fresh Python prints that imports from the package, and Pillow."""
    completed = subprocess.run(
        [sys.executable, "-S", "-P", "-B", "-c", code],
        env={"PYTHONPATH": f"{package}:{Path(PIL.__file__).parents[1]}", "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )
    return completed.stdout.strip()


def test_a_module_is_loaded_from_the_archive(package: Path) -> None:
    folder = package / "origin_lambda"
    (folder / "inner/point.py").write_text("raise NotImplementedError")

    code = "from origin_lambda.inner import point; print(point.__cached__, point.__file__)"

    archive = folder / f"bytecode.{sys.implementation.cache_tag}"
    assert run(package, code) == f"{archive} {folder / 'inner/point.py'}"


def test_a_stack_trace_names_the_file_on_lambda(package: Path) -> None:
    code = (
        "import traceback; from origin_lambda.inner.point import broken\n"
        "try: broken()\nexcept LookupError: print(traceback.format_exc())"
    )

    assert 'File "/var/task/origin_lambda/inner/point.py", line 17, in broken' in run(package, code)


def test_a_module_that_is_not_in_the_archive_is_imported_from_its_directory(package: Path) -> None:
    (package / "origin_lambda/inner/added.py").write_text("place = 'here'")

    assert run(package, "from origin_lambda.inner.added import place; print(place)") == "here"


def test_a_dataclass_from_the_archive_behaves_the_same(package: Path) -> None:
    code = """
import dataclasses
from origin_lambda.inner.point import Point

assert repr(Point(1)) == "Point(x=1, y=2)"
assert Point(1) == Point(1, 2) != Point(2)
assert hash(Point(1)) == hash(Point(1, 2))
assert dataclasses.replace(Point(1), x=3) == Point(3)
assert [(field.name, field.type) for field in dataclasses.fields(Point)] == [("x", int), ("y", int)]
try:
    Point(1).x = 2
except dataclasses.FrozenInstanceError:
    print(Point.__init__.__code__.co_filename)
"""

    assert run(package, code) == "<generated>"


def test_a_named_tuple_from_the_archive_behaves_the_same(package: Path) -> None:
    code = """
import pickle
from origin_lambda.inner.point import Size

assert Size(1) == Size(1, 2) == (1, 2)
assert Size(1)._replace(width=3) == Size(width=3)
assert pickle.loads(pickle.dumps(Size(1))) == Size(1)
assert repr(Size(1)) == "Size(width=1, height=2)"
assert Size._field_defaults == {"height": 2}
try:
    Size()
except TypeError:
    print(Size.__new__.__name__, Size.__new__.__code__.co_filename)
"""

    assert run(package, code) == "__new__ <generated>"


def test_a_dataclass_that_is_not_in_the_archive_is_compiled(package: Path) -> None:
    code = """
import origin_lambda, dataclasses

@dataclasses.dataclass
class Other:
    z: int

print(Other(3), Other.__init__.__code__.co_filename)
"""

    assert run(package, code) == "Other(z=3) <string>"


def test_a_package_collects_no_garbage_before_its_handler_does(package: Path) -> None:
    assert run(package, "import gc, origin_lambda.inner; print(gc.isenabled())") == "False"


def test_dataclasses_do_not_import_inspect(package: Path) -> None:
    code = "import sys, origin_lambda.inner; print('ast' in sys.modules)"

    assert run(package, code) == "False"


def test_inspect_is_imported_when_it_is_used(package: Path) -> None:
    code = """
import origin_lambda.inner, dataclasses, inspect
print(inspect.signature(origin_lambda.inner.point.Point), dataclasses.inspect.isclass(int))
"""

    assert run(package, code) == "(x: int, y: int = 2) -> None True"


def test_another_version_of_python_ignores_the_archive(package: Path) -> None:
    folder = package / "origin_lambda"
    (folder / f"bytecode.{sys.implementation.cache_tag}").rename(folder / "bytecode.cpython-399")

    code = "import ssl; from origin_lambda.inner.point import Point; print(Point(1), type(ssl))"

    assert run(package, code) == "Point(x=1, y=2) <class 'module'>"


def test_outside_a_package_dataclasses_are_unchanged() -> None:
    assert "exec" not in vars(dataclasses)


@pytest.mark.parametrize("name", LAZY_MODULES)
def test_a_lazy_module_is_imported_at_its_first_use(package: Path, name: str) -> None:
    code = f"""
import origin_lambda
from importlib import import_module
lazy = import_module("{name}")
lazy.__file__
real = import_module("{name}")
print(type(lazy).__name__, type(real).__name__, real.__name__)
"""

    assert run(package, code) == f"LazyModule module {name}"


def test_every_importer_of_a_lazy_module_gets_the_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    lazy = LazyModule("colorsys")
    monkeypatch.setitem(sys.modules, "colorsys", lazy)

    first = lazy.rgb_to_hls
    import colorsys

    assert colorsys is not lazy
    assert lazy.rgb_to_hls is first is colorsys.rgb_to_hls


def test_several_threads_can_be_the_first_to_use_a_lazy_module(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            for _ in range(200):
                lazy = LazyModule("colorsys")
                monkeypatch.setitem(sys.modules, "colorsys", lazy)

                functions = list(pool.map(lambda _, lazy=lazy: lazy.rgb_to_hls, range(4)))

                assert set(functions) == {sys.modules["colorsys"].rgb_to_hls}
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.parametrize("text", ["def", "raise RuntimeError"])
def test_a_module_that_cannot_be_imported_stops_packaging(tree: Path, text: str) -> None:
    (tree / "origin_lambda/bad.py").write_text(text)

    with pytest.raises(PackagingFailed, match="the package cannot be compiled or imported"):
        add_bytecode_archive(tree, this_python())
