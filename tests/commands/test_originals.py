"""The commands that work on a deployment: effects, output and exit codes."""

import json
import os
import re
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
    """A cloud that the environment names, and the output of commands."""

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
        answer = self.s3.list_objects_v2(Bucket=DERIVATIVES, Prefix=".mips/")
        return {entry["Key"]: entry["LastModified"] for entry in answer.get("Contents", [])}


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


def test_a_bucket_is_ingested_and_rejections_are_printed_with_their_reason(
    filled: Deployment,
) -> None:
    code, out, _ = filled.run("ingest", "--all")

    assert code == 0
    first, last = out.splitlines()
    assert first.startswith("rejected  dogs/poem.jpg  not-a-picture: ")
    assert last == "4 of 4: 3 ready, 1 rejected"


def test_the_summary_can_be_json(filled: Deployment) -> None:
    code, out, _ = filled.run("ingest", "--all", "--json")

    summary = json.loads(out)
    assert code == 0
    assert (summary["total"], summary["ready"], summary["failed"]) == (4, 3, {})
    assert summary["rejected"]["dogs/poem.jpg"].startswith("not-a-picture: ")


def test_ingested_originals_are_skipped_the_next_time(filled: Deployment) -> None:
    filled.run("ingest", "--all")
    before = json.loads(filled.run("originals", "show", "cats/tom.jpg")[1])

    assert filled.run("ingest", "--all")[0] == 0

    assert json.loads(filled.run("originals", "show", "cats/tom.jpg")[1]) == before


def test_with_again_ingested_originals_are_included(filled: Deployment) -> None:
    filled.run("ingest", "--all")
    before = json.loads(filled.run("originals", "show", "cats/tom.jpg")[1])

    assert filled.run("ingest", "--all", "--again")[1].endswith("4 of 4: 3 ready, 1 rejected\n")

    assert json.loads(filled.run("originals", "show", "cats/tom.jpg")[1])["revision"] > before["revision"]  # fmt: skip


def test_with_a_prefix_only_its_keys_are_ingested(filled: Deployment) -> None:
    assert filled.run("ingest", "--all", "--prefix", "cats/")[1] == "2 of 2: 2 ready\n"


def test_an_unnoticed_deletion_is_found_in_the_catalog(filled: Deployment) -> None:
    filled.run("ingest", "--all")
    for key in ("cats/tom.jpg", "dogs/rex.jpg"):
        filled.s3.delete_object(Bucket=ORIGINALS, Key=key)

    _, some, _ = filled.run("ingest", "--all", "--prefix", "cats/")
    _, rest, _ = filled.run("ingest", "--all")
    _, shown, _ = filled.run("originals", "show", "cats/tom.jpg")

    assert some.splitlines()[-1] == "2 of 2: 1 ready, 1 gone"
    assert rest.splitlines()[-1] == "3 of 3: 1 ready, 1 rejected, 1 gone"
    assert json.loads(shown)["status"] == "deleted"


def test_a_key_that_no_url_can_have_is_skipped(deployment: Deployment) -> None:
    deployment.put("dogs/../cats.jpg", draw("jpeg"))

    code, out, _ = deployment.run("ingest", "--all")

    assert (code, out) == (0, "0 of 0: none yet\n")


