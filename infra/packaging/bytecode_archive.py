"""Add the import cache and its bytecode archive to a package, so that it starts faster."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from infra.packaging import bytecode_archive_builder, import_cache
from infra.packaging.interpreters import Interpreter
from infra.packaging.package_tree import TASK_ROOT, compile_tree
from infra.packaging.wheels import PackagingFailed

_PACKAGE: Final = "origin_lambda"


def add_bytecode_archive(tree: Path, python: Interpreter) -> None:
    """Write the bytecode archive and the import cache into a tree without bytecode.

    The sources of libraries are deleted: their bytecode is in the archive, and they would be a
    sixteenth of the zip. Our own sources stay, so that stack traces show their lines.

    Raises:
        PackagingFailed: a module has a syntax error, or a module of our package cannot be imported
            for another reason than a missing library.

    """
    completed = subprocess.run(  # noqa: S603 reason: an interpreter that was just found
        [
            *(str(python.path), "-P", "-S", "-B"),
            *(bytecode_archive_builder.__file__, str(tree), TASK_ROOT),
        ],
        env={"PYTHONHASHSEED": "0", "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    if completed.returncode:
        message = f"the package cannot be compiled or imported: {completed.stderr.strip()}"
        raise PackagingFailed(message)
    # These two are imported before the archive can be used.
    package = tree / _PACKAGE
    first = [package / "__init__.py", package / "import_cache.py"]
    shutil.copyfile(import_cache.__file__, first[-1])
    compile_tree(tree, python, first)
    for source in tree.rglob("*.py"):
        if package not in source.parents:
            source.unlink()
