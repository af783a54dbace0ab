"""Dataclasses whose methods were compiled beforehand are those that they would be without."""

import dataclasses
import sys
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

import pytest

from origin_lambda import precompiled


def define() -> Any:
    @dataclass(frozen=True, slots=True)
    class Point:
        """A class like any other."""

        x: int
        y: int = 2

    return Point


@pytest.fixture
def methods(monkeypatch: pytest.MonkeyPatch) -> dict[str, FunctionType]:
    """Return what a package has of the class above."""
    found: dict[str, FunctionType] = {}

    def collect(text: str, names: dict[str, Any], made: dict[str, Any]) -> None:
        exec(compile(text, "package", "exec"), names, made)  # noqa: S102 reason: as dataclasses does
        found[text] = made[precompiled.MADE]

    with monkeypatch.context() as patch:
        patch.setitem(vars(dataclasses), "exec", collect)
        define()
    return found


def packaged(monkeypatch: pytest.MonkeyPatch, methods: dict[str, FunctionType]) -> None:
    module = ModuleType("origin_lambda.precompiled_methods")
    vars(module)["METHODS"] = methods
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(vars(dataclasses), "exec", exec)
    precompiled.install()


def test_a_dataclass_of_a_package_is_the_same(
    monkeypatch: pytest.MonkeyPatch, methods: dict[str, FunctionType]
) -> None:
    packaged(monkeypatch, methods)
    point = define()

    assert repr(point(1)).endswith("Point(x=1, y=2)")
    assert point(1) == point(1, 2) != point(2)
    assert hash(point(1)) == hash(point(1, 2))
    assert dataclasses.replace(point(1), x=3) == point(3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        point(1).x = 2


def test_its_methods_are_those_of_the_package(
    monkeypatch: pytest.MonkeyPatch, methods: dict[str, FunctionType]
) -> None:
    packaged(monkeypatch, methods)

    assert define().__init__.__code__.co_filename == "package"


def test_what_a_package_has_not_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    packaged(monkeypatch, {})

    assert define()(1).y == 2


def test_without_a_package_nothing_is_changed() -> None:
    precompiled.install()

    assert "exec" not in vars(dataclasses)