def test_a_missing_distribution_causes_a_warning(
    filled: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, quiet = filled.run("originals", "list")
    monkeypatch.delenv("DISTRIBUTION_ID")
    _, _, warned = filled.run("originals", "list")

    assert quiet == ""
    assert warned == "calotype: DISTRIBUTION_ID is not set: the edge will not be invalidated\n"


def test_each_named_original_is_ingested_once(filled: Deployment) -> None:
    code, out, _ = filled.run("ingest", "cats/tom.jpg", "dogs/rex.jpg", "cats/tom.jpg")

    assert (code, out) == (0, "2 of 2: 2 ready\n")


def test_a_key_without_an_original_is_a_failure(filled: Deployment) -> None:
    code, out, _ = filled.run("ingest", "cats/tom.jpg", "cats/missing.jpg")

    assert code == 1
    assert out.splitlines() == [
        "failed    cats/missing.jpg  there is no original of this key",
        "2 of 2: 1 ready, 1 failed",
    ]


def test_an_empty_bucket_is_no_error(deployment: Deployment) -> None:
    assert deployment.run("ingest", "--all")[:2] == (0, "0 of 0: none yet\n")


@pytest.mark.parametrize(
    "arguments, expected_error",
    [
        ([], "use --all"),
        (["tom.jpg", "--all"], "use --all"),
        (["tom.jpg", "--prefix", "cats/"], "--prefix goes with --all"),
        (["--all", "--workers", "0"], "--workers accepts"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(
    deployment: Deployment, arguments: list[str], expected_error: str
) -> None:
    code, out, err = deployment.run("ingest", *arguments)

    assert (code, out) == (2, "")
    assert expected_error in err


def test_a_terminal_shows_a_progress_bar(
    filled: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    _, out, err = filled.run("ingest", "--all", "--prefix", "cats/")

    assert out == "2 of 2: 2 ready\n"
    assert "\u2501" in err


def test_without_a_terminal_progress_is_printed_as_lines(
    filled: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.commands.ingest._REPORT_SECONDS", 0)

    _, _, err = filled.run("ingest", "--all", "--prefix", "cats/", "--workers", "1")

    first, *lines = err.splitlines()
    assert first == "Listing the originals"
    assert [line.rpartition(", ")[0] for line in lines] == ["1 of 2: 1 ready", "2 of 2: 2 ready"]
    assert all(re.fullmatch(r".*, \d+\.\d a second", line) for line in lines)


# Many originals.


def ready(key: str) -> OriginalRecord:
    return OriginalRecord(key, status=Status.READY)


def ignore(_: object) -> None:
    """Neither report nor wait."""


def test_as_many_originals_as_workers_are_ingested_at_a_time() -> None:
    present, most = 0, 0
    lock = threading.Lock()
    together = threading.Barrier(3)

    def ingest(key: str) -> OriginalRecord:
        nonlocal present, most
        with lock:
            present += 1
            most = max(most, present)
        together.wait(10)
        with lock:
            present -= 1
        return ready(key)

    tally = backfill(ingest, [str(number) for number in range(12)], 3, ignore)

    assert (tally.ready, most) == (12, 3)


def test_a_failed_original_stops_no_other_and_is_listed_with_its_error() -> None:
    def ingest(key: str) -> OriginalRecord:
        if key == "a":
            message = "a service behind this one failed"
            raise StoreFailed(message, detail="AccessDenied")
        if key == "b":
            raise MemoryError
        return ready(key)

    tally = backfill(ingest, ["a", "b", "c"], 1, ignore)

    assert tally.failed == {"a": "AccessDenied", "b": "MemoryError()"}
    assert tally.ready == 1


@pytest.mark.parametrize("failures, failed", [(3, {}), (4, {"a": "busy"})])
def test_an_unavailable_original_is_tried_again(failures: int, failed: dict[str, str]) -> None:
    tries: list[str] = []
    pauses: list[float] = []

    def ingest(key: str) -> OriginalRecord:
        tries.append(key)
        if len(tries) <= failures:
            message = "busy"
            raise Unavailable(message)
        return ready(key)

    tally = backfill(ingest, ["a"], 1, ignore, pauses.append)

    assert tally.failed == failed
    assert pauses == [1, 2, 4]


def test_after_an_interrupt_only_running_originals_are_finished() -> None:
    started: list[str] = []

    def ingest(key: str) -> OriginalRecord:
        started.append(key)
        return ready(key)

    def interrupt(tally: Tally) -> None:
        if tally.done == 3:
            raise KeyboardInterrupt

    tally = backfill(ingest, [str(number) for number in range(100)], 2, interrupt)

    assert tally.is_stopped
    assert 3 <= tally.done == len(started) <= 5


def test_after_an_interrupt_the_next_step_is_printed(
    filled: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt_after_one(*_: object) -> Callable[[Tally], None]:
        def report(tally: Tally) -> None:
            if tally.done == 1:
                raise KeyboardInterrupt

        return report

    monkeypatch.setattr("infra.commands.ingest._print_regularly", interrupt_after_one)
    code, out, err = filled.run("ingest", "--all", "--workers", "1")

    assert code == 130
    assert out == "1 of 4: 1 ready\n"
    assert "The same command continues from here" in err


def test_originals_are_counted_by_status() -> None:
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


def test_the_record_of_an_original_is_shown(filled: Deployment) -> None:
    filled.run("ingest", "--all")

    code, out, _ = filled.run("originals", "show", "cats/tom.jpg")

    shown = json.loads(out)
    assert code == 0
    assert (shown["key"], shown["status"]) == ("cats/tom.jpg", "ready")
    assert shown["original"]["type"] == "jpeg"


def test_an_original_without_a_record_is_an_error(filled: Deployment) -> None:
    code, out, err = filled.run("originals", "show", "cats/tom.jpg")

    assert (code, out) == (1, "")
    assert "does not know cats/tom.jpg" in err


def test_originals_are_listed_with_their_records(filled: Deployment) -> None:
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
def test_originals_are_listed_by_prefix_and_status(
    filled: Deployment, arguments: list[str], keys: list[str]
) -> None:
    filled.run("ingest", "cats/tom.jpg", "dogs/poem.jpg")

    lines = filled.run("originals", "list", *arguments)[1].splitlines()

    assert [line.split()[4] for line in lines] == keys


def read_annotations(deployment: Deployment, key: str) -> Any:
    return json.loads(deployment.run("originals", "show", key)[1])["annotations"]


def test_annotations_stay_until_they_are_removed(filled: Deployment) -> None:
    filled.run("ingest", "cats/tom.jpg")

    options = ["--focal", "0.25,1", "--alt", "Tom, asleep", "--tag", "cat", "--tag", "grey"]
    options += ["--face", "0.1,0.2,0.3,0.4", "--face", "0.5,0,0.5,1"]
    code, out, _ = filled.run("originals", "set", "cats/tom.jpg", *options)
    annotations = {
        "focal_point": {"x": 0.25, "y": 1},
        "alt": "Tom, asleep",
        "tags": ["cat", "grey"],
        "faces": [
            {"box": [0.1, 0.2, 0.4, 0.6], "score": 1},
            {"box": [0.5, 0, 1, 1], "score": 1},
        ],
    }
    assert (code, json.loads(out)) == (0, {"key": "cats/tom.jpg"} | annotations)
    assert read_annotations(filled, "cats/tom.jpg") == annotations

    filled.run("originals", "set", "cats/tom.jpg", "--no-focal", "--no-tags", "--no-faces")
    assert read_annotations(filled, "cats/tom.jpg") == {
        "focal_point": None, "alt": "Tom, asleep", "tags": [], "faces": [],
    }  # fmt: skip

    filled.run("originals", "set", "cats/tom.jpg", "--measured-faces")
    assert read_annotations(filled, "cats/tom.jpg")["faces"] is None


@pytest.mark.parametrize(
    "alt",
    ["Regarde\u00a0!", "\u767d\u3044\u3000\u732b", "\U0001f468\u200d\U0001f469"],
    ids=["no-break space", "ideographic space", "joined emoji"],
)
def test_a_description_may_have_any_visible_text(filled: Deployment, alt: str) -> None:
    filled.run("ingest", "--all")

    code, _, err = filled.run("originals", "set", "cats/tom.jpg", "--alt", alt)

    assert (code, err) == (0, "")
    assert read_annotations(filled, "cats/tom.jpg")["alt"] == alt


def test_an_unknown_original_cannot_be_annotated(filled: Deployment) -> None:
    code, out, err = filled.run("originals", "set", "cats/tom.jpg", "--alt", "Tom")

    assert (code, out) == (2, "")
    assert "no original of this key" in err


@pytest.mark.parametrize(
    "arguments, expected_error",
    [
        ([], "nothing to set"),
        (["--focal", "0.5"], "--focal accepts two fractions from 0 to 1"),
        (["--focal", "0.5,0.5,0.5"], "--focal accepts"),
        (["--focal", "0.5,1.01"], "--focal accepts"),
        (["--focal=-0.1,0.5"], "--focal accepts"),
        (["--focal", "left,top"], "--focal accepts"),
        (["--focal", "nan,0"], "--focal accepts"),
        (["--face", "0.5,0.5,0.1"], "--face accepts four fractions of the picture"),
        (["--face", "0.5,0.5,0.6,0.1"], "--face accepts"),
        (["--face", "0.5,0.5,0,0.1"], "--face accepts"),
        (["--face", "nan,0,1,1"], "--face accepts"),
        ([each for _ in range(21) for each in ("--face", "0,0,1,1")], "at most 20 faces"),
        (["--alt", "a\nb"], "--alt accepts one line"),
        (["--alt", "a\x1bb"], "--alt accepts one line"),
        (["--alt", "a\u2028b"], "--alt accepts one line"),
        (["--alt", "a\udcff"], "--alt accepts one line"),
        (["--alt", "a" * 2001], "--alt accepts one line of at most 2,000"),
        (["--tag", " "], "--tag accepts"),
        (["--tag", "a" * 101], "--tag accepts one line of at most 100"),
        ([each for number in range(51) for each in ("--tag", str(number))], "at most 50 tags"),
    ],
)
def test_an_invalid_annotation_is_refused(
    deployment: Deployment, arguments: list[str], expected_error: str
) -> None:
    code, out, err = deployment.run("originals", "set", "cats/tom.jpg", *arguments)

    assert (code, out) == (2, "")
    assert expected_error in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--focal", "0,0", "--no-focal"],
        ["--tag", "a", "--no-tags"],
        ["--face", "0,0,1,1", "--no-faces"],
        ["--measured-faces", "--no-faces"],
    ],
)
def test_a_value_cannot_be_set_and_removed_at_once(
    deployment: Deployment, arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        deployment.run("originals", "set", "cats/tom.jpg", *arguments)

    assert stopped.value.code == 2


def test_a_key_is_escaped_in_a_terminal(deployment: Deployment) -> None:
    deployment.put("\x9b2J.jpg", b"no picture")

    _, ingested, _ = deployment.run("ingest", "--all")
    _, listed, _ = deployment.run("originals", "list")

    assert "\x9b" not in ingested + listed
    assert r"'\x9b2J.jpg'" in ingested


def test_an_error_of_aws_is_printed(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATALOG_TABLE", "another-table")

    code, _, err = deployment.run("originals", "show", "cats/tom.jpg")

    assert code == 2
    assert "ResourceNotFoundException" in err


@pytest.mark.usefixtures("filled")
def test_a_closed_output_is_no_traceback() -> None:
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
def run_server(variables: Mapping[str, str]) -> Iterator[None]:
    """Act as a server that runs in this directory."""
    with environment.claim_directory() as publish:
        publish(variables)
        yield


def test_a_running_server_has_a_file_that_only_its_owner_can_read(directory: Path) -> None:
    file = directory / ".calotype" / "serve.env"

    with run_server({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}):
        mode = stat.S_IMODE(file.stat().st_mode)
        text = file.read_text()

    assert (oct(mode), text) == ("0o600", "AWS_ENDPOINT_URL=http://127.0.0.1:1\n")
    assert not file.parent.exists()


def test_an_old_file_becomes_readable_by_its_owner_alone(directory: Path) -> None:
    file = directory / ".calotype" / "serve.env"
    file.parent.mkdir()
    file.write_text("SIGNING_KEYS=old\n")
    file.chmod(0o644)

    with run_server({"A": "new"}):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_text() == "A=new\n"


def test_a_second_server_in_a_directory_is_refused_and_the_first_keeps_its_file(
    directory: Path,
) -> None:
    file = directory / ".calotype" / "serve.env"

    with run_server({"A": "first", "CALOTYPE_URL": "http://127.0.0.1:8123"}):
        with (
            pytest.raises(BadSetting, match="already runs in this directory on port 8123"),
            environment.claim_directory(),
        ):
            pass
        assert "A=first" in file.read_text()
    with run_server({"A": "second"}):
        assert file.read_text() == "A=second\n"


def test_a_server_runs_without_its_file_if_that_cannot_be_written(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (directory / ".calotype").write_text("a file")

    with run_server({"A": "b"}):
        assert "will not find this server" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "SIGNING_KEYS='{", "no variable"])
@pytest.mark.usefixtures("capsys")
def test_an_incomplete_file_names_no_server(directory: Path, text: str) -> None:
    (directory / ".calotype").mkdir()
    (directory / ".calotype" / "serve.env").write_text(text)

    assert environment.find_server() is None
    assert main(["ingest", "--all"]) == 2


# The policy of the server of this directory.


@pytest.mark.usefixtures("directory")
def test_urls_are_signed_with_the_keys_of_the_local_server(
    endpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    served = {
        "AWS_ENDPOINT_URL": endpoint,
        "CALOTYPE_URL": "http://127.0.0.1:8123",
        "REQUIRE_SIGNATURE": "true",
        "SIGNING_KEYS": '{"2026":\n "a secret"}',
    }
    with run_server(served):
        signed = main(["sign", "http://127.0.0.1:8123/a.jpg?w=9"])
        built = main(["url", "a.jpg", "w=9"])
        inspected = main(["inspect", "http://127.0.0.1:8123/a.jpg?w=9"])
    out, err = capsys.readouterr()
    url = sign_url("http://127.0.0.1:8123/a.jpg?w=9", "2026", "a secret")

    assert (signed, built, inspected) == (0, 0, 1)
    assert out.splitlines()[0] == url
    assert f"signed     {url}" in out
    assert "a secret" not in out + err
    assert "using the server http://127.0.0.1:8123" in err


@pytest.mark.usefixtures("directory")
def test_an_environment_with_a_policy_is_unchanged(endpoint: str) -> None:
    own = {"SIGNING_KEYS": '{"mine": "x"}'}
    with run_server({"AWS_ENDPOINT_URL": endpoint, "REQUIRE_SIGNATURE": "true"}):
        variables = dict(own)
        environment.use_local_policy(variables)

    assert variables == own


@pytest.mark.usefixtures("directory")
def test_without_keys_nothing_is_signed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sign", "http://127.0.0.1:8080/a.jpg"]) == 2
    assert "SIGNING_KEYS is not set" in capsys.readouterr().err


@pytest.mark.usefixtures("directory")
def test_commands_use_the_server_of_this_directory(
    endpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    served = {"AWS_ENDPOINT_URL": endpoint, "ORIGINALS_BUCKET": "local", "NOTE": "a 'b' $c"}
    with run_server(served):
        variables = {"PATH": "/bin"}
        environment.use_local_server(variables)

    assert variables == {"PATH": "/bin"} | served
    assert "serve.env" in capsys.readouterr().err


@pytest.mark.usefixtures("directory")
def test_variables_that_are_set_keep_their_values(endpoint: str) -> None:
    served = {"AWS_ENDPOINT_URL": endpoint, "ORIGINALS_BUCKET": "local", "AWS_ACCESS_KEY_ID": "local"}  # fmt: skip
    own = {"AWS_ACCESS_KEY_ID": "mine", "AWS_PROFILE": "production"}
    with run_server(served):
        variables = dict(own)
        environment.use_local_server(variables)

    assert variables == served | own


@pytest.mark.usefixtures("directory")
def test_a_named_deployment_is_used_instead_of_the_local_server(endpoint: str) -> None:
    own = {"ORIGINALS_BUCKET": "mine"}
    with run_server({"AWS_ENDPOINT_URL": endpoint, "ORIGINALS_BUCKET": "local"}):
        variables = dict(own)
        environment.use_local_server(variables)

    assert variables == own


@pytest.mark.parametrize(
    "name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]
)
@pytest.mark.usefixtures("directory")
def test_an_environment_that_names_a_cloud_never_uses_the_local_server(
    endpoint: str, name: str
) -> None:
    variables = {name: "https://s3.example.com"}

    with (
        run_server({"AWS_ENDPOINT_URL": endpoint, "ORIGINALS_BUCKET": "local"}),
        pytest.raises(BadSetting, match="ORIGINALS_BUCKET is not set"),
    ):
        environment.use_local_server(variables)

    assert variables == {name: "https://s3.example.com"}


@pytest.mark.usefixtures("directory")
def test_without_a_deployment_the_missing_variable_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ingest", "--all"]) == 2
    assert "ORIGINALS_BUCKET is not set" in capsys.readouterr().err


@pytest.mark.usefixtures("directory")
def test_a_server_that_has_ended_is_not_used() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with (
        run_server({"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}),
        pytest.raises(BadSetting, match="has ended"),
    ):
        environment.use_local_server({})


# All commands together, in processes.


def calotype(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "infra.cli", *arguments]


def read_page(url: str) -> str:
    """Return the text of a page; empty while the server does not run."""
    try:
        return httpx.get(url, timeout=30).text
    except httpx.ConnectError:
        return ""


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "this did not happen in time"
        time.sleep(0.2)


def test_a_served_folder_is_ingested_and_announced_and_keeps_no_new_files(directory: Path) -> None:
    (directory / "pictures").mkdir()
    (directory / "pictures" / "tom.jpg").write_bytes(draw("jpeg"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    environ = os.environ | {"PYTHONPATH": str(Path(environment.__file__).parents[2])}
    serve = calotype("serve", "--originals", "pictures", "--port", str(port))
    with subprocess.Popen(serve, env=environ, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        printed = ""
        while "Stop with" not in printed:
            printed += server.stdout.readline()
        wait_until(lambda: '"event":"created"' in read_page(f"{base}/_/alerts.json"))

        listed = subprocess.run(
            calotype("originals", "list"), env=environ, capture_output=True, text=True, check=True
        )
        server.terminate()
        printed += server.stdout.read()

    assert listed.stdout.split()[0] == "ready"
    assert f"using the server {base}" in listed.stderr
    assert f"{base}/_/upload   upload a picture" in printed
    assert "alert  created" in printed
    assert server.returncode == 128 + signal.SIGTERM
    assert [path.name for path in directory.iterdir()] == ["pictures"]
