"""The smoke test: what it reports about working and faulty deployments."""

import dataclasses
import io
import itertools
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from moto import mock_aws
from PIL import Image

from infra.aws.commands import smoke
from infra.aws.commands.smoke import SmokeTest
from infra.aws.outputs import Outputs
from infra.aws.smoke import questions as asked
from infra.aws.smoke.client import Client, NotAsked, SmokeFailed
from infra.aws.smoke.pictures import COLOUR, draw_noise
from infra.aws.smoke.questions import AWKWARD_NAMES, QUESTIONS, Run
from infra.aws.smoke.report import Result
from infra.aws.smoke.subscriber import Subscriber

SESSION: Final = boto3.Session(region_name="us-east-1")
"""One for all tests, because each reads the models of its services again."""


def encode_picture(kind: str = "WEBP", size: tuple[int, int] = (48, 32)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind)
    return buffer.getvalue()


@dataclass
class Front:
    """A fake distribution; *first* are the statuses of its first answers."""

    url: str = ""
    status: int = 200
    kind: str = "image/webp"
    body: bytes = field(default_factory=encode_picture)
    requests: list[str] = field(default_factory=list)
    first: list[int] = field(default_factory=list)


@pytest.fixture
def front() -> Iterator[Front]:
    front = Front()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            front.requests.append(self.path)
            self.send_response(front.first.pop(0) if front.first else front.status)
            self.send_header("content-type", front.kind)
            self.send_header("x-cache", "Miss from cloudfront")
            self.end_headers()
            self.wfile.write(front.body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    front.url = f"http://127.0.0.1:{server.server_port}"
    yield front
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def signing_keys() -> Iterator[str]:
    """Create what the outputs name, once for all tests; return the secret of keys."""
    with mock_aws():
        SESSION.client("s3").create_bucket(Bucket="originals")
        yield SESSION.client("secretsmanager").create_secret(
            Name="keys", SecretString='{"old": "x", "new": "a secret"}'
        )["ARN"]


@pytest.fixture
def topic(signing_keys: str) -> Iterator[str]:  # noqa: ARG001 reason: it starts moto
    sns = SESSION.client("sns")
    topic: str = sns.create_topic(Name="alerts")["TopicArn"]
    yield topic
    sns.delete_topic(TopicArn=topic)


@pytest.fixture
def outputs(front: Front, signing_keys: str, topic: str) -> Outputs:
    return Outputs(
        front.url, "originals", "derivatives", "catalog", topic, "queue", signing_keys, "origin"
    )


@dataclass(frozen=True, slots=True)
class WithoutIngest(Client):
    """A client that reads this status from the catalog, and another version each time."""

    status: str = "ready"
    versions: Iterator[int] = field(default_factory=itertools.count)

    def read_record(self, key: str) -> dict[str, str]:
        del key
        return {"status": self.status, "version": str(next(self.versions))}


def build_client(outputs: Outputs, front: Front, **options: Any) -> tuple[Client, list[str]]:
    lines: list[str] = []
    times = {"ingest_timeout": 0, "propagation_timeout": 0, "edge_timeout": 0, "pause": 0}
    return WithoutIngest(outputs, front.url, lines.append, SESSION, **times | options), lines


def build_test(outputs: Outputs, front: Front, **options: Any) -> tuple[SmokeTest, list[str]]:
    """Return a test of the questions that all others need, and the lines that it reports."""
    client, lines = build_client(outputs, front, **options)
    basic = [question for question in QUESTIONS if question.others_need]
    return SmokeTest(client, lines.append, basic), lines


def list_originals() -> list[str]:
    listed = SESSION.client("s3").list_objects_v2(Bucket="originals")
    return [entry["Key"] for entry in listed.get("Contents", [])]


def test_each_answer_of_a_working_deployment_is_reported(outputs: Outputs, front: Front) -> None:
    test, lines = build_test(outputs, front)

    test.run()

    assert [line.partition(": ")[0] for line in lines] == [
        *("upload", "ingest", "derivative", "removed 1 originals")
    ]
    assert "first answer: 48x32 webp" in lines[2]
    assert "Miss from cloudfront" in lines[2]
    assert all("fm=webp" in path and "sig=new." in path for path in front.requests)
    assert [entry.result for entry in test.entries] == [Result.PROVEN] * 3
    assert list_originals() == []


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"status": 403}, "answered 403"),
        ({"kind": "image/jpeg"}, "is image/jpeg instead of image/webp"),
        ({"body": encode_picture(size=(96, 64))}, r"has \(96, 64\) pixels instead of \(48, 32\)"),
        ({"body": b"no picture"}, "the answer of 10 bytes is no picture"),
    ],
)
def test_a_fault_is_reported_in_one_sentence_and_the_picture_is_removed(
    outputs: Outputs, front: Front, changes: dict[str, object], message: str
) -> None:
    for name, value in changes.items():
        setattr(front, name, value)
    test, _ = build_test(outputs, front)

    with pytest.raises(SmokeFailed, match=message):
        test.run()
    assert list_originals() == []


