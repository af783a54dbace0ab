"""What continuous integration runs, with programs in the place of those that it calls."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

FIRST = ["made .venv/deploy", "made test"]
RUN = Path(__file__).parents[1] / ".ci" / "run"


def ran(
    clone: Path, *, python: bool, ci: str, fails: str = "nothing"
) -> subprocess.CompletedProcess[str]:
    """Run it in a clone whose `make` says what it makes; *python* is whether 3.13 is found."""
    for name, text in {
        "bin/make": f'echo "made $*"; [ "$1" != {fails} ]',
        "bin/npm": "",
        "bin/njs": "",
        "bin/exiftool": "",
        "bin/chromium": "",
        ".venv/bin/python": f"exit {0 if python else 1}",
    }.items():
        path = clone / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    (clone / ".ci").mkdir()
    shutil.copy(RUN, clone / ".ci" / "run")
    return subprocess.run(
        [clone / ".ci" / "run"],
        env={"PATH": f"{clone / 'bin'}{os.pathsep}{os.environ['PATH']}", "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("ci", ["", "true"])
def test_the_deployment_is_tried_where_its_python_is(tmp_path: Path, ci: str) -> None:
    done = ran(tmp_path, python=True, ci=ci)

    assert done.returncode == 0
    assert done.stdout.splitlines() == [*FIRST, "made test-deploy", "made lint docs-check"]


@pytest.mark.parametrize("fails", ["test", "lint", "test-deploy"])
def test_whatever_fails_fails_it_all(tmp_path: Path, fails: str) -> None:
    done = ran(tmp_path, python=True, ci="true", fails=fails)

    assert done.returncode != 0
    assert f"made {fails}" in done.stdout + done.stderr


def test_it_is_not_left_out_in_silence(tmp_path: Path) -> None:
    done = ran(tmp_path, python=False, ci="true")

    assert done.returncode == 1
    assert "CI is set and there is no Python 3.13" in done.stderr


def test_on_a_laptop_without_that_python_it_is_left_out_and_said(tmp_path: Path) -> None:
    done = ran(tmp_path, python=False, ci="")

    assert done.returncode == 0
    assert done.stdout.splitlines() == [*FIRST, "made lint docs-check"]
    assert "make test-deploy is left out" in done.stderr
