"""Turn a tree of files into a zip: prune it, compile it, write it. Equal trees give equal zips."""

import fnmatch
import hashlib
import os
import subprocess
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from infra.packaging.interpreters import Interpreter
from infra.packaging.wheels import PackagingFailed

TASK_ROOT: Final = "/var/task"
"""The directory of an unpacked package in Lambda; paths in stack traces begin with it."""

_UNUSED: Final = (
    # METADATA stays: security scanners read names and versions there.
    "*.dist-info/[!M]*",
    "bin/*",
    "*.pyi",
    "*/py.typed",
    # These draw text and open windows, which no function does.
    "PIL/_imagingft.*",
    "PIL/_imagingtk.*",
    "pillow.libs/libbrotli*",
    "pillow.libs/libfreetype-*",
    "pillow.libs/libharfbuzz-*",
    "pillow.libs/libpng16-*",
    # Styles of fonts that the origin never selects, and what loads fonts for other programs.
    "fontpkg_hind_siliguri/files/HindSiliguri-[!RB]*",
    "fontpkg/*",
    "uharfbuzz/_harfbuzz_test.*",
    "budoux/models/[!t]*",
    "budoux/skip_nodes.json",
    # Pillow's own AVIF library, which lacks SVT-AV1.
    "PIL/_avif.*",
    "pillow.libs/libavif-*",
    # What numpy has for its own tests, for compilers, and for numbers that no function draws.
    "numpy/*tests/*",
    "numpy/_core/*_tests.*",
    "numpy/_core/include/*",
    "numpy/_core/lib/*",
    "numpy/f2py/*",
    "numpy/fft/*",
    "numpy/random/*",
    # Only boto3's resource interface reads these.
    "boto3/data/*",
    "boto3/examples/*",
)

_SERVICES: Final = {"cloudfront", "dynamodb", "s3", "secretsmanager", "sns", "sqs"}
"""The AWS services that the functions call.

botocore reads only the newest model of each. It also needs a directory for each of the other 400
services, which can be empty.
"""

_TIMESTAMP: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can have
_DIGITS: Final = 12  # of a digest in the name of a zip
_UNIX: Final = 3  # the operating system's number in a zip
_READABLE: Final = 0o100644 << 16
_EXECUTABLE: Final = 0o100755 << 16
_SCRIPT: Final = b"#!/bin/"  # the beginning of a shell script


def read_files(root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and bytes of each file below a directory, sorted by name.

    Bytecode and hidden files are left out.
    """
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix != ".pyc" and not _is_hidden(path.relative_to(root)):
            yield path.relative_to(root).as_posix(), path.read_bytes()


def compute_fingerprint(texts: Iterable[str], roots: Iterable[Path]) -> str:
    """Return 12 hexadecimal digits of a digest of texts and of all files below directories."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode() + b"\0")
    for root in roots:
        for name, data in read_files(root):
            digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()[:_DIGITS]


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def prune(tree: Path) -> None:
    """Delete the files that no function uses."""
    for path in sorted(tree.rglob("*")):
        name = path.relative_to(tree).as_posix()
        if path.is_file() and any(fnmatch.fnmatchcase(name, pattern) for pattern in _UNUSED):
            path.unlink()
    models = tree / "botocore" / "data"
    for service in filter(Path.is_dir, sorted(models.glob("*"))):
        *older, newest = sorted(filter(Path.is_dir, service.iterdir()))
        for version in [*older, *([] if service.name in _SERVICES else [newest])]:
            _remove(version)


def _remove(directory: Path) -> None:
    for path in directory.iterdir():
        path.unlink()
    directory.rmdir()


def compile_tree(tree: Path, python: Interpreter, files: Sequence[Path] = ()) -> None:
    """Compile all Python files of a tree, or only *files*.

    Lambda's disk is read-only, so Python cannot store bytecode there itself. The bytecode is not
    compared with its source, which would cost a `stat` of each file.

    Raises:
        PackagingFailed: a file has a syntax error.

    """
    completed = subprocess.run(  # noqa: S603 reason: an interpreter that was just found
        [
            *(str(python.path), "-P", "-m", "compileall", "-q"),
            *("-s", str(tree), "-p", TASK_ROOT, "--invalidation-mode", "unchecked-hash"),
            *map(str, files or [tree]),
        ],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if completed.returncode:
        message = f"the package cannot be compiled: {completed.stdout.strip()}"
        raise PackagingFailed(message)


def write_zip(tree: Path, destination: Path) -> None:
    """Write a tree to a zip; equal files give equal bytes, whatever their times are."""
    with zipfile.ZipFile(destination, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(filter(Path.is_file, tree.rglob("*"))):
            entry = zipfile.ZipInfo(path.relative_to(tree).as_posix(), _TIMESTAMP)
            entry.create_system = _UNIX
            data = path.read_bytes()
            entry.external_attr = _EXECUTABLE if data.startswith(_SCRIPT) else _READABLE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data, compresslevel=9)
