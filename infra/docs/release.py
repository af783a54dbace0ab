"""Prepares a release: `make release VERSION=0.2.0` runs it.

It sets the version, dates the section Unreleased of the changelog, builds the wheel, and prints the
commands that commit and tag. It commits nothing itself.
"""

import argparse
import datetime as dt
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parents[2]
_VERSION: Final = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_VERSION_LINE: Final = re.compile(r'^version = "([^"]+)"$', re.MULTILINE)
_UNRELEASED: Final = re.compile(r"^## Unreleased\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


class ReleaseRefused(Exception):
    """The release cannot be prepared; the message says why, and what to do."""


def parse_version(text: str) -> tuple[int, ...]:
    """Return the numbers of a version MAJOR.MINOR.PATCH.

    Raises:
        ReleaseRefused: it has another form.

    """
    if not _VERSION.fullmatch(text):
        message = f"{text!r} is not a version: it needs three numbers, such as 0.2.0"
        raise ReleaseRefused(message)
    return tuple(map(int, text.split(".")))


def set_version(pyproject: str, version: str) -> str:
    """Return the text of pyproject.toml with a new version.

    Raises:
        ReleaseRefused: the version is not higher than the current one.

    """
    match = _VERSION_LINE.search(pyproject)
    if match is None:
        message = 'pyproject.toml has no line version = "..."'
        raise ReleaseRefused(message)
    if parse_version(version) <= parse_version(match[1]):
        message = f"{version} is not higher than {match[1]}, the version in pyproject.toml"
        raise ReleaseRefused(message)
    return f'{pyproject[: match.start()]}version = "{version}"{pyproject[match.end() :]}'


def date_unreleased(changelog: str, version: str, date: dt.date) -> str:
    """Return the changelog with a version and date as the new heading of the section Unreleased.

    A new, empty section Unreleased comes before it.

    Raises:
        ReleaseRefused: there is no such section, or it is empty.

    """
    match = _UNRELEASED.search(changelog)
    if match is None or not match[1].strip():
        message = "CHANGELOG.md has nothing under ## Unreleased: say what is new"
        raise ReleaseRefused(message)
    section = f"## Unreleased\n\n## {version} - {date.isoformat()}\n{match[1]}"
    return changelog[: match.start()] + section + changelog[match.end() :]


def build_wheel(root: Path) -> Path:
    """Build the wheel into dist/ and return its path.

    Raises:
        ReleaseRefused: the build fails; pip has printed why.

    """
    target = root / "dist"
    process = subprocess.run(  # noqa: S603 reason: fixed arguments
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--no-build-isolation", "--wheel-dir", str(target), str(root)),
        ],
        check=False,
    )
    wheels = sorted(target.glob("calotype-*.whl"), key=lambda wheel: wheel.stat().st_mtime)
    if process.returncode or not wheels:
        message = "the wheel could not be built"
        raise ReleaseRefused(message)
    return wheels[-1]


def prepare_release(
    root: Path,
    version: str,
    date: dt.date,
    build: Callable[[Path], Path] = build_wheel,
) -> Path:
    """Set the version, date the changelog and build the wheel; return the wheel's path.

    If the build fails, both files are restored.

    Raises:
        ReleaseRefused: the work tree has changes, the version exists or is not higher, the section
            Unreleased is empty, or the build fails.

    """
    parse_version(version)
    if changes := _run_git(root, "status", "--porcelain"):
        message = f"commit or remove these changes first:\n{changes}"
        raise ReleaseRefused(message)
    if _run_git(root, "tag", "--list", f"v{version}"):
        message = f"the tag v{version} exists already"
        raise ReleaseRefused(message)
    pyproject, changelog = root / "pyproject.toml", root / "CHANGELOG.md"
    before = {path: path.read_text(encoding="utf-8") for path in (pyproject, changelog)}
    after = {
        pyproject: set_version(before[pyproject], version),
        changelog: date_unreleased(before[changelog], version, date),
    }
    _write(after)
    try:
        return build(root)
    except BaseException:
        _write(before)
        raise


def _write(texts: dict[Path, str]) -> None:
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")


def _run_git(root: Path, *arguments: str) -> str:
    git = shutil.which("git") or "git"
    return subprocess.run(  # noqa: S603 reason: fixed arguments
        [git, *arguments], cwd=root, check=True, capture_output=True, text=True
    ).stdout.rstrip()


def main(arguments: Sequence[str] | None = None) -> int:
    """Prepare a release and print what is left to do; return 1 if it is refused."""
    parser = argparse.ArgumentParser(prog="make release", usage="make release VERSION=0.2.0")
    parser.add_argument("version", metavar="VERSION", help="the new version: MAJOR.MINOR.PATCH")
    version = parser.parse_args(arguments).version
    try:
        wheel = prepare_release(_ROOT, version, dt.datetime.now(dt.UTC).date())
    except ReleaseRefused as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    print(f"built {wheel.relative_to(_ROOT)}\n")
    print("Look at the changes (git diff), then run:\n")
    print(f"  git commit -am 'Release {version}'")
    print(f"  git tag -a v{version} -m 'Calotype {version}'")
    print(f"  git push origin HEAD v{version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
