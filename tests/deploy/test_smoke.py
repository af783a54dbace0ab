"""The smoke test: what it reports about working and faulty deployments."""

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


def encode_picture(
    kind: str = "WEBP", size: tuple[int, int] = (48, 32), colour: str = "teal"
) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return buffer.getvalue()


@dataclass
class Front:
    """A fake distribution; *first* are the statuses of its first answers.

    Once the key with escapes was answered twice, it answers the picture of its replaced original.
    """

    url: str = ""
    status: int = 200
    kind: str = "image/webp"
    body: bytes = field(default_factory=encode_picture)
    requests: list[str] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    replaced: bytes = field(default_factory=lambda: encode_picture(colour="red"))


@pytest.fixture
def front() -> Iterator[Front]:
    front = Front()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            front.requests.append(self.path)
            escaped = [path for path in front.requests if "%C3%A9t" in path]
            self.send_response(front.first.pop(0) if front.first else front.status)
            self.send_header("content-type", front.kind)
            self.send_header("x-cache", "Miss from cloudfront")
            self.end_headers()
            self.wfile.write(front.body if len(escaped) < 3 else front.replaced)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    front.url = f"http://127.0.0.1:{server.server_port}"
    yield front
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


_TIMES = ("ingest_timeout", "propagation_timeout", "invalidation_timeout", "pause")


@dataclass(frozen=True, slots=True)
class WithoutIngest(SmokeTest):
    """A smoke test that reads this status from the catalog."""

    status: str = "ready"

    def _read_status(self, key: str, version: str) -> str:
        return self.status


def build_test(outputs: Outputs, front: Front, **options: Any) -> tuple[SmokeTest, list[str]]:
    lines: list[str] = []
    times: dict[str, Any] = dict.fromkeys(_TIMES, 0) | options
    return WithoutIngest(outputs, front.url, lines.append, **times), lines


def list_originals() -> list[str]:
    listed = boto3.client("s3").list_objects_v2(Bucket="originals")
    return [entry["Key"] for entry in listed.get("Contents", [])]


def test_each_step_of_a_working_deployment_is_reported(outputs: Outputs, front: Front) -> None:
    test, lines = build_test(outputs, front)

    test.run()

    assert [line.partition(" ")[0] for line in lines] == [
        "put",
        "ingested",
        "first",
        "second",
        "removed",
        *("put", "ingested", "first", "second", "put", "ingested", "the", "removed"),
    ]
    assert "48x32 webp" in lines[2]
    assert "Miss from cloudfront" in lines[2]
    assert all("fm=webp" in path and "sig=new." in path for path in front.requests)
    assert [path.count("/%C3%A9t%C3%A9%20") for path in front.requests] == [0, 0, 1, 1, 1]
    assert list_originals() == []


def test_a_replaced_picture_that_stays_fails_the_test(outputs: Outputs, front: Front) -> None:
    front.replaced = front.body
    test, _ = build_test(outputs, front, invalidation_timeout=0)

    with pytest.raises(SmokeFailed, match="still shows the replaced picture after 0 s"):
        test.run()
    assert list_originals() == []


def test_a_403_of_a_key_with_escapes_alone_fails_the_test(outputs: Outputs, front: Front) -> None:
    front.first = [200, 200, 403]
    test, _ = build_test(outputs, front)

    with pytest.raises(SmokeFailed, match=r"%C3%A9t%C3%A9.* answered 403"):
        test.run()
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
    assert len(front.requests) == 7


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
def test_an_original_that_is_not_ingested_fails_the_test(
    outputs: Outputs, front: Front, status: str, message: str
) -> None:
    test, _ = build_test(outputs, front, status=status)

    with pytest.raises(SmokeFailed, match=message):
        test.run()


def test_the_command_fails_with_one_sentence(
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
    assert "smoke test could not run: " in capsys.readouterr().err
    assert smoke.main([str(tmp_path / "none.json")]) == 1
    assert "does not have the outputs of one stage" in capsys.readouterr().err
