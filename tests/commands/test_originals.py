"""The commands that work on a deployment: what they do, say, and answer to a shell."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx2 as httpx
import pytest
from moto import mock_aws

from infra.cli import main
from infra.commands.backfill import Tally, backfill
from infra.laptop import environment
from infra.laptop.cloud import DERIVATIVES, ORIGINALS, create_resources
from origin_lambda import log
from origin_lambda.errors import StoreFailed, Unavailable
from origin_lambda.originals.record import OriginalRecord, Reason, Status
from origin_lambda.settings import BadSetting
from origin_lambda.url.urls import sign_url
from tests.support.originals import draw


@dataclass
class Deployment:
    """A furnished cloud that the environment names, and what a command answered and said."""

    s3: Any
    capsys: pytest.CaptureFixture[str]

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=ORIGINALS, Key=key, Body=body)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        self.capsys.readouterr()
        code = main(arguments)
        out, err = self.capsys.readouterr()
        return code, out, err

    def mips(self) -> dict[str, Any]:
        listed = self.s3.list_objects_v2(Bucket=DERIVATIVES, Prefix=".mips/")
        return {entry["Key"]: entry["LastModified"] for entry in listed.get("Contents", [])}


@pytest.fixture
def deployment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Deployment]:
    monkeypatch.setattr(log, "write", log.write)
    with mock_aws():
        for name, value in create_resources().items():
            monkeypatch.setenv(name, value)
        yield Deployment(boto3.client("s3"), capsys)


@pytest.fixture
def filled(deployment: Deployment) -> Deployment:
    for key in ("cats/tom.jpg", "cats/tim.jpg", "dogs/rex.jpg"):
        deployment.put(key, draw("jpeg"))
    deployment.put("dogs/poem.jpg", b"no picture")
    deployment.put("dogs/", b"")
    return deployment


# calotype ingest


def test_a_bucket_is_ingested_and_what_was_rejected_is_told_with_its_reason(
    filled: Deployment,
) -> None:
    code, out, _ = filled.run("ingest", "--all")

    assert code == 0
    first, last = out.splitlines()
    assert first.startswith("rejected  dogs/poem.jpg  not-a-picture: ")
    assert last == "4 of 4: 3 ready, 1 rejected"


def test_what_has_been_ingested_is_passed_over_the_next_time(filled: Deployment) -> None:
    filled.run("ingest", "--all")
    before = json.loads(filled.run("originals", "show", "cats/tom.jpg")[1])

    assert filled.run("ingest", "--all")[0] == 0

    assert json.loads(filled.run("originals", "show", "cats/tom.jpg")[1]) == before


def test_again_means_again(filled: Deployment) -> None:
    filled.run("ingest", "--all")
    before = json.loads(filled.run("originals", "show", "cats/tom.jpg")[1])

    assert filled.run("ingest", "--all", "--again")[1].endswith("4 of 4: 3 ready, 1 rejected\n")

    assert json.loads(filled.run("originals", "show", "cats/tom.jpg")[1])["revision"] > before["revision"]  # fmt: skip


def test_only_what_lies_below_a_prefix_is_ingested(filled: Deployment) -> None:
    assert filled.run("ingest", "--all", "--prefix", "cats/")[1] == "2 of 2: 2 ready\n"


def test_what_was_deleted_unnoticed_is_found_in_the_catalog(filled: Deployment) -> None:
    filled.run("ingest", "--all")
    for key in ("cats/tom.jpg", "dogs/rex.jpg"):
        filled.s3.delete_object(Bucket=ORIGINALS, Key=key)

    _, some, _ = filled.run("ingest", "--all", "--prefix", "cats/")
    _, rest, _ = filled.run("ingest", "--all")
    _, shown, _ = filled.run("originals", "show", "cats/tom.jpg")

    assert some.splitlines()[-1] == "2 of 2: 1 ready, 1 gone"
    assert rest.splitlines()[-1] == "3 of 3: 1 ready, 1 rejected, 1 gone"
    assert json.loads(shown)["status"] == "deleted"


def test_a_key_that_no_url_can_name_is_passed_over(deployment: Deployment) -> None:
    deployment.put("dogs/../cats.jpg", draw("jpeg"))

    code, out, _ = deployment.run("ingest", "--all")

    assert (code, out) == (0, "0 of 0: none yet\n")


def test_who_names_no_distribution_is_warned(
    filled: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, quiet = filled.run("originals", "list")
    monkeypatch.delenv("DISTRIBUTION_ID")
    _, _, warned = filled.run("originals", "list")

    assert quiet == ""
    assert warned == "calotype: DISTRIBUTION_ID is not set: the edge will not be invalidated\n"


def test_named_originals_are_ingested_each_once(filled: Deployment) -> None:
    code, out, _ = filled.run("ingest", "cats/tom.jpg", "dogs/rex.jpg", "cats/tom.jpg")

    assert (code, out) == (0, "2 of 2: 2 ready\n")


def test_a_name_that_no_original_has_is_a_failure(filled: Deployment) -> None:
    code, out, _ = filled.run("ingest", "cats/tom.jpg", "cats/nobody.jpg")

    assert code == 1
    assert out.splitlines() == [
        "failed    cats/nobody.jpg  there is no original of this key",
        "2 of 2: 1 ready, 1 failed",
    ]


def test_an_empty_bucket_is_soon_ingested(deployment: Deployment) -> None:
    assert deployment.run("ingest", "--all")[:2] == (0, "0 of 0: none yet\n")


@pytest.mark.parametrize(
    "arguments, said",
    [
        ([], "use --all"),
        (["tom.jpg", "--all"], "use --all"),
        (["tom.jpg", "--prefix", "cats/"], "--prefix goes with --all"),
        (["--all", "--workers", "0"], "--workers accepts"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(
    deployment: Deployment, arguments: list[str], said: str
) -> None:
    code, out, err = deployment.run("ingest", *arguments)

    assert (code, out) == (2, "")
    assert said in err


def test_a_terminal_sees_a_bar(filled: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    _, out, err = filled.run("ingest", "--all", "--prefix", "cats/")

    assert out == "2 of 2: 2 ready\n"
    assert "\u2501" in err


def test_elsewhere_a_line_comes_now_and_then(
    filled: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.commands.ingest._REPORT_SECONDS", 0)

    _, _, err = filled.run("ingest", "--all", "--prefix", "cats/", "--workers", "1")

    assert err.splitlines() == ["Listing the originals", "1 of 2: 1 ready", "2 of 2: 2 ready"]


# Many originals.


def ready(key: str) -> OriginalRecord:
    return OriginalRecord(key, status=Status.READY)


def nothing(_: object) -> None:
    """Tell nobody, and wait for nothing."""


def test_no_more_than_so_many_are_taken_at_a_time() -> None:
    present, most = 0, 0
    lock = threading.Lock()
    together = threading.Barrier(3)

    def take(key: str) -> OriginalRecord:
        nonlocal present, most
        with lock:
            present += 1
            most = max(most, present)
        together.wait(10)
        with lock:
            present -= 1
        return ready(key)

    tally = backfill(take, [str(number) for number in range(12)], 3, nothing)

    assert (tally.ready, most) == (12, 3)


def test_one_that_fails_stops_no_other_and_is_told_with_its_error() -> None:
    def take(key: str) -> OriginalRecord:
        if key == "a":
            message = "a service behind this one failed"
            raise StoreFailed(message, detail="AccessDenied")
        if key == "b":
            raise MemoryError
        return ready(key)

    tally = backfill(take, ["a", "b", "c"], 1, nothing)

    assert tally.failed == {"a": "AccessDenied", "b": "MemoryError()"}
    assert tally.ready == 1


@pytest.mark.parametrize("failures, failed", [(3, {}), (4, {"a": "busy"})])
def test_what_is_busy_is_tried_again(failures: int, failed: dict[str, str]) -> None:
    tries: list[str] = []
    pauses: list[float] = []

    def take(key: str) -> OriginalRecord:
        tries.append(key)
        if len(tries) <= failures:
            message = "busy"
            raise Unavailable(message)
        return ready(key)

    tally = backfill(take, ["a"], 1, nothing, pauses.append)

    assert tally.failed == failed
    assert pauses == [1, 2, 4]


def test_interrupted_it_begins_no_other_and_finishes_what_it_has_begun() -> None:
    taken: list[str] = []

    def take(key: str) -> OriginalRecord:
        taken.append(key)
        return ready(key)

    def interrupt(tally: Tally) -> None:
        if tally.done == 3:
            raise KeyboardInterrupt

    tally = backfill(take, [str(number) for number in range(100)], 2, interrupt)

    assert tally.is_stopped
    assert 3 <= tally.done == len(taken) <= 5


def test_interrupted_it_says_how_to_go_on(
    filled: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> Callable[[Tally], None]:
        def told(tally: Tally) -> None:
            if tally.done == 1:
                raise KeyboardInterrupt

        return told

    monkeypatch.setattr("infra.commands.ingest._print_regularly", interrupted)
    code, out, err = filled.run("ingest", "--all", "--workers", "1")

    assert code == 130
    assert out == "1 of 4: 1 ready\n"
    assert "The same command continues from here" in err


def test_what_became_of_an_original_is_counted() -> None:
    tally = Tally(4)
    tally.count("a", OriginalRecord("a", status=Status.READY))
    tally.count(
        "b", OriginalRecord("b", status=Status.REJECTED, reason=Reason("not-a-picture", "a poem"))
    )
    tally.count("c", OriginalRecord("c", status=Status.DELETED))
    tally.count("d", OriginalRecord("d", status=Status.PENDING))

    assert tally.rejected == {"b": "not-a-picture: a poem"}
    assert str(tally) == "4 of 4: 1 ready, 1 rejected, 1 gone, 1 failed"


# calotype originals


def test_an_original_is_shown_as_the_catalog_has_it(filled: Deployment) -> None:
    filled.run("ingest", "--all")

    code, out, _ = filled.run("originals", "show", "cats/tom.jpg")

    shown = json.loads(out)
    assert code == 0
    assert (shown["key"], shown["status"]) == ("cats/tom.jpg", "ready")
    assert shown["original"]["type"] == "jpeg"


def test_an_original_that_the_catalog_does_not_know_is_not_shown(filled: Deployment) -> None:
    code, out, err = filled.run("originals", "show", "cats/tom.jpg")

    assert (code, out) == (1, "")
    assert "does not know cats/tom.jpg" in err


def test_originals_are_listed_with_what_is_known(filled: Deployment) -> None:
    filled.run("ingest", "cats/tom.jpg", "dogs/poem.jpg")

    lines = filled.run("originals", "list")[1].splitlines()
    by_key = {line.split()[4]: line.split(maxsplit=5) for line in lines}

    assert list(by_key) == [
        "cats/tim.jpg",
        "cats/tom.jpg",
        "dogs/",
        "dogs/poem.jpg",
        "dogs/rex.jpg",
    ]
    assert by_key["cats/tim.jpg"][:4] == ["unlisted", "-", "-", "-"]
    assert by_key["cats/tom.jpg"][:4] == ["ready", "jpeg", "300x200", str(len(draw("jpeg")))]
    assert by_key["dogs/poem.jpg"][0] == "rejected"
    assert by_key["dogs/poem.jpg"][5].startswith("(not-a-picture: ")


@pytest.mark.parametrize(
    "arguments, keys",
    [
        (["--prefix", "cats/"], ["cats/tim.jpg", "cats/tom.jpg"]),
        (["--status", "rejected"], ["dogs/poem.jpg"]),
        (["--status", "ready"], ["cats/tom.jpg"]),
        (["--status", "unlisted", "--prefix", "cats/"], ["cats/tim.jpg"]),
    ],
)
def test_some_originals_are_listed(
    filled: Deployment, arguments: list[str], keys: list[str]
) -> None:
    filled.run("ingest", "cats/tom.jpg", "dogs/poem.jpg")

    lines = filled.run("originals", "list", *arguments)[1].splitlines()

    assert [line.split()[4] for line in lines] == keys


def said_of(deployment: Deployment, key: str) -> Any:
    return json.loads(deployment.run("originals", "show", key)[1])["annotations"]


def test_what_an_owner_says_is_kept_until_it_is_taken_back(filled: Deployment) -> None:
    filled.run("ingest", "cats/tom.jpg")

    words = ["--focal", "0.25,1", "--alt", "Tom, asleep", "--tag", "cat", "--tag", "grey"]
    code, out, _ = filled.run("originals", "set", "cats/tom.jpg", *words)
    said = {"focal_point": {"x": 0.25, "y": 1}, "alt": "Tom, asleep", "tags": ["cat", "grey"]}
    assert (code, json.loads(out)) == (0, {"key": "cats/tom.jpg"} | said)
    assert said_of(filled, "cats/tom.jpg") == said

    filled.run("originals", "set", "cats/tom.jpg", "--no-focal", "--no-tags")
    assert said_of(filled, "cats/tom.jpg") == {
        "focal_point": None, "alt": "Tom, asleep", "tags": [],
    }  # fmt: skip


def test_of_an_original_that_is_not_known_nothing_can_be_said(filled: Deployment) -> None:
    code, out, err = filled.run("originals", "set", "cats/tom.jpg", "--alt", "Tom")

    assert (code, out) == (2, "")
    assert "no original of this key" in err


@pytest.mark.parametrize(
    "arguments, said",
    [
        ([], "nothing to set"),
        (["--focal", "0.5"], "--focal accepts two fractions from 0 to 1"),
        (["--focal", "0.5,0.5,0.5"], "--focal accepts"),
        (["--focal", "0.5,1.01"], "--focal accepts"),
        (["--focal=-0.1,0.5"], "--focal accepts"),
        (["--focal", "left,top"], "--focal accepts"),
        (["--focal", "nan,0"], "--focal accepts"),
        (["--alt", "a\nb"], "--alt accepts one line"),
        (["--alt", "a" * 2001], "--alt accepts one line of at most 2,000"),
        (["--tag", " "], "--tag accepts"),
        (["--tag", "a" * 101], "--tag accepts one line of at most 100"),
        ([each for number in range(51) for each in ("--tag", str(number))], "at most 50 tags"),
    ],
)
def test_a_value_that_cannot_be_said_is_refused(
    deployment: Deployment, arguments: list[str], said: str
) -> None:
    code, out, err = deployment.run("originals", "set", "cats/tom.jpg", *arguments)

    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize(
    "arguments", [["--focal", "0,0", "--no-focal"], ["--tag", "a", "--no-tags"]]
)
def test_nobody_can_say_and_unsay_at_once(deployment: Deployment, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        deployment.run("originals", "set", "cats/tom.jpg", *arguments)

    assert stopped.value.code == 2


def test_a_key_does_nothing_to_a_terminal(deployment: Deployment) -> None:
    deployment.put("\x9b2J.jpg", b"no picture")

    _, ingested, _ = deployment.run("ingest", "--all")
    _, listed, _ = deployment.run("originals", "list")

    assert "\x9b" not in ingested + listed
    assert r"'\x9b2J.jpg'" in ingested


def test_what_aws_refuses_is_told(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATALOG_TABLE", "another-table")

    code, _, err = deployment.run("originals", "show", "cats/tom.jpg")

    assert code == 2
    assert "ResourceNotFoundException" in err


@pytest.mark.usefixtures("filled")
def test_a_reader_who_has_seen_enough_is_no_failure() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", closed)

        assert main(["originals", "list"]) == 1


# Which deployment.


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ORIGINALS_BUCKET", raising=False)
    return tmp_path


@pytest.fixture
def endpoint() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def published(variables: Mapping[str, str]) -> Iterator[None]:
    """Be a server that runs in this directory."""
    with environment.claim_directory() as publish:
        publish(variables)
        yield


def test_a_server_writes_what_commands_need_for_its_owner_while_it_runs(directory: Path) -> None:
    file = directory / ".calotype" / "serve.env"

    with published({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}):
        mode = stat.S_IMODE(file.stat().st_mode)
        text = file.read_text()

    assert (oct(mode), text) == ("0o600", "AWS_ENDPOINT_URL=http://127.0.0.1:1\n")
    assert not file.parent.exists()


def test_a_file_that_others_could_read_is_closed_to_them(directory: Path) -> None:
    file = directory / ".calotype" / "serve.env"
    file.parent.mkdir()
    file.write_text("SIGNING_KEYS=old\n")
    file.chmod(0o644)

    with published({"A": "new"}):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_text() == "A=new\n"


def test_a_second_server_in_a_directory_is_refused_and_the_first_keeps_its_file(
    directory: Path,
) -> None:
    file = directory / ".calotype" / "serve.env"

    with published({"A": "first", "CALOTYPE_URL": "http://127.0.0.1:8123"}):
        with (
            pytest.raises(BadSetting, match="already runs in this directory on port 8123"),
            environment.claim_directory(),
        ):
            pass
        assert "A=first" in file.read_text()
    with published({"A": "second"}):
        assert file.read_text() == "A=second\n"


def test_a_directory_that_cannot_be_written_to_stops_no_server(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (directory / ".calotype").write_text("a file")

    with published({"A": "b"}):
        assert "will not find this server" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "SIGNING_KEYS='{", "no variable"])
@pytest.mark.usefixtures("capsys")
def test_a_file_that_is_half_written_is_no_server(directory: Path, text: str) -> None:
    (directory / ".calotype").mkdir()
    (directory / ".calotype" / "serve.env").write_text(text)

    assert environment.find_server() is None
    assert main(["ingest", "--all"]) == 2


# The policy of the server of this directory.


@pytest.mark.usefixtures("directory")
def test_urls_are_signed_with_the_keys_of_the_server_that_runs_here(
    endpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    served = {
        "AWS_ENDPOINT_URL": endpoint,
        "CALOTYPE_URL": "http://127.0.0.1:8123",
        "REQUIRE_SIGNATURE": "true",
        "SIGNING_KEYS": '{"2026":\n "a secret"}',
    }
    with published(served):
        signed = main(["sign", "http://127.0.0.1:8123/a.jpg?w=9"])
        made = main(["url", "a.jpg", "w=9"])
        inspected = main(["inspect", "http://127.0.0.1:8123/a.jpg?w=9"])
    out, err = capsys.readouterr()
    url = sign_url("http://127.0.0.1:8123/a.jpg?w=9", "2026", "a secret")

    assert (signed, made, inspected) == (0, 0, 1)
    assert out.splitlines()[0] == url
    assert f"signed     {url}" in out
    assert "a secret" not in out + err
    assert "using the server http://127.0.0.1:8123" in err


@pytest.mark.usefixtures("directory")
def test_an_environment_with_a_policy_keeps_it(endpoint: str) -> None:
    own = {"SIGNING_KEYS": '{"mine": "x"}'}
    with published({"AWS_ENDPOINT_URL": endpoint, "REQUIRE_SIGNATURE": "true"}):
        found = dict(own)
        environment.use_local_policy(found)

    assert found == own


@pytest.mark.usefixtures("directory")
def test_without_keys_nothing_is_signed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sign", "http://127.0.0.1:8080/a.jpg"]) == 2
    assert "SIGNING_KEYS is not set" in capsys.readouterr().err


@pytest.mark.usefixtures("directory")
def test_commands_work_on_what_is_served_in_this_directory(
    endpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    served = {"AWS_ENDPOINT_URL": endpoint, "ORIGINALS_BUCKET": "local", "NOTE": "a 'b' $c"}
    with published(served):
        found = {"PATH": "/bin"}
        environment.use_local_server(found)

    assert found == {"PATH": "/bin"} | served
    assert "serve.env" in capsys.readouterr().err


@pytest.mark.usefixtures("directory")
def test_what_is_set_stays_as_it_is(endpoint: str) -> None:
    served = {"AWS_ENDPOINT_URL": endpoint, "ORIGINALS_BUCKET": "local", "AWS_ACCESS_KEY_ID": "local"}  # fmt: skip
    own = {"AWS_ACCESS_KEY_ID": "mine", "AWS_PROFILE": "production"}
    with published(served):
        found = dict(own)
        environment.use_local_server(found)

    assert found == served | own


@pytest.mark.usefixtures("directory")
def test_a_deployment_that_is_named_is_the_one(endpoint: str) -> None:
    own = {"ORIGINALS_BUCKET": "mine"}
    with published({"AWS_ENDPOINT_URL": endpoint, "ORIGINALS_BUCKET": "local"}):
        found = dict(own)
        environment.use_local_server(found)

    assert found == own


@pytest.mark.parametrize(
    "name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]
)
@pytest.mark.usefixtures("directory")
def test_who_has_said_where_aws_is_is_not_led_elsewhere(endpoint: str, name: str) -> None:
    found = {name: "https://s3.example.com"}

    with (
        published({"AWS_ENDPOINT_URL": endpoint, "ORIGINALS_BUCKET": "local"}),
        pytest.raises(BadSetting, match="ORIGINALS_BUCKET is not set"),
    ):
        environment.use_local_server(found)

    assert found == {name: "https://s3.example.com"}


@pytest.mark.usefixtures("directory")
def test_without_any_deployment_a_command_says_what_is_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ingest", "--all"]) == 2
    assert "ORIGINALS_BUCKET is not set" in capsys.readouterr().err


@pytest.mark.usefixtures("directory")
def test_a_server_that_died_is_not_used() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]

    with (
        published({"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}),
        pytest.raises(BadSetting, match="has ended"),
    ):
        environment.use_local_server({})


# All of it, as somebody would run it.


def calotype(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "infra.cli", *arguments]


def answered(url: str) -> str:
    """Return what a server answers; nothing while there is none."""
    try:
        return httpx.get(url, timeout=30).text
    except httpx.ConnectError:
        return ""


def eventually(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.2)


def test_a_served_folder_is_ingested_announced_and_left_without_a_trace(directory: Path) -> None:
    (directory / "pictures").mkdir()
    (directory / "pictures" / "tom.jpg").write_bytes(draw("jpeg"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    environ = os.environ | {"PYTHONPATH": str(Path(environment.__file__).parents[2])}
    serve = calotype("serve", "--originals", "pictures", "--port", str(port))
    with subprocess.Popen(serve, env=environ, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        said = ""
        while "Stop with" not in said:
            said += server.stdout.readline()
        eventually(lambda: '"event":"created"' in answered(f"{base}/_/alerts.json"))

        listed = subprocess.run(
            calotype("originals", "list"), env=environ, capture_output=True, text=True, check=True
        )
        server.terminate()
        said += server.stdout.read()

    assert listed.stdout.split()[0] == "ready"
    assert f"using the server {base}" in listed.stderr
    assert f"{base}/_/upload   upload a picture" in said
    assert "alert  created" in said
    assert server.returncode == 128 + signal.SIGTERM
    assert [path.name for path in directory.iterdir()] == ["pictures"]
