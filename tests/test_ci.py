"""What continuous integration runs, with programs in the place of those that it calls."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).parents[1] / ".ci" / "run"


def ran(clone: Path, *, python: bool, ci: str) -> subprocess.CompletedProcess[str]:
    """Run it in a clone whose `make` says what it makes; *python* is whether 3.13 is found."""
    for name, text in {
        "bin/make": 'echo "made $*"',
        "bin/njs": "",
        "bin/exiftool": "",
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

    assert (done.returncode, done.stdout) == (0, "made check test\nmade test-deploy\n")


def test_it_is_not_left_out_in_silence(tmp_path: Path) -> None:
    done = ran(tmp_path, python=False, ci="true")

    assert done.returncode == 1
    assert "CI is set and there is no Python 3.13" in done.stderr


def test_on_a_laptop_without_that_python_it_is_left_out_and_said(tmp_path: Path) -> None:
    done = ran(tmp_path, python=False, ci="")

    assert (done.returncode, done.stdout) == (0, "made check test\n")
    assert "make test-deploy is left out" in done.stderr
