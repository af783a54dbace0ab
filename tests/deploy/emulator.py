"""Runs ministack, an emulator of AWS for deployments, on loopback in Lambda's Python version."""

import hashlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from unittest import mock

import boto3
import urllib3

from infra.packaging import PYTHON
from infra.packaging.interpreters import find_interpreter
from tests.deploy.stacks import REPOSITORY

ACCOUNT: Final = "123456789012"
_LOCK: Final = Path(__file__).with_name("ministack.txt")
_LAUNCHER: Final = Path(__file__).with_name("checked_ministack.py")
_START_TIMEOUT: Final = 60.0


@contextmanager
def run_emulator(folder: Path) -> Iterator[dict[str, str]]:
    """Run the emulator on a free port; yield the environment for its clients."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    python = _install()
    settings = {
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_HOST": "127.0.0.1",
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
    }
    with (folder / "ministack.log").open("w") as log:
        process = subprocess.Popen(
            [python, _LAUNCHER, folder / "permissions"],
            cwd=folder,
            env=settings,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_until_ready(process, url, folder / "ministack.log")
            yield {
                "AWS_ENDPOINT_URL": url,
                "AWS_ACCESS_KEY_ID": ACCOUNT,
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_REGION": "us-east-1",
                "CDK_DISABLE_VERSION_CHECK": "1",
            }
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def use_emulator(environment: Mapping[str, str]) -> Iterator[None]:
    """Make boto3 use the emulator, without a session that former tests have left."""
    with (
        mock.patch.dict(os.environ, environment),
        mock.patch.object(boto3, "DEFAULT_SESSION", None),
    ):
        yield


def _install() -> Path:
    """Install ministack in an environment of Lambda's Python version; return its Python.

    Ministack runs the functions in its own Python.
    """
    base = find_interpreter(PYTHON)
    assert base is not None, f"the emulator runs functions on Python {PYTHON}: install that"
    digest = hashlib.sha256(_LOCK.read_bytes() + base.release.encode()).hexdigest()[:12]
    environment = REPOSITORY / "build" / f"ministack-{digest}"
    python = environment / "bin" / "python"
    if not (environment / "ready").exists():
        subprocess.run([base.path, "-m", "venv", "--clear", environment], check=True)
        subprocess.run(
            [
                *(python, "-m", "pip", "install", "--quiet"),
                *("--no-deps", "--require-hashes", "-r", _LOCK),
            ],
            check=True,
        )
        (environment / "ready").touch()
    return python


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < until and process.poll() is None:
        try:
            if urllib3.request("GET", f"{url}/_ministack/health", retries=False).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            pass
        time.sleep(0.2)
    raise AssertionError(log.read_text()[-2000:])


def run(*command: object, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command in the repository's root, with the emulator's environment."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
