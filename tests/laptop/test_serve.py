"""`calotype serve` as a program: its port, its directory, its output."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx2 as httpx
import pytest

from infra.cli import main
from infra.commands import serve as command
from infra.demo import DEMO
from infra.laptop import environment, server
from origin_lambda.settings import BadSetting
from tests.support.originals import draw

SERVE: Final = (sys.executable, "-m", "infra.cli", "serve", "--originals", "pictures")
ENVIRON: Final = {"PYTHONPATH": str(Path(environment.__file__).parents[2])}
KEYS: Final = {"SIGNING_KEYS": '{"2026": "a secret"}', "REQUIRE_SIGNATURE": "true"}
PATIENCE: Final = 60.0


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("ORIGINALS_BUCKET", *environment.POLICY):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "tom.jpg").write_bytes(draw("jpeg"))
    return tmp_path


@contextmanager
def start_server(
    *arguments: str, variables: Mapping[str, str] | None = None
) -> Iterator[tuple[str, str]]:
    """Serve in this directory; yield the printed text and the URL."""
    environ = os.environ | ENVIRON | dict(variables or {})
    with subprocess.Popen(
        [*SERVE, "--port", "0", *arguments], env=environ, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            printed = ""
            while "Stop with" not in printed:
                line = server.stdout.readline()
                assert line, "the server has ended"
                printed += line
            threading.Thread(target=server.stdout.read, daemon=True).start()
            (url,) = re.findall(r"^  (http://\S+)/   a gallery", printed, re.MULTILINE)
            yield printed, url
        finally:
            server.terminate()
            server.wait(PATIENCE)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "infra.cli", *arguments],
        env=os.environ | ENVIRON,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def test_the_commands_of_the_readme_on_signing_work(directory: Path) -> None:
    with start_server(variables=KEYS) as (printed, url):
        examples = re.findall(r"http://\S+\?\S+", printed)
        signed = run("sign", f"{url}/tom.jpg?w=64").stdout.strip()
        built = run("url", "tom.jpg", "w=65").stdout
        inspected = run("inspect", f"{url}/tom.jpg?w=64")
        listed = run("originals", "list")
        mode = (directory / environment.FILE).stat().st_mode & 0o777
        statuses = [httpx.get(each).status_code for each in (*examples, signed)]

    assert examples
    assert statuses == [200] * len(statuses)
    assert f"{url}/tom.jpg?w=65&sig=2026." in built
    assert inspected.returncode == 1
    assert f"using the server {url}" in listed.stderr
    assert mode == 0o600
    assert "a secret" not in printed + signed + built + inspected.stdout + listed.stdout


def test_a_server_that_cannot_start_leaves_the_first_one_alone(directory: Path) -> None:
    with start_server() as (_, url):
        before = (directory / environment.FILE).read_text()
        port = url.rpartition(":")[2]
        second = run("serve", "--originals", "pictures", "--port", "0")
        (directory / "other").mkdir()
        third = subprocess.run(
            [*SERVE[:-1], "../pictures", "--port", port],
            env=os.environ | ENVIRON,
            cwd=directory / "other",
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

        assert (directory / environment.FILE).read_text() == before
        assert run("originals", "list").returncode == 0

    assert (second.returncode, second.stdout) == (2, "")
    assert f"already runs in this directory on port {port}" in second.stderr
    assert (third.returncode, third.stdout) == (2, "")
    assert (
        third.stderr
        == f"calotype: port {port} of 127.0.0.1 is in use: choose another with --port\n"
    )
    assert list((directory / "other").iterdir()) == []
    assert not (directory / ".calotype").exists()


@pytest.mark.usefixtures("directory")
def test_a_closed_output_causes_no_traceback_and_does_not_stop_the_server() -> None:
    with subprocess.Popen(
        [*SERVE, "--port", "0"],
        env=os.environ | ENVIRON,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        try:
            server.stdout.readline()
            server.stdout.close()
            url = ""
            while not url and server.poll() is None:
                url = (environment.find_server() or {}).get(environment.SERVER_URL, "")
                time.sleep(0.05)
            # Each request prints a line, so the server has something to print after the close.
            status = httpx.get(f"{url}/tom.jpg?w=64", timeout=60).status_code
            first = server.stderr.readline()
        finally:
            server.terminate()
        rest = server.stderr.read()

    assert first == "calotype: the output is closed; the server continues\n"
    assert status == 200
    assert "Traceback" not in rest


# Without a server.


def test_a_port_in_use_is_an_error_before_anything_is_printed(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        assert main(["serve", "--originals", "pictures", "--port", str(port)]) == 2

    out, err = capsys.readouterr()
    assert (out, err) == (
        "",
        f"calotype: port {port} of 127.0.0.1 is in use: choose another with --port\n",
    )
    assert not (directory / ".calotype").exists()


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(BadSetting, match=r"cannot listen on port 0 of 192\.0\.2\.1"):
        server.listen("192.0.2.1", 0)


@pytest.mark.parametrize("host, shown", [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1")])  # noqa: S104 reason: the test is about it
def test_the_url_can_be_opened_on_this_machine(host: str, shown: str) -> None:
    with server.listen(host, 0) as listener:
        assert server.format_url(listener) == f"http://{shown}:{listener.getsockname()[1]}"


def test_a_folder_that_does_not_exist_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--originals", "no/such/folder"]) == 2
    assert "no/such/folder is not a folder" in capsys.readouterr().err


def test_copying_is_announced_only_if_an_original_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command._copy_missing_demo(tmp_path)
    (tmp_path / DEMO[0]).unlink()
    capsys.readouterr()
    command._copy_missing_demo(tmp_path)
    second = capsys.readouterr().out
    command._copy_missing_demo(tmp_path)

    assert second == f"Copying 1 demo originals to {tmp_path}, once\n"
    assert capsys.readouterr().out == ""