@pytest.mark.parametrize("status", [403, 500, 502, 503])
def test_403_and_5xx_of_a_new_edge_are_tried_again(
    outputs: Outputs, front: Front, status: int
) -> None:
    front.first = [status, status]
    test, lines = build_test(outputs, front, propagation_timeout=30)

    test.run()

    assert [line.split(",")[0] for line in lines[2:4]] == [f"answered {status}: trying again"] * 2
    assert len(front.requests) == 4


def test_the_second_answer_is_not_tried_again(outputs: Outputs, front: Front) -> None:
    front.first = [200, 503]
    test, _ = build_test(outputs, front, propagation_timeout=30)

    with pytest.raises(SmokeFailed, match="answered 503"):
        test.run()
    assert len(front.requests) == 2


def test_a_lasting_refusal_fails_after_the_timeout(outputs: Outputs, front: Front) -> None:
    front.status = 403
    test, _ = build_test(outputs, front, propagation_timeout=0.2, pause=0.01)

    with pytest.raises(SmokeFailed, match="answered 403"):
        test.run()
    assert len(front.requests) > 2


@pytest.mark.parametrize("status", [400, 404])
def test_other_errors_fail_at_once(outputs: Outputs, front: Front, status: int) -> None:
    front.status = status
    test, _ = build_test(outputs, front, propagation_timeout=30)

    with pytest.raises(SmokeFailed, match=f"answered {status}"):
        test.run()
    assert len(front.requests) == 1


@pytest.mark.parametrize(
    "status, message",
    [("rejected", "ingest rejected the picture"), ("waiting", "the original is still waiting")],
)
def test_an_original_that_is_not_ingested_fails_the_test_and_nothing_else_is_asked(
    outputs: Outputs, front: Front, status: str, message: str
) -> None:
    test, _ = build_test(outputs, front, status=status)

    with pytest.raises(SmokeFailed, match=message):
        test.run()
    assert [entry.name for entry in test.entries] == ["upload", "ingest"]


# Each question, with an answer that it must not accept.


@pytest.fixture
def run(outputs: Outputs, front: Front) -> Iterator[Run]:
    client, _ = build_client(outputs, front)
    run = Run(client, main="calotype-smoke/picture.png", originals=["calotype-smoke/picture.png"])
    yield run
    run.close()


def test_a_wrong_signature_must_be_refused(run: Run, front: Front) -> None:
    with pytest.raises(SmokeFailed, match="a wrong signature was answered 200"):
        asked.ask_signature(run)
    front.status = 403

    assert "a wrong signature is 403" in asked.ask_signature(run)
    assert front.requests[0] != run.client.build_urls(run.main, w=47)[1].removeprefix(front.url)


def test_every_awkward_name_is_asked_for_percent_encoded(run: Run, front: Front) -> None:
    assert "日本" in asked.ask_keys(run)

    assert len(front.requests) == len(AWKWARD_NAMES)
    assert all(path.isascii() and " " not in path for path in front.requests)
    assert "%F0%9F%99%82" in front.requests[-2]
    assert "100%20%25" in front.requests[-1]
    assert len(list_originals()) == len(AWKWARD_NAMES)
    front.status = 403
    with pytest.raises(SmokeFailed, match="answered 403"):
        asked.ask_keys(run)


def test_another_format_than_the_url_names_is_a_failure(run: Run) -> None:
    with pytest.raises(SmokeFailed, match="fm=avif is image/webp as image/webp, not image/avif"):
        asked.ask_formats(run)


def test_a_large_answer_must_be_larger_than_lambda_allows(run: Run, front: Front) -> None:
    with pytest.raises(SmokeFailed, match=r"has \d+ bytes only"):
        asked.ask_large(run)
    front.body = draw_noise((1700, 1400))

    assert "7,1" in asked.ask_large(run)


def test_an_old_picture_fails_after_the_time_of_the_edge(run: Run, front: Front) -> None:
    with pytest.raises(SmokeFailed, match="the old picture is still served"):
        asked.ask_replaced(run)
    buffer = io.BytesIO()
    Image.new("RGB", (48, 32), COLOUR).save(buffer, "WEBP")
    front.body = buffer.getvalue()

    assert "new pixels 0 s after the ingest" in asked.ask_replaced(run)


