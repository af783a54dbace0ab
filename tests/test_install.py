"""The packages that `make serve` and `make test` install, and their progress lines."""

import importlib.util
import io
import re
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)

PIP: Final = """\
Ignoring pywin32: markers 'sys_platform == "win32"' don't match your environment
Collecting flask==3.1.3 (from -r requirements/serve.txt (line 1))
  Downloading flask-3.1.3-py3-none-any.whl (15 kB)
Requirement already satisfied: moto==5.2.5 in ./.venv (from -r requirements/serve.txt (line 4))
Installing collected packages: flask
Successfully installed flask-3.1.3
"""


@pytest.fixture(scope="module")
def install() -> ModuleType:
    spec = importlib.util.spec_from_file_location("install", ROOT / "requirements/install.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / lock).read_text()
    return {found[1]: found[2] for found in PIN.finditer(text)}


def test_serving_installs_the_same_versions_as_the_tests() -> None:
    assert pins("serve.txt").items() <= pins("dev.txt").items()


@pytest.mark.parametrize(
    "heavy", ["aiohttp", "cfn-lint", "hypothesis", "mypy", "playwright", "pytest", "ruff", "sympy"]
)
def test_serving_installs_nothing_that_only_developers_need(heavy: str) -> None:
    assert heavy not in pins("serve.txt")


def test_serving_installs_what_it_imports() -> None:
    needed = {
        "boto3",
        "moto",
        "flask",
        "flask-cors",
        "pillow",
        "quickjs-ng",
        "starlette",
        "uvicorn",
    }

    assert needed <= pins("serve.txt").keys()


def test_the_progress_names_each_package_of_this_platform(install: ModuleType) -> None:
    shown = list(install.progress(PIP.splitlines(), total=3))

    assert shown == [
        "    1 of 2  flask",
        "    2 of 2  moto",
        "  All are downloaded; writing them takes a few seconds more",
    ]


def test_without_a_terminal_a_few_lines_are_shown(install: ModuleType) -> None:
    out = io.StringIO()
    steps = [f"{number} of 25  name" for number in range(1, 26)]

    install.show([*steps, "All are downloaded"], out)

    assert out.getvalue().splitlines() == [steps[9], steps[19], "All are downloaded"]
