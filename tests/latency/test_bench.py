"""`calotype bench` as somebody runs it: what it prints, writes, and answers to a shell."""

import argparse
import io
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from rich.console import Console

from bench.latency import local, terminal
from bench.latency.bench import _allow_connections
from bench.latency.result import read, write
from bench.latency.run import CONNECTIONS, Progress
from bench.latency.tally import Tally
from infra.commands import bench as command
from origin_lambda.url.signature import verify
from tests.latency.samples import LEAST, measured, result
from tests.latency.server import Received, answer, pictures, serving
from tests.latency.test_comparison import seconds
from tests.support.originals import draw

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_to(parser.add_subparsers(required=True))
    asked = parser.parse_args(["bench", *arguments])
    code: int = asked.run(asked)
    return code


@pytest.fixture
def sample(tmp_path: Path) -> str:
    path = tmp_path / "sample.toml"
    path.write_text(LEAST + "[load]\nrate = 40\nduration = 1.5\n")
    return str(path)


def test_a_bench_prints_writes_and_reports_what_it_has_found(
    sample: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, page = tmp_path / "out.json", tmp_path / "out.html"

    with serving() as base:
        code = run(
            base, "--scenario", sample, "--key", "tom.jpg", "--warmup", "0.25", "--seed", "3",
            "--header", "X-Secret: hush", "--json", str(out), "--html", str(page),
        )  # fmt: skip

    printed = capsys.readouterr().out
    (found,) = read(out).runs
    assert code == 0
    assert (found.tally.answered, found.tally.share("rendered")) == (60, 1.0)
    assert found.load == "open loop: 40 requests a second, evenly, 1.5 s after 0.25 s of warming up"
    assert "rendered" in printed
    assert "seed 3" in printed
    assert "<svg" in page.read_text()
    assert "hush" not in out.read_text() + page.read_text()
    assert json.loads(out.read_text())["target"]["headers"] == "X-Secret"


def test_the_same_seed_asks_for_the_same(sample: str) -> None:
    asked: list[str] = []

    async def remembers(received: Received) -> bytes:
        asked.append(received.path)
        return await pictures(received)

    with serving(remembers) as base:
        for _ in range(2):
            run(base, "--scenario", sample, "--key", "a", "--seed", "3", "--duration", "0.2")

    half = len(asked) // 2
    assert sorted(asked[:half]) == sorted(asked[half:])


def test_an_assertion_that_does_not_hold_is_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "strict.toml"
    path.write_text(LEAST + '[load]\nduration = 0.2\n[assertions]\nexpect_format = "avif"\n')

    with serving() as base:
        code = run(base, "--scenario", str(path), "--key", "a")

    assert code == 1
    assert "FAILED  format: avif; found webp" in capsys.readouterr().out


def test_a_closed_loop_is_labelled(sample: str, capsys: pytest.CaptureFixture[str]) -> None:
    with serving() as base:
        run(base, "--scenario", sample, "--key", "a", "--concurrency", "3", "--duration", "0.2")

    assert "closed loop: 3 requests at a time" in capsys.readouterr().out


def test_keys_come_from_a_file_and_requests_are_signed(
    sample: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNING_KEYS", '{"k": "secret"}')
    (tmp_path / "keys").write_text("tom.jpg\n\n b.jpg \n", encoding="utf-8")
    asked: list[str] = []

    async def remembers(received: Received) -> bytes:
        asked.append(received.path)
        return await pictures(received)

    with serving(remembers) as base:
        run(
            base, "--scenario", sample, "--keys", str(tmp_path / "keys"), "--sign",
            "--duration", "0.5",
        )  # fmt: skip

    urls = [urlsplit(path) for path in asked if path != "/"]
    assert {url.path for url in urls} == {"/tom.jpg", "/b.jpg"}
    assert all(verify(url.path, url.query, {"k": "secret"}, None) for url in urls)
    assert all(parse_qs(url.query)["fm"] == ["webp"] for url in urls)


def test_a_command_runs_between_priming_and_measuring(tmp_path: Path) -> None:
    path = tmp_path / "primed.toml"
    path.write_text(f"unique = true\nprime = true\n{LEAST}[load]\nrate = 10\nduration = 0.3\n")
    mark = tmp_path / "mark"
    there: list[bool] = []

    async def looks(_received: Received) -> bytes:
        there.append(mark.exists())
        return answer()

    with serving(looks) as base:
        run(base, "--scenario", str(path), "--key", "a", "--after-priming", f"touch '{mark}'")
        with pytest.raises(ValueError, match="--after-priming ended with 1"):
            run(base, "--scenario", str(path), "--key", "a", "--after-priming", "false")
        with pytest.raises(ValueError, match="--after-priming cannot be run"):
            run(base, "--scenario", str(path), "--key", "a", "--after-priming", "/no/such")

    assert there[1:7] == [False] * 3 + [True] * 3


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        (("ftp://img.test",), "TARGET accepts local, compare, list, or a URL"),
        (("img.test",), "TARGET accepts"),
        (("http://[",), "TARGET accepts"),
        (("http://img.test:99999",), "TARGET accepts"),
        (("http://me:secret@img.test",), "no password"),
        (("http://img.test?w=1",), "no password, query or fragment"),
        (("http://img.test", "extra.json"), "one argument too many"),
        (("http://img.test", "--rate", "0"), "--rate accepts a number above 0"),
        (("http://img.test", "--rate", "nan"), "--rate accepts a number above 0"),
        (("http://img.test", "--rate", "inf"), "--rate accepts a number above 0"),
        (("http://img.test", "--warmup", "-1"), "--warmup accepts a number above 0"),
        (("http://img.test", "--header", "nonsense"), "--header accepts NAME:VALUE"),
        (("http://img.test", "--header", "a:b\r\nc:d"), "--header accepts NAME:VALUE"),
        (("http://img.test", "--dialect", "klingon"), "--dialect accepts calotype, imgix"),
        (("http://img.test", "--scenario", "nothing"), "neither a file nor one of"),
        (("http://img.test", "--json", "/no/such/folder/x.json"), "cannot be written"),
        (("http://img.test", "--keys", "/no/such/file"), "--keys: "),
        (("http://img.test", "--originals", "."), "--originals goes with local"),
        (("http://img.test", "--sign"), "--sign needs SIGNING_KEYS"),
        (("local", "--dialect", "ipx"), "local is calotype"),
        (("local", "--originals", "/no/such/folder"), "is not a folder"),
        (("compare", "one.json"), "compare needs two results"),
        (("compare", "/no/a.json", "/no/b.json"), "No such file"),
    ],
)
def test_what_cannot_be_used_is_told_before_anything_is_asked(
    arguments: tuple[str, ...], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIGNING_KEYS", raising=False)

    with pytest.raises(ValueError, match=complaint):
        run(*arguments)


def test_a_target_that_is_not_there_is_told(sample: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{probe.getsockname()[1]}"

    with pytest.raises(ValueError, match="cannot be asked: refused"):
        run(base, "--scenario", sample, "--key", "a")


def test_the_scenarios_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0
    assert "stored-hit  Derivatives that are in the bucket" in capsys.readouterr().out


def test_a_comparison_fails_above_a_ratio(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [str(tmp_path / name) for name in ("a.json", "b.json")]
    for name, scale in zip(names, (10, 20), strict=True):
        write(result(measured("x", seconds(scale, 1))), Path(name))

    assert run("compare", *names, "--fail-above", "1.1") == 1
    assert run("compare", *names, "--fail-above", "2.5") == 0
    assert run("compare", *reversed(names), "--fail-above", "1.1") == 0
    assert "slower" in capsys.readouterr().out


def test_ctrl_c_prints_what_there_is(sample: str, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    begun: list[float] = []

    async def remembers(received: Received) -> bytes:
        begun.append(time.monotonic())
        return await pictures(received)

    with serving(remembers) as base:
        program = (
            "import sys; from tests.latency.test_bench import run; sys.exit(run(*sys.argv[1:]))"
        )
        arguments = [base, "--scenario", sample, "--scenario", "cold-miss", "--key", "a.jpg"]
        process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments, "--duration", "60", "--json", str(out)],
            cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + 60
            while len(begun) < 5 and time.monotonic() < deadline:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            printed, complaints = process.communicate(timeout=60)
        finally:
            process.kill()
            process.wait()

    assert process.returncode == 130
    assert read(out).is_stopped
    assert "Stopped before its end" in printed
    assert "Traceback" not in complaints
    assert [each.name for each in read(out).runs] == ["sample"]


def test_as_many_files_may_be_open_as_there_are_connections() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (600, before[1]))
    try:
        _allow_connections()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert (soft, hard) == (CONNECTIONS + 500, before[1])


def test_a_terminal_shows_a_bar_that_goes_away() -> None:
    shown = io.StringIO()
    tally = Tally()
    tally.errors["refused"] = 3

    with terminal.bar("sample", Console(file=shown, force_terminal=True, width=100)) as told:
        told(Progress("measuring", 0.5, tally))

    assert "measuring, 0 answers, 3 failures" in shown.getvalue()


# The target `local`.


def test_a_server_that_does_not_start_is_told_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.jpg").write_bytes(b"picture")
    monkeypatch.setenv("SIGNING_KEYS", "no JSON")

    place = local.served(tmp_path, None)

    with pytest.raises(local.NotStarted, match=r"did not start:\n(.|\n)*SIGNING_KEYS"), place:
        pass


def test_a_folder_without_pictures_is_told(tmp_path: Path) -> None:
    (tmp_path / "poem.txt").write_text("poem")

    with pytest.raises(local.NotStarted, match="has no pictures"), local.served(tmp_path, None):
        pass


def test_the_topology_is_started_asked_and_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = [local._free_port()]
    monkeypatch.setattr(local, "_free_port", lambda: ports[0])
    (tmp_path / "tom.jpg").write_bytes(draw("jpeg"))
    (tmp_path / "poem.txt").write_text("poem")
    path = tmp_path / "stored.toml"
    out = tmp_path / "out.json"
    path.write_text(
        f'unique = true\nprime = true\nexpect_tier = ["stored"]\n{LEAST}'.replace("1000", "30")
        + "[load]\nrate = 10\nduration = 1\n[local]\nedge_cache = 0\n"
    )

    assert (
        run("local", "--originals", str(tmp_path), "--scenario", str(path), "--json", str(out)) == 0
    )

    (found,) = read(out).runs
    assert (found.tally.answered, found.tally.share("stored")) == (10, 1.0)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", ports[0]), 10)
