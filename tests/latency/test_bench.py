"""`calotype bench` as a command: what it prints and writes, and its exit codes."""

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
from bench.latency.__main__ import build_parser
from bench.latency.__main__ import run as run_command
from bench.latency.result import read_result, write_result
from bench.latency.run import CONNECTIONS, Progress
from bench.latency.session import _raise_file_limit
from bench.latency.tally import Tally
from infra.cli import main
from infra.laptop.traffic import REFINED
from origin_lambda.url.signature import verify
from tests.latency.samples import MINIMAL, result, run_result
from tests.latency.server import Received, answer, answer_picture, serve
from tests.latency.test_comparison import random_series
from tests.support.originals import draw

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> int:
    return run_command(build_parser().parse_args(arguments))


@pytest.fixture
def sample(tmp_path: Path) -> str:
    path = tmp_path / "sample.toml"
    path.write_text(MINIMAL + "[load]\nrate = 40\nduration = 1.5\n")
    return str(path)


def test_a_bench_prints_and_writes_its_result(
    sample: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, page = tmp_path / "out.json", tmp_path / "out.html"

    with serve() as base:
        code = run(
            base, "--scenario", sample, "--key", "tom.jpg", "--warmup", "0.25", "--seed", "3",
            "--header", "X-Secret: hush", "--json", str(out), "--html", str(page),
        )  # fmt: skip

    printed = capsys.readouterr().out
    (measured,) = read_result(out).runs
    assert code == 0
    assert (measured.latency.count, measured.share("rendered")) == (60, 1.0)
    assert measured.load == "40 requests a second, evenly, 1.5 s after 0.25 s of warm-up"
    assert "rendered" in printed
    assert "seed 3" in printed
    assert "Server-Timing" in page.read_text()
    assert "hush" not in out.read_text() + page.read_text()
    assert json.loads(out.read_text())["target"]["headers"] == "X-Secret"


def test_the_same_seed_makes_the_same_requests(sample: str) -> None:
    paths: list[str] = []

    async def record_path(received: Received) -> bytes:
        paths.append(received.path)
        return await answer_picture(received)

    with serve(record_path) as base:
        for _ in range(2):
            run(base, "--scenario", sample, "--key", "a", "--seed", "3", "--duration", "0.2")

    half = len(paths) // 2
    assert sorted(paths[:half]) == sorted(paths[half:])


def test_a_failed_assertion_sets_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "strict.toml"
    path.write_text(MINIMAL + '[load]\nduration = 0.2\n[assertions]\nexpect_format = "avif"\n')

    with serve() as base:
        code = run(base, "--scenario", str(path), "--key", "a")

    assert code == 1
    assert "FAILED  format: avif; measured webp" in capsys.readouterr().out


def test_keys_come_from_a_file_and_requests_are_signed(
    sample: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNING_KEYS", '{"k": "secret"}')
    (tmp_path / "keys").write_text("tom.jpg\n\n b.jpg \n", encoding="utf-8")
    paths: list[str] = []

    async def record_path(received: Received) -> bytes:
        paths.append(received.path)
        return await answer_picture(received)

    with serve(record_path) as base:
        run(
            base, "--scenario", sample, "--keys", str(tmp_path / "keys"), "--sign",
            "--duration", "0.5",
        )  # fmt: skip

    urls = [urlsplit(path) for path in paths if path != "/"]
    assert {url.path for url in urls} == {"/tom.jpg", "/b.jpg"}
    assert all(verify(url.path, url.query, {"k": "secret"}, None) for url in urls)
    assert all(parse_qs(url.query)["fm"] == ["webp"] for url in urls)


def test_a_command_runs_between_priming_and_measuring(tmp_path: Path) -> None:
    path = tmp_path / "primed.toml"
    path.write_text(f"unique = true\nprime = true\n{MINIMAL}[load]\nrate = 10\nduration = 0.3\n")
    mark = tmp_path / "mark"
    was_marked: list[bool] = []

    async def record_mark(_received: Received) -> bytes:
        was_marked.append(mark.exists())
        return answer()

    with serve(record_mark) as base:
        run(base, "--scenario", str(path), "--key", "a", "--after-priming", f"touch '{mark}'")
        with pytest.raises(ValueError, match="--after-priming ended with 1"):
            run(base, "--scenario", str(path), "--key", "a", "--after-priming", "false")
        with pytest.raises(ValueError, match="--after-priming cannot be run"):
            run(base, "--scenario", str(path), "--key", "a", "--after-priming", "/no/such")

    assert was_marked[1:7] == [False] * 3 + [True] * 3


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
        (("http://img.test", "--header", "nonsense"), "--header accepts NAME:VALUE"),
        (("http://img.test", "--header", "a:b\r\nc:d"), "--header accepts NAME:VALUE"),
        (("http://img.test", "--scenario", "nothing"), "neither a file nor one of"),
        (("http://img.test", "--json", "/no/such/folder/x.json"), "cannot be written"),
        (("http://img.test", "--keys", "/no/such/file"), "--keys: "),
        (("http://img.test", "--originals", "."), "--originals goes with local"),
        (("http://img.test", "--sign"), "--sign needs SIGNING_KEYS"),
        (("local", "--originals", "/no/such/folder"), "is not a folder"),
        (("compare", "one.json"), "compare needs two results"),
        (("compare", "/no/a.json", "/no/b.json"), "No such file"),
    ],
)
def test_an_argument_that_cannot_be_used_is_an_error(
    arguments: tuple[str, ...], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIGNING_KEYS", raising=False)

    with pytest.raises(ValueError, match=complaint):
        run(*arguments)


def test_a_target_that_does_not_answer_is_an_error(sample: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{probe.getsockname()[1]}"

    with pytest.raises(ValueError, match="cannot be reached: refused"):
        run(base, "--scenario", sample, "--key", "a")


def test_the_scenarios_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0
    assert "stored-hit  Derivatives that are in the bucket" in capsys.readouterr().out


def test_a_comparison_fails_above_a_ratio(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [str(tmp_path / name) for name in ("a.json", "b.json")]
    for name, scale in zip(names, (10, 20), strict=True):
        write_result(result(run_result("x", random_series(scale, 1))), Path(name))

    assert run("compare", *names, "--fail-above", "1.1") == 1
    assert run("compare", *names, "--fail-above", "2.5") == 0
    assert run("compare", *reversed(names), "--fail-above", "1.1") == 0
    assert "slower" in capsys.readouterr().out


def test_ctrl_c_prints_the_results_so_far(sample: str, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    starts: list[float] = []

    async def record_path(received: Received) -> bytes:
        starts.append(time.monotonic())
        return await answer_picture(received)

    with serve(record_path) as base:
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
            while len(starts) < 5 and time.monotonic() < deadline:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            printed, complaints = process.communicate(timeout=60)
        finally:
            process.kill()
            process.wait()

    assert process.returncode == 130
    assert read_result(out).is_stopped
    assert "Stopped before its end" in printed
    assert "Traceback" not in complaints
    assert [each.name for each in read_result(out).runs] == ["sample"]


def test_the_file_limit_is_raised_to_the_number_of_connections() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (600, before[1]))
    try:
        _raise_file_limit()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert (soft, hard) == (CONNECTIONS + 500, before[1])


def test_a_terminal_shows_a_temporary_progress_bar() -> None:
    shown = io.StringIO()
    tally = Tally()
    tally.failed += [1, 2, 3]

    console = Console(file=shown, force_terminal=True, width=100, record=True)
    with terminal.show_progress("sample", console) as on_progress:
        on_progress(Progress("measuring", 0.5, tally))

    assert "measuring, 0 answers, 3 failures" in shown.getvalue()
    assert console.export_text() == ""


# The command `calotype bench`.


def test_the_command_passes_all_its_arguments_on(
    sample: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve() as base:
        arguments = ["bench", base, "--scenario", sample, "--key", "a", "--duration", "0.2"]
        assert main([*arguments, "--json", str(tmp_path / "out.json"), "--seed", "3"]) == 0

    assert "seed 3" in capsys.readouterr().out
    assert read_result(tmp_path / "out.json").seed == 3
    assert main(["bench", "ftp://img.test"]) == 2
    assert "calotype: TARGET accepts local" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [("bench", "--help"), ("help", "bench")])
def test_the_command_has_the_help_of_the_benchmark(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(arguments)

    assert "--after-priming" in capsys.readouterr().out


@pytest.mark.parametrize("value", ["0", "nan", "inf", "-1", "many"])
def test_a_number_that_cannot_be_used_is_refused_by_its_option(
    value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        build_parser().parse_args(["http://img.test", "--rate", value])

    assert "--rate: accepts a number above 0, up to 100,000" in capsys.readouterr().err


def test_a_benchmark_whose_libraries_are_missing_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_name: str) -> None:
        raise ModuleNotFoundError(name="aiohttp")

    monkeypatch.setattr("importlib.import_module", fail)

    assert main(["bench", "list"]) == 2
    assert "aiohttp is missing; run: pip install 'calotype[bench]'" in capsys.readouterr().err


# The target `local`.


def test_a_server_that_does_not_start_is_an_error_with_its_last_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.jpg").write_bytes(b"picture")
    monkeypatch.setenv("SIGNING_KEYS", "no JSON")

    place = local.serve(tmp_path, None)

    with pytest.raises(local.NotStarted, match=r"did not start:\n(.|\n)*SIGNING_KEYS"), place:
        pass


def test_a_local_server_lists_what_it_refined(tmp_path: Path) -> None:
    log = tmp_path / "log"
    line = f"{REFINED}: 40,000 -> 30,000 bytes, 25% less"
    log.write_text(f"alert  created\n{line}\n200  /cat.jpg\n")

    assert local.Server("http://127.0.0.1", (), True, log).list_refined() == [line]
    assert local.Server("https://img.test", (), False).list_refined() == []


def test_a_folder_without_pictures_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "poem.txt").write_text("poem")

    with pytest.raises(local.NotStarted, match="has no pictures"), local.serve(tmp_path, None):
        pass


def test_the_local_target_is_started_measured_and_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = [local._find_free_port()]
    monkeypatch.setattr(local, "_find_free_port", lambda: ports[0])
    (tmp_path / "tom.jpg").write_bytes(draw("jpeg"))
    (tmp_path / "poem.txt").write_text("poem")
    path = tmp_path / "stored.toml"
    out = tmp_path / "out.json"
    path.write_text(
        f'unique = true\nprime = true\nexpect_tier = ["stored"]\n{MINIMAL}'.replace("1000", "30")
        + "[load]\nrate = 10\nduration = 1\n[local]\nedge_cache = 0\n"
    )

    assert (
        run("local", "--originals", str(tmp_path), "--scenario", str(path), "--json", str(out)) == 0
    )

    (measured,) = read_result(out).runs
    assert (measured.latency.count, measured.share("stored")) == (10, 1.0)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", ports[0]), 10)