def test_the_url_of_a_deleted_original_must_be_404(run: Run, front: Front) -> None:
    with pytest.raises(SmokeFailed, match="a deleted original is answered 200"):
        asked.ask_deleted(run)
    front.first = [404]

    assert "404 after" in asked.ask_deleted(run)


def test_an_alert_that_does_not_come_is_a_failure_and_the_queue_is_deleted(
    outputs: Outputs, front: Front
) -> None:
    client, _ = build_client(outputs, front)
    run = Run(client)

    with pytest.raises(SmokeFailed, match="no alert 'created' after 0 s"):
        asked.ask_alert(run)
    assert SESSION.client("sqs").list_queues()["QueueUrls"]
    run.close()
    assert not SESSION.client("sqs").list_queues().get("QueueUrls")
    assert not SESSION.client("sns").list_subscriptions()["Subscriptions"]
    assert list_originals() == []


def test_an_alert_is_received_by_a_queue(outputs: Outputs, front: Front) -> None:
    client, _ = build_client(outputs, front, ingest_timeout=9)
    subscriber = Subscriber.subscribe(client, "queue")

    for event, key in (("rejected", "a.png"), ("created", "b.png")):
        SESSION.client("sns").publish(
            TopicArn=outputs.alerts,
            Message=json.dumps({"event": event, "key": key}),
            MessageAttributes={"event": {"DataType": "String", "StringValue": event}},
        )

    assert subscriber.await_alert("created", "b.png") < 9
    assert [each["event"] for each in subscriber.received] == ["created"]
    subscriber.close()


def test_cold_starts_are_read_from_the_log(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "read_log_group", lambda *_: "origin-log")
    logs = SESSION.client("logs")
    with pytest.raises(NotAsked, match="ResourceNotFoundException"):
        asked.ask_cold_start(run)
    logs.create_log_group(logGroupName="origin-log")
    logs.create_log_stream(logGroupName="origin-log", logStreamName="s")
    with pytest.raises(NotAsked, match="no cold start"):
        asked.ask_cold_start(run)
    now = int(1000 * time.time())
    lines = [
        "REPORT RequestId: 1 Duration: 9.1 ms Init Duration: 345.67 ms",
        "REPORT RequestId: 2 Duration: 9.1 ms",
        "REPORT RequestId: 3 Duration: 9.1 ms Init Duration: 401.2 ms",
    ]
    events = [{"timestamp": now, "message": line} for line in lines]
    logs.put_log_events(logGroupName="origin-log", logStreamName="s", logEvents=events)

    assert asked.ask_cold_start(run) == "2 cold starts, from 346 to 401 ms"


def test_a_stage_without_an_edge_is_not_asked_for_its_function(run: Run) -> None:
    with pytest.raises(NotAsked, match="no edge function"):
        asked.ask_edge_function(run)


def test_names_of_originals_fit_the_deployment(outputs: Outputs, front: Front) -> None:
    limited = dataclasses.replace(outputs, originals_prefix="img/", originals_suffixes=".jpg,.gif")
    client, _ = build_client(limited, front)

    assert Run(client, id="1").name_original("a b") == "img/calotype-smoke/1/a b.jpg"


def test_all_questions_are_asked_although_one_fails(outputs: Outputs, front: Front) -> None:
    client, lines = build_client(outputs, front)
    test = SmokeTest(client, lines.append)

    with pytest.raises(SmokeFailed, match="signature: a wrong signature was answered 200"):
        test.run()
    results = {entry.name: entry.result for entry in test.entries}
    assert results.keys() == {question.name for question in QUESTIONS}
    assert results["keys"] is Result.PROVEN
    assert results["alert"] is Result.FAILED
    assert results["edge function"] is Result.NOT_ASKED
    assert list_originals() == []


def test_the_command_fails_with_one_sentence_and_writes_its_report(
    outputs: Outputs, front: Front, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "outputs.json"
    stack_outputs = {
        "Url": front.url,
        "OriginalsBucket": "a-bucket-that-is-not-there",
        "DerivativesBucket": "derivatives",
        "CatalogTable": "catalog",
        "AlertsTopic": "topic",
        "IngestQueueUrl": "queue",
        "SigningKeys": outputs.signing_keys,
        "OriginFunction": "origin",
    }
    path.write_text(json.dumps({"calotype-dev": stack_outputs}))

    assert smoke.main([str(path)]) == 1
    assert "smoke test failed: upload: " in capsys.readouterr().err
    report = (tmp_path / "outputs-smoke.md").read_text()
    assert "on AWS in us-east-1." in report
    assert "| upload | A presigned POST stores an original | failed | An error occurred" in report
    assert smoke.main([str(tmp_path / "none.json")]) == 1
    assert "does not have the outputs of one stage" in capsys.readouterr().err
