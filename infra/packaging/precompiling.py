"""Writes the methods of a package's dataclasses into a module, so that no start compiles them."""

import ast
import os
import subprocess
from pathlib import Path
from typing import Final

from infra.packaging.interpreters import Interpreter
from infra.packaging.wheels import Failed
from origin_lambda.precompiled import MADE

_MODULE: Final = Path("origin_lambda", "precompiled_methods.py")

# Runs in the Python that the package is for. Modules that need a wheel for another machine are
# left out, or a library that another function has: their classes are compiled at the start.
_COLLECT: Final = """
import dataclasses, importlib, pkgutil, sys
texts = {}
def collect(text, names, made):
    texts[text] = None
    exec(text, names, made)
vars(dataclasses)["exec"] = collect
import origin_lambda
for found in pkgutil.walk_packages(origin_lambda.__path__, "origin_lambda."):
    try:
        importlib.import_module(found.name)
    except ImportError:
        pass
print(sorted(texts))
"""


def precompiled(tree: Path, python: Interpreter) -> None:
    """Write the module.

    Raises:
        Failed: a module of the package cannot be imported, for another reason than a wheel.

    """
    told = subprocess.run(  # noqa: S603 reason: a Python that was found
        [str(python.path), "-P", "-S", "-B", "-c", _COLLECT],
        env={"PYTHONPATH": str(tree), "PYTHONHASHSEED": "0", "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        message = f"what is packaged cannot be imported: {told.stderr.strip()}"
        raise Failed(message)
    texts: list[str] = ast.literal_eval(told.stdout)
    (tree / _MODULE).write_text(_module(texts))


def _module(texts: list[str]) -> str:
    numbered = list(enumerate(texts))
    return "\n".join(
        [
            '"""The methods of dataclasses, by the texts that define them; see `precompiled`."""',
            *(text.replace(f"def {MADE}(", f"def _{number}(", 1) for number, text in numbered),
            "METHODS = {",
            *(f"    {text!r}: _{number}," for number, text in numbered),
            "}\n",
        ]
    )
