"""The trial of a deployment: what it says of one that does not do what it should."""

import io
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from PIL import Image

from infra.aws.commands import smoke
from infra.aws.commands.smoke import SmokeFailed, SmokeTest
from infra.aws.outputs import Outputs


def picture(kind: str = "WEBP", size: tuple[int, int] = (48, 32)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind)
    return buffer.getvalue()


@dataclass
class Front:
    """What answers in the distribution's place."""

    url: str = ""
    status: int = 200
    kind: str = "image/webp"
    body: bytes = field(default_factory=picture)
    asked: list[str] = field(default_factory=list)
    first: list[int] = field(default_factory=list)


@pytest.fixture
def front() -> Iterator[Front]:
    told = Front()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            self.send_response(told.first.pop(0) if told.first else told.status)
            self.send_header("content-type", told.kind)
            self.send_header("x-cache", "Miss from cloudfront")
            self.end_headers()
            self.wfile.write(told.body)

        def log_message(self, *said: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    yield told
    server.shutdown()
    server.server_close()


@pytest.fixture
def outputs(front: Front) -> Iterator[Outputs]:
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="originals")
        boto3.client("dynamodb").create_table(
            TableName="catalog",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        )
        keys = boto3.client("secretsmanager").create_secret(
            Name="keys", SecretString='{"old": "x", "new": "a secret"}'
        )["ARN"]
        yield Outputs(
            front.url, "originals", "derivatives", "catalog", "topic", "queue", keys, "origin"
        )


@dataclass(frozen=True, slots=True)
class Ingested(SmokeTest):
    """A trial of a deployment whose ingest says at once what it says."""

    status: str = "ready"

    def _status(self, key: str) -> str:
        return self.status


def trial(outputs: Outputs, front: Front, **told: Any) -> tuple[SmokeTest, list[str]]:
    lines: list[str] = []
    times = {"patience": 0, "settling": 0, "pause": 0}
    return Ingested(outputs, front.url, lines.append, **times | told), lines


def originals() -> list[str]:
    listed = boto3.client("s3").list_objects_v2(Bucket="originals")
    return [entry["Key"] for entry in listed.get("Contents", [])]


def test_a_deployment_that_works_is_told_step_by_step(outputs: Outputs, front: Front) -> None:
    tried, lines = trial(outputs, front)

    tried.run()

    assert [line.partition(" ")[0] for line in lines] == [
        "put",
        "ingested",
        "first",
        "second",
        "removed",
    ]
    assert "48x32 webp" in lines[2]
    assert "Miss from cloudfront" in lines[2]
    assert all("fm=webp" in path and "sig=new." in path for path in front.asked)
    assert originals() == []


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"status": 403}, "answered 403"),
        ({"kind": "image/jpeg"}, "is image/jpeg instead of image/webp"),
        ({"body": picture(size=(96, 64))}, r"has \(96, 64\) pixels instead of \(48, 32\)"),
        ({"body": b"no picture"}, "the answer of 10 bytes is no picture"),
    ],
)
def test_one_that_does_not_is_told_in_a_sentence_and_cleaned_up(
    outputs: Outputs, front: Front, changes: dict[str, object], told: str
) -> None:
    for name, value in changes.items():
        setattr(front, name, value)
    tried, _ = trial(outputs, front)

    with pytest.raises(SmokeFailed, match=told):
        tried.run()
    assert originals() == []


@pytest.mark.parametrize("status", [403, 500, 502, 503])
def test_what_is_not_at_every_edge_yet_is_asked_for_again(
    outputs: Outputs, front: Front, status: int
) -> None:
    front.first = [status, status]
    tried, lines = trial(outputs, front, settling=30)

    tried.run()

    assert [line.split(",")[0] for line in lines[2:4]] == [f"answered {status}: asking again"] * 2
    assert len(front.asked) == 4


def test_a_second_answer_must_be_there_at_once(outputs: Outputs, front: Front) -> None:
    front.first = [200, 503]
    tried, _ = trial(outputs, front, settling=30)

    with pytest.raises(SmokeFailed, match="answered 503"):
        tried.run()
    assert len(front.asked) == 2


def test_what_stays_refused_is_told_after_a_while(outputs: Outputs, front: Front) -> None:
    front.status = 403
    tried, _ = trial(outputs, front, settling=0.2, pause=0.01)

    with pytest.raises(SmokeFailed, match="answered 403"):
        tried.run()
    assert len(front.asked) > 2


@pytest.mark.parametrize("status", [400, 404])
def test_what_no_waiting_mends_is_told_at_once(outputs: Outputs, front: Front, status: int) -> None:
    front.status = status
    tried, _ = trial(outputs, front, settling=30)

    with pytest.raises(SmokeFailed, match=f"answered {status}"):
        tried.run()
    assert len(front.asked) == 1


@pytest.mark.parametrize(
    "status, told",
    [("rejected", "ingest rejected the picture"), ("waiting", "the original is still waiting")],
)
def test_an_ingest_that_does_not_come_is_told(
    outputs: Outputs, front: Front, status: str, told: str
) -> None:
    tried, _ = trial(outputs, front, status=status)

    with pytest.raises(SmokeFailed, match=told):
        tried.run()


def test_the_command_fails_with_a_sentence(
    outputs: Outputs, front: Front, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "outputs.json"
    told = {
        "Url": front.url,
        "OriginalsBucket": "a-bucket-that-is-not-there",
        "DerivativesBucket": "derivatives",
        "CatalogTable": "catalog",
        "AlertsTopic": "topic",
        "IngestQueueUrl": "queue",
        "SigningKeys": outputs.signing_keys,
        "OriginFunction": "origin",
    }
    path.write_text(json.dumps({"calotype-dev": told}))

    assert smoke.main([str(path)]) == 1
    assert "smoke test could not be made: " in capsys.readouterr().err
    assert smoke.main([str(tmp_path / "none.json")]) == 1
    assert "does not have the outputs of one stage" in capsys.readouterr().err
