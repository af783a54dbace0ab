"""The steps of continuous integration, with stubs for the programs that it calls."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

FIRST = [
    "made .venv/deploy edge/node_modules infra/aws/node_modules",
    "made lint docs-check",
    "made test",
]
RUN = Path(__file__).parents[1] / ".ci" / "run"


def run_ci(
    clone: Path, *, python: bool, ci: str, fails: str = "nothing"
) -> subprocess.CompletedProcess[str]:
    """Run CI in a clone whose `make` prints its targets; *python*: whether Python 3.13 exists."""
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
def test_the_deployment_is_tested_if_its_python_is_installed(tmp_path: Path, ci: str) -> None:
    process = run_ci(tmp_path, python=True, ci=ci)

    assert process.returncode == 0
    assert process.stdout.splitlines() == [*FIRST, "made test-deploy"]


@pytest.mark.parametrize("fails", ["test", "lint", "test-deploy"])
def test_any_failing_step_fails_the_run(tmp_path: Path, fails: str) -> None:
    process = run_ci(tmp_path, python=True, ci="true", fails=fails)

    assert process.returncode != 0
    assert f"made {fails}" in process.stdout + process.stderr


def test_in_ci_a_missing_python_is_an_error(tmp_path: Path) -> None:
    process = run_ci(tmp_path, python=False, ci="true")

    assert process.returncode == 1
    assert "CI is set and there is no Python 3.13" in process.stderr


def test_on_a_laptop_without_that_python_the_deployment_is_skipped_with_a_message(
    tmp_path: Path,
) -> None:
    process = run_ci(tmp_path, python=False, ci="")

    assert process.returncode == 0
    assert process.stdout.splitlines() == FIRST
    assert "make test-deploy is left out" in process.stderr
