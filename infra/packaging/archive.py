"""Makes a zip of a tree of files: without what no function imports, compiled, reproducible."""

import fnmatch
import hashlib
import os
import subprocess
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from infra.packaging.interpreters import Interpreter
from infra.packaging.wheels import Failed

TASK_ROOT: Final = "/var/task"
"""Where Lambda unpacks a package: the paths in a trace."""

_LEFT_OUT: Final = (
    # Names and versions stay in METADATA, from which scanners know what is deployed.
    "*.dist-info/[!M]*",
    "bin/*",
    "*.pyi",
    "*/py.typed",
    # Text, windows: nothing here draws any.
    "PIL/_imagingft.*",
    "PIL/_imagingtk.*",
    "pillow.libs/libbrotli*",
    "pillow.libs/libfreetype-*",
    "pillow.libs/libharfbuzz-*",
    "pillow.libs/libpng16-*",
    # Another AVIF, which has no SVT-AV1.
    "PIL/_avif.*",
    "pillow.libs/libavif-*",
    # boto3's other way to call AWS, which is the only reader of these.
    "boto3/data/*",
    "boto3/examples/*",
)

_SERVICES: Final = {"cloudfront", "dynamodb", "s3", "secretsmanager", "sns", "sqs"}
"""What the functions call. Of each service botocore reads the newest model; of the other 400, that
they are there."""

_BEGAN: Final = (1980, 1, 1, 0, 0, 0)  # the first second that a zip can name
_NAMED: Final = 12  # digits of the digest that the name of a zip has
_UNIX: Final = 3
_READABLE: Final = 0o100644 << 16


def content(root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of the files below a directory that are somebody's work, by name."""
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix != ".pyc" and not _is_hidden(path.relative_to(root)):
            yield path.relative_to(root).as_posix(), path.read_bytes()


def fingerprint(texts: Iterable[str], roots: Iterable[Path]) -> str:
    """Return the name of what follows from some texts and from the files below directories."""
    told = hashlib.sha256()
    for text in texts:
        told.update(text.encode() + b"\0")
    for root in roots:
        for name, data in content(root):
            told.update(f"{name}\0{len(data)}\0".encode() + data)
    return told.hexdigest()[:_NAMED]


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def pruned(tree: Path) -> None:
    """Remove what no function imports."""
    for path in sorted(tree.rglob("*")):
        name = path.relative_to(tree).as_posix()
        if path.is_file() and any(fnmatch.fnmatchcase(name, each) for each in _LEFT_OUT):
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


def compiled(tree: Path, python: Interpreter, files: Sequence[Path] = ()) -> None:
    """Compile for Lambda, whose disk nobody writes to: bytecode that is not there is made anew.

    All files of a tree are compiled, or only some.

    It is not held against its source either, which would cost a look at each file.

    Raises:
        Failed: a file cannot be compiled.

    """
    made = subprocess.run(  # noqa: S603 reason: a Python that was found
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
    if made.returncode:
        message = f"what is packaged cannot be compiled: {made.stdout.strip()}"
        raise Failed(message)


def written(tree: Path, finished: Path) -> None:
    """Write a tree to a zip: the same files are the same bytes, whenever and by whomever."""
    with zipfile.ZipFile(finished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(filter(Path.is_file, tree.rglob("*"))):
            entry = zipfile.ZipInfo(path.relative_to(tree).as_posix(), _BEGAN)
            entry.create_system = _UNIX
            entry.external_attr = _READABLE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes(), compresslevel=9)
