"""Run `calotype serve` on this machine, in its own process, for the time of a scenario."""

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
from infra.laptop.traffic import REFINED

_START_SECONDS: Final = 60.0
_INGEST_SECONDS: Final = 180.0
_STOP_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.2
_LAST_LINES: Final = 5
_INGESTED: Final = frozenset({"created", "replaced", "rejected"})


class NotStarted(ValueError):
    """The server could not be started on this machine."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its URL, the keys of its originals, and whether it ingests them at once.

    *log* is the file of what it prints, if it was started here.
    """

    base: str
    keys: tuple[str, ...]
    ingests_unasked: bool
    log: Path | None = None

    def list_refined(self) -> list[str]:
        """Return the lines that it has printed about popular derivatives, which became smaller."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log else []
        return [line for line in lines if line.startswith(REFINED)]


def find_originals(folder: Path | None) -> Path:
    """Return the folder of originals; without one, that of the demo.

    Raises:
        NotStarted: it is not a folder.

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
def serve(root: Path, edge_cache: int | None) -> Iterator[Server]:
    """Serve a folder on a free port; *edge_cache* is in bytes, None for the default.

    Raises:
        NotStarted: the server has ended, or does not answer.

    """
    folder = Folder(root, None, "")
    keys = tuple(key for key in folder.list_keys() if looks_like_picture(key))
    if not keys:
        message = f"{root} has no pictures"
        raise NotStarted(message)
    # Its own directory, because `.calotype/serve.env` here may be of another running server.
    directory = Path(tempfile.mkdtemp(prefix="calotype-bench-"))
    port = _find_free_port()
    command = [sys.executable, "-m", "infra.cli", "serve", f"--port={port}", f"--originals={root}"]
    if edge_cache is not None:
        command.append(f"--edge-cache={edge_cache}")
    # The server must find this same code from its directory.
    code = str(Path(infra.__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, (code, os.environ.get("PYTHONPATH"))))
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=os.environ | {"PYTHONPATH": path},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C must reach the bench only, which then stops it
        )
    try:
        _wait_for_start(process, port, directory / "log")
        yield Server(f"http://127.0.0.1:{port}", keys, folder.is_eager(), directory / "log")
    finally:
        _stop(process)
        shutil.rmtree(directory, ignore_errors=True)


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for_start(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(_POLL_SECONDS)
        else:
            return
    last = log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
    message = "the server on this machine did not start:\n" + "\n".join(last)
    raise NotStarted(message)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def wait_for_ingest(server: Server) -> None:
    """Wait until all originals are ingested, because ingest needs the processors too."""
    deadline = time.monotonic() + _INGEST_SECONDS
    left, newest = set(server.keys if server.ingests_unasked else ()), 0
    async with aiohttp.ClientSession() as session:
        while left and time.monotonic() < deadline:
            async with session.get(f"{server.base}/_/alerts.json?after={newest}") as response:
                page = await response.json()
            newest = page["newest"]
            messages = [alert["message"] for alert in page["alerts"]]
            left -= {each["key"] for each in messages if each["event"] in _INGESTED}
            await asyncio.sleep(_POLL_SECONDS)
