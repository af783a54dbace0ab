"""Spares a cold start the compiling of dataclasses: a third of what importing the origin takes.

`dataclasses` writes the methods of a class as text, and compiles it at every import. A package has
them in `precompiled_methods`, an ordinary module that `infra.packaging` writes, with bytecode like
every other. A text that is not in there, be it that another Python writes it in another way, is
compiled as ever (docs/decisions/0013).
"""

import dataclasses
import importlib
from collections.abc import Mapping
from types import FunctionType
from typing import Any, Final

MADE: Final = "__create_fn__"
"""The function that each of those texts defines; it returns the methods."""


def install() -> None:
    """Have `dataclasses` look among the methods of the package first, where there are any."""
    try:
        module = importlib.import_module("origin_lambda.precompiled_methods")
    except ImportError:
        return
    vars(dataclasses)["exec"] = _looking_in(module.METHODS)


def _looking_in(methods: Mapping[str, FunctionType]) -> Any:
    """Return what `exec` does, by functions that have been compiled already where there are."""

    def run(text: str, names: dict[str, Any], made: dict[str, Any]) -> None:
        if found := methods.get(text):
            made[MADE] = FunctionType(found.__code__, names)
        else:
            exec(text, names, made)  # noqa: S102 reason: it is the text of `dataclasses`

    return run
