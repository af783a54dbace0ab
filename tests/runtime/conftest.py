"""Packages as they are deployed, and functions that run from them in Lambda's own client.

These tests download wheels, so they are not part of `make test`.
"""

import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from infra.laptop.cloud import create_resources
from infra.laptop.runtime_api import (
    PYTHON_COMMAND,
    Sandbox,
    make_streaming_command,
    start_sandbox,
)
from infra.packaging import PYTHON, build_package, install_runtime_client
from infra.packaging.interpreters import find_interpreter
from tests.contract.signed_server import reset_moto

Start = Callable[..., AbstractContextManager[Sandbox]]


@pytest.fixture(scope="session")
def python() -> str:
    """Return the version to package for: the deployed one, if this machine has it."""
    return PYTHON if find_interpreter(PYTHON) else "{}.{}".format(*sys.version_info)


@pytest.fixture(scope="session")
def unpack(python: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that unpacks a function's package, as Lambda does."""
    folders: dict[str, Path] = {}

    def unpack_once(function: str) -> Path:
        if function not in folders:
            folders[function] = tmp_path_factory.mktemp(function)
            interpreter = find_interpreter(python)
            machine = interpreter.machine if interpreter else "x86_64"
            architecture = "arm64" if machine == "aarch64" else machine
            with zipfile.ZipFile(build_package(function, architecture, python)) as archive:
                archive.extractall(folders[function])
        return folders[function]

    return unpack_once


@pytest.fixture
def cloud(served_url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the environment of a deployment's functions."""
    endpoint = reset_moto(served_url)
    for name, text in endpoint.items():
        monkeypatch.setenv(name, text)
    resources = create_resources()
    monkeypatch.setenv("ALERTS_SEEN_URL", resources["ALERTS_SEEN_URL"])
    return endpoint | resources | {"AWS_REGION": "us-east-1"}


@pytest.fixture
def start(
    cloud: dict[str, str], python: str, unpack: Callable[[str], Path], tmp_path: Path
) -> Start:
    """Return a context manager that runs a function from its package alone."""

    @contextmanager
    def run(
        function: str, added: Mapping[str, str] | None = None, *, streams: bool = False
    ) -> Iterator[Sandbox]:
        task, interpreter = unpack(function), find_interpreter(python)
        assert interpreter is not None
        handler = f"origin_lambda.handler.{function}"
        environment = {
            **cloud,
            "_HANDLER": handler,
            "PYTHONPATH": f"{install_runtime_client(python)}:{task}",
            **(added or {}),
        }
        command = [str(interpreter.path), *PYTHON_COMMAND, handler]
        if streams:
            command = make_streaming_command(interpreter.path, task)
            environment |= {"STREAM_ANSWERS": "true", "PYTHONPATH": ""}
        with start_sandbox(command, environment, task, tmp_path / "log.txt") as running:
            yield running

    return run
