"""Serves a folder by `calotype serve`, as the process of a user."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from infra.laptop import environment
from tests.commands.test_originals import read_page, wait_until

ORIGINALS: Final = "pictures"
"""The folder of the originals, in the folder that is served from."""

SIGNED: Final = {"SIGNING_KEYS": '{"2026": "a secret"}', "REQUIRE_SIGNATURE": "true"}
"""Settings with which only signed URLs are answered."""


@contextmanager
def serve_folder(folder: Path, settings: Mapping[str, str]) -> Iterator[str]:
    """Serve the originals of a folder with these *settings* while the block runs; give the URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    root = str(Path(environment.__file__).parents[2])
    environ = os.environ | {"PYTHONPATH": root, **settings}
    serve = [sys.executable, "-m", "infra.cli", "serve", "--originals", ORIGINALS]
    with subprocess.Popen(
        [*serve, "--port", str(port)], env=environ, cwd=folder, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        while "Stop with" not in server.stdout.readline():
            assert server.poll() is None
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: bool(read_page(url)))
        yield url
        server.terminate()
        server.stdout.read()
