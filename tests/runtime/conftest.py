"""Packages as they are deployed, and functions that run from them under Lambda's own client.

The wheels come over the network: these tests are not part of `make test`.
"""

import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from infra.laptop.cloud import furnish
from infra.laptop.runtime_api import PYTHON_COMMAND, Sandbox, sandbox
from infra.packaging import PYTHON, packaged, runtime_client
from infra.packaging.interpreters import interpreter
from tests.contract.signed_server import reset_moto

Start = Callable[..., AbstractContextManager[Sandbox]]


@pytest.fixture(scope="session")
def python() -> str:
    """Return the version to package for: the deployed one, if there is a Python to run it."""
    return PYTHON if interpreter(PYTHON) else "{}.{}".format(*sys.version_info)


@pytest.fixture(scope="session")
def unpacked(python: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return how to get at the files of a function's package, as Lambda lays them out."""
    made: dict[str, Path] = {}

    def unpack(function: str) -> Path:
        if function not in made:
            made[function] = tmp_path_factory.mktemp(function)
            machine = found.machine if (found := interpreter(python)) else "x86_64"
            architecture = "arm64" if machine == "aarch64" else machine
            with zipfile.ZipFile(packaged(function, architecture, python)) as archive:
                archive.extractall(made[function])
        return made[function]

    return unpack


@pytest.fixture
def cloud(served_url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return what a deployment's functions have in their environment."""
    where = reset_moto(served_url)
    for name, text in where.items():
        monkeypatch.setenv(name, text)
    made = furnish()
    monkeypatch.setenv("ALERTS_SEEN_URL", made["ALERTS_SEEN_URL"])
    return where | made | {"AWS_REGION": "us-east-1"}


@pytest.fixture
def start(
    cloud: dict[str, str], python: str, unpacked: Callable[[str], Path], tmp_path: Path
) -> Start:
    """Return how to start a function from its package alone, with more in its environment."""

    @contextmanager
    def starting(function: str, more: Mapping[str, str] | None = None) -> Iterator[Sandbox]:
        task, found = unpacked(function), interpreter(python)
        assert found is not None
        handler = f"origin_lambda.handler.{function}"
        environment = {
            **cloud,
            "_HANDLER": handler,
            "PYTHONPATH": f"{runtime_client(python)}:{task}",
            **(more or {}),
        }
        command = [str(found.path), *PYTHON_COMMAND, handler]
        with sandbox(command, environment, task, tmp_path / "log.txt") as running:
            yield running

    return starting
