"""`make release`: the version, the changelog, a clean tree, and failed builds."""

import datetime as dt
import subprocess
import zipfile
from pathlib import Path

import pytest

from infra.docs.release import (
    ReleaseRefused,
    build_wheel,
    date_unreleased,
    parse_version,
    prepare_release,
    set_version,
)

DATE = dt.date(2026, 12, 1)
PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "calotype"
version = "0.1.0"
requires-python = ">=3.11"

[tool.hatch.build.targets.wheel]
packages = ["origin_lambda"]
"""
CHANGELOG = """\
# Changelog

## Unreleased

### Added

- `sepia`.

## 0.1.0 - 2026-11-01

- First.
"""


def fail_to_build(_: Path) -> Path:
    message = "no"
    raise ReleaseRefused(message)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one commit and nothing else."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / ".gitignore").write_text("dist/\n")
    package = tmp_path / "origin_lambda" / "__init__.py"
    package.parent.mkdir()
    package.write_text("")
    for arguments in ("init -q", "add .", "-c user.name=a -c user.email=a@b.c commit -qm First"):
        subprocess.run(["git", *arguments.split()], cwd=tmp_path, check=True)
    return tmp_path


def test_the_version_is_set_and_nothing_else() -> None:
    assert set_version(PYPROJECT, "0.2.0") == PYPROJECT.replace("0.1.0", "0.2.0")


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9"])
def test_a_version_that_is_not_higher_is_refused(version: str) -> None:
    with pytest.raises(ReleaseRefused, match=r"not higher than 0\.1\.0"):
        set_version(PYPROJECT, version)


def test_versions_compare_as_numbers() -> None:
    assert parse_version("0.10.0") > parse_version("0.9.1")


@pytest.mark.parametrize("text", ["", "0.2", "v0.2.0", "0.2.0rc1", "0.02.0", "1.2.3.4"])
def test_a_version_has_three_numbers(text: str) -> None:
    with pytest.raises(ReleaseRefused, match="three numbers"):
        parse_version(text)


def test_the_unreleased_section_gets_the_version_and_the_date() -> None:
    changelog = date_unreleased(CHANGELOG, "0.2.0", DATE)

    assert changelog == CHANGELOG.replace(
        "## Unreleased\n", "## Unreleased\n\n## 0.2.0 - 2026-12-01\n"
    )


@pytest.mark.parametrize(
    "changelog",
    [
        CHANGELOG.replace("## Unreleased", "## Next"),
        CHANGELOG.replace("### Added\n\n- `sepia`.\n", ""),
    ],
)
def test_a_release_without_news_is_refused(changelog: str) -> None:
    with pytest.raises(ReleaseRefused, match="nothing under ## Unreleased"):
        date_unreleased(changelog, "0.2.0", DATE)


def test_the_wheel_has_the_new_version(root: Path) -> None:
    wheel = prepare_release(root, "0.2.0", DATE)

    assert wheel == root / "dist" / "calotype-0.2.0-py3-none-any.whl"
    assert "origin_lambda/__init__.py" in zipfile.ZipFile(wheel).namelist()
    assert '"0.2.0"' in (root / "pyproject.toml").read_text()
    assert "## 0.2.0 - 2026-12-01" in (root / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("name", ["pyproject.toml", "new.txt"])
def test_a_tree_with_changes_is_refused(root: Path, name: str) -> None:
    with (root / name).open("a") as file:
        file.write("\n")

    with pytest.raises(ReleaseRefused, match=name):
        prepare_release(root, "0.2.0", DATE, fail_to_build)


def test_a_tag_is_not_used_twice(root: Path) -> None:
    subprocess.run(["git", "tag", "v0.2.0"], cwd=root, check=True)

    with pytest.raises(ReleaseRefused, match=r"v0\.2\.0 exists"):
        prepare_release(root, "0.2.0", DATE, fail_to_build)


def test_a_failed_build_leaves_no_change(root: Path) -> None:
    with pytest.raises(ReleaseRefused):
        prepare_release(root, "0.2.0", DATE, fail_to_build)

    assert (root / "pyproject.toml").read_text() == PYPROJECT
    assert (root / "CHANGELOG.md").read_text() == CHANGELOG


def test_a_build_that_fails_says_so(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (root / "pyproject.toml").write_text(PYPROJECT.replace("hatchling.build", "no_builder"))

    with pytest.raises(ReleaseRefused, match="could not be built"):
        build_wheel(root)

    assert "no_builder" in capfd.readouterr().err
