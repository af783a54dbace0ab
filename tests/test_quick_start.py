"""A package with a shelf does what it does without, and looks for less."""

import dataclasses
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import origin_lambda
from infra.packaging.interpreters import interpreter
from infra.packaging.quick_start import LATE, Late
from infra.packaging.shelving import shelved
from infra.packaging.wheels import Failed

MODULES = {
    "origin_lambda/__init__.py": Path(origin_lambda.__file__).read_text(),
    "origin_lambda/inner/__init__.py": "from . import point",
    "origin_lambda/inner/point.py": """
from dataclasses import dataclass

@dataclass(frozen=True, slots=True)
class Point:
    "A class like any other."
    x: int
    y: int = 2

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
    found = interpreter("{}.{}".format(*sys.version_info))
    assert found
    shelved(tree, found)
    return tree


def told(package: Path, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-S", "-P", "-B", "-c", code],
        env={"PYTHONPATH": str(package), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_a_module_comes_from_the_shelf(package: Path) -> None:
    ours = package / "origin_lambda"
    (ours / "inner/point.py").write_text("raise NotImplementedError")

    code = "from origin_lambda.inner import point; print(point.__cached__, point.__file__)"

    shelf = ours / f"shelf.{sys.implementation.cache_tag}"
    assert told(package, code) == f"{shelf} {ours / 'inner/point.py'}"


def test_a_trace_names_the_file_that_lambda_has(package: Path) -> None:
    code = (
        "import traceback; from origin_lambda.inner.point import broken\n"
        "try: broken()\nexcept LookupError: print(traceback.format_exc())"
    )

    assert 'File "/var/task/origin_lambda/inner/point.py", line 11, in broken' in told(
        package, code
    )


def test_what_is_not_on_the_shelf_is_found_in_its_directory(package: Path) -> None:
    (package / "origin_lambda/inner/late.py").write_text("found = 'here'")

    assert told(package, "from origin_lambda.inner.late import found; print(found)") == "here"


def test_a_dataclass_is_the_same(package: Path) -> None:
    code = """
import dataclasses
from origin_lambda.inner.point import Point as made

assert repr(made(1)) == "Point(x=1, y=2)"
assert made(1) == made(1, 2) != made(2)
assert hash(made(1)) == hash(made(1, 2))
assert dataclasses.replace(made(1), x=3) == made(3)
assert [(field.name, field.type) for field in dataclasses.fields(made)] == [("x", int), ("y", int)]
try:
    made(1).x = 2
except dataclasses.FrozenInstanceError:
    print(made.__init__.__code__.co_filename)
"""

    assert told(package, code) == "<dataclass>"


def test_a_dataclass_that_is_not_on_the_shelf_is_compiled(package: Path) -> None:
    code = """
import origin_lambda, dataclasses

@dataclasses.dataclass
class Other:
    z: int

print(Other(3), Other.__init__.__code__.co_filename)
"""

    assert told(package, code) == "Other(z=3) <string>"


def test_dataclasses_do_not_import_what_inspects_them(package: Path) -> None:
    code = "import sys, origin_lambda.inner; print('ast' in sys.modules)"

    assert told(package, code) == "False"


def test_what_inspects_is_there_for_who_asks(package: Path) -> None:
    code = """
import origin_lambda.inner, dataclasses, inspect
print(inspect.signature(origin_lambda.inner.point.Point), dataclasses.inspect.isclass(int))
"""

    assert told(package, code) == "(x: int, y: int = 2) -> None True"


def test_another_python_does_without_the_shelf(package: Path) -> None:
    ours = package / "origin_lambda"
    (ours / f"shelf.{sys.implementation.cache_tag}").rename(ours / "shelf.cpython-399")

    code = "import ssl; from origin_lambda.inner.point import Point; print(Point(1), type(ssl))"

    assert told(package, code) == "Point(x=1, y=2) <class 'module'>"


def test_without_a_package_nothing_is_changed() -> None:
    assert "exec" not in vars(dataclasses)


@pytest.mark.parametrize("name", LATE)
def test_a_module_that_is_late_comes_when_it_is_used(package: Path, name: str) -> None:
    code = f"""
import origin_lambda, sys
import {name}
late = sys.modules["{name}"]
{name}.__file__
import {name} as real
print(type(late).__name__, type(real).__name__, real.__name__)
"""

    assert told(package, code) == f"Late module {name}"


def test_all_who_imported_a_late_module_find_it(monkeypatch: pytest.MonkeyPatch) -> None:
    late = Late("colorsys")
    monkeypatch.setitem(sys.modules, "colorsys", late)

    first = late.rgb_to_hls
    import colorsys

    assert colorsys is not late
    assert late.rgb_to_hls is first is colorsys.rgb_to_hls


def test_many_may_be_the_first_to_use_a_late_module(monkeypatch: pytest.MonkeyPatch) -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            for _ in range(200):
                late = Late("colorsys")
                monkeypatch.setitem(sys.modules, "colorsys", late)

                found = list(pool.map(lambda _, late=late: late.rgb_to_hls, range(4)))

                assert set(found) == {sys.modules["colorsys"].rgb_to_hls}
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.parametrize("text", ["def", "raise RuntimeError"])
def test_a_module_that_cannot_be_packaged_is_an_error_that_says_so(tree: Path, text: str) -> None:
    (tree / "origin_lambda/bad.py").write_text(text)
    found = interpreter("{}.{}".format(*sys.version_info))
    assert found

    with pytest.raises(Failed, match="what is packaged cannot be compiled, or not be imported"):
        shelved(tree, found)
