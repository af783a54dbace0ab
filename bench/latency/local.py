"""The product's own topology on this machine, in a process of its own, for as long as a bench."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

import infra
from infra.demo import copy_demo, demo_folder
from infra.laptop.folder import Folder
from infra.laptop.gallery import looks_like_picture

_STARTING: Final = 60.0
_INGESTING: Final = 180.0
_PATIENCE: Final = 10.0
_LOOK_EVERY: Final = 0.2
_LAST_LINES: Final = 5
_DONE: Final = frozenset({"created", "replaced", "rejected"})


class NotStarted(ValueError):
    """The topology could not be started here."""


@dataclass(frozen=True, slots=True)
class Served:
    """A running topology: where it is, the keys of its originals, whether it ingests unasked."""

    base: str
    keys: tuple[str, ...]
    is_eager: bool


def originals(folder: Path | None) -> Path:
    """Return the folder of originals: the one that was named, or the demo's, drawn if need be.

    Raises:
        NotStarted: what was named is no folder.

    """
    if folder is None:
        root = demo_folder()
        copy_demo(root)
        return root
    root = folder.expanduser().resolve()
    if not root.is_dir():
        message = f"{folder} is not a folder"
        raise NotStarted(message)
    return root


@contextmanager
def served(root: Path, edge_cache: int | None) -> Iterator[Served]:
    """Serve a folder on a free port; *edge_cache* is in bytes, None for the usual.

    Raises:
        NotStarted: the server has ended, or does not answer.

    """
    folder = Folder(root, None, "")
    keys = tuple(key for key in folder.listed() if looks_like_picture(key))
    if not keys:
        message = f"{root} has no pictures"
        raise NotStarted(message)
    # Its `.calotype/serve.env` is not to replace that of a server that runs where we are.
    place = Path(tempfile.mkdtemp(prefix="calotype-bench-"))
    port = _free_port()
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(
            _command(root, port, edge_cache),
            cwd=place,
            env=os.environ | {"PYTHONPATH": _import_path()},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the bench, which then stops it
        )
    try:
        _await_start(process, port, place / "log")
        yield Served(f"http://127.0.0.1:{port}", keys, folder.is_eager())
    finally:
        _stop(process)
        shutil.rmtree(place, ignore_errors=True)


def _command(root: Path, port: int, edge_cache: int | None) -> list[str]:
    command = [sys.executable, "-m", "infra.cli", "serve", "--port", str(port)]
    command += ["--originals", str(root)]
    return command if edge_cache is None else [*command, "--edge-cache", str(edge_cache)]


def _import_path() -> str:
    """Return where the server finds this same code, wherever it is started."""
    here = str(Path(infra.__file__).resolve().parents[1])
    return os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_start(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _STARTING
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(_LOOK_EVERY)
        else:
            return
    last = log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
    message = "the server on this machine did not start:\n" + "\n".join(last)
    raise NotStarted(message)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def await_ingest(server: Served) -> None:
    """Wait until ingest has dealt with all originals, for it needs the processor too."""
    deadline = time.monotonic() + _INGESTING
    left, newest = set(server.keys if server.is_eager else ()), 0
    async with aiohttp.ClientSession() as session:
        while left and time.monotonic() < deadline:
            async with session.get(f"{server.base}/_/alerts.json?after={newest}") as response:
                told = await response.json()
            newest = told["newest"]
            left -= {
                alert["message"]["key"]
                for alert in told["alerts"]
                if alert["message"]["event"] in _DONE
            }
            await asyncio.sleep(_LOOK_EVERY)
