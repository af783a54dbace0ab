"""Has a package start quickly: puts `quick_start` into it, and all of its bytecode on a shelf."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from infra.packaging import quick_start, shelf_maker
from infra.packaging.archive import TASK_ROOT, compiled
from infra.packaging.interpreters import Interpreter
from infra.packaging.wheels import Failed

_PACKAGE: Final = "origin_lambda"


def shelved(tree: Path, python: Interpreter) -> None:
    """Write what makes a package quick, where there was no bytecode before.

    Sources of libraries go: they are on the shelf, and would be a sixteenth of the zip. Ours stay,
    for the lines of a trace.

    Raises:
        Failed: a module cannot be compiled, or one of our package not be imported, for another
            reason than a wheel.

    """
    told = subprocess.run(  # noqa: S603 reason: a Python that was found
        [str(python.path), "-P", "-S", "-B", shelf_maker.__file__, str(tree), TASK_ROOT],
        env={"PYTHONHASHSEED": "0", "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        message = f"what is packaged cannot be compiled, or not be imported: {told.stderr.strip()}"
        raise Failed(message)
    # What is imported before there is a shelf.
    ours = tree / _PACKAGE
    first = [ours / "__init__.py", ours / "quick_start.py"]
    shutil.copyfile(quick_start.__file__, first[-1])
    compiled(tree, python, first)
    for source in tree.rglob("*.py"):
        if ours not in source.parents:
            source.unlink()
