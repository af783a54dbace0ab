"""The ingest queue on a laptop: what is delivered, what comes again, what the edge forgets."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws
from starlette.applications import Starlette
from starlette.testclient import TestClient

from edge.local.distribution import Distribution
from infra.laptop.alerts import Alerts
from infra.laptop.cloud import ORIGINALS, create_resources
from infra.laptop.invalidations import Invalidations
from infra.laptop.loop import Loop, run_loops
from infra.laptop.worker import Worker
from origin_lambda.originals.messages import Changed, unwrap

Answer = Callable[[Sequence[Mapping[str, Any]]], Any]


@dataclass
class Line:
    """A queue in a furnished cloud, and a handler that keeps what it was invoked with."""

    environment: Mapping[str, str]
    answer: Answer = lambda _: {"batchItemFailures": []}
    events: list[Mapping[str, Any]] = field(default_factory=list)
    milliseconds: list[int] = field(default_factory=list)
    invocations: int = 0

    def __post_init__(self) -> None:
        self.sqs = boto3.client("sqs")
        self.s3 = boto3.client("s3")
        self.url = self.environment["INGEST_QUEUE_URL"]
        self.worker = Worker(self._handle, self.sqs, self.url, self._count_invocation)
        self.clear()

    def _handle(self, event: Mapping[str, Any], context: Any) -> Any:
        self.events.append(event)
        self.milliseconds.append(context.get_remaining_time_in_millis())
        return self.answer(event["Records"])

    def _count_invocation(self) -> None:
        self.invocations += 1

    def clear(self) -> None:
        """Drop S3's test event."""
        self.worker.deliver_batch()
        self.events.clear()
        self.invocations = 0

    def put(self, key: str) -> None:
        self.s3.put_object(Bucket=ORIGINALS, Key=key, Body=key.encode())

    def come_again_at_once(self) -> None:
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"VisibilityTimeout": "0"})

    def delivered(self) -> list[Any]:
        """Return what the handler was told, as ingest reads it."""
        records = [record for event in self.events for record in event["Records"]]
        return [notice for record in records for notice in unwrap({"Records": [record]}, ORIGINALS)]


@pytest.fixture
def line() -> Iterator[Line]:
    with mock_aws():
        yield Line(create_resources())


# What is delivered.


def test_an_object_that_comes_or_goes_is_delivered(line: Line) -> None:
    line.put("cats/a b+\u00e9.jpg")
    line.s3.delete_object(Bucket=ORIGINALS, Key="cats/a b+\u00e9.jpg")

    assert line.worker.deliver_batch() == 2
    assert line.delivered() == [Changed("cats/a b+\u00e9.jpg")] * 2


def test_a_message_looks_as_lambda_makes_it(line: Line) -> None:
    line.sqs.send_message(
        QueueUrl=line.url,
        MessageBody="{}",
        MessageAttributes={"event": {"DataType": "String", "StringValue": "sweep"}},
    )

    line.worker.deliver_batch()

    ((record,),) = [event["Records"] for event in line.events]
    assert record.keys() == {
        "messageId", "receiptHandle", "body", "attributes", "messageAttributes",
        "md5OfBody", "eventSource", "eventSourceARN", "awsRegion",
    }  # fmt: skip
    assert (record["eventSource"], record["body"]) == ("aws:sqs", "{}")
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["event"] == {
        "stringValue": "sweep", "stringListValues": [], "binaryListValues": [], "dataType": "String",
    }  # fmt: skip
    assert 59_000 < line.milliseconds[0] <= 60_000


def test_no_more_than_ten_are_delivered_together(line: Line) -> None:
    for number in range(12):
        line.put(f"{number}.jpg")

    assert [line.worker.deliver_batch() for _ in range(3)] == [10, 2, 0]
    assert [len(event["Records"]) for event in line.events] == [10, 2]


def test_alerts_are_not_delivered_to_ingest(line: Line) -> None:
    boto3.client("sns").publish(
        TopicArn=line.environment["ALERTS_TOPIC_ARN"],
        Message=json.dumps({"event": "created", "key": "a.jpg"}),
        MessageAttributes={"event": {"DataType": "String", "StringValue": "created"}},
    )

    assert line.worker.deliver_batch() == 0


def test_the_backlog_is_what_waits_to_be_delivered(line: Line) -> None:
    line.put("a.jpg")
    line.put("b.jpg")
    line.sqs.send_message(QueueUrl=line.url, MessageBody="{}", DelaySeconds=90)

    assert line.worker.count_waiting() == 2


# What comes again.


def test_what_succeeded_is_deleted_and_what_failed_comes_again(line: Line) -> None:
    line.come_again_at_once()
    line.put("a.jpg")
    line.put("b.jpg")
    line.answer = lambda records: {
        "batchItemFailures": [
            {"itemIdentifier": record["messageId"]}
            for record in records
            if "a.jpg" in record["body"]
        ]
    }

    line.worker.deliver_batch()
    line.worker.deliver_batch()

    assert line.delivered() == [Changed("a.jpg"), Changed("b.jpg"), Changed("a.jpg")]


def test_what_failed_is_left_alone_for_a_while(line: Line) -> None:
    line.put("a.jpg")
    line.answer = lambda records: {
        "batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in records]
    }

    assert [line.worker.deliver_batch(), line.worker.deliver_batch()] == [1, 0]


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": None}, {"batchItemFailures": []}])  # fmt: skip
def test_an_answer_that_names_no_failure_means_success(line: Line, answer: Any) -> None:
    line.come_again_at_once()
    line.put("a.jpg")
    line.answer = lambda _: answer

    assert [line.worker.deliver_batch(), line.worker.deliver_batch()] == [1, 0]


@pytest.mark.parametrize(
    "answer",
    [
        "done",
        {"batchItemFailures": [{"itemIdentifier": "another"}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"id": "x"}]},
        {"batchItemFailures": 7},
    ],
)
def test_an_answer_that_cannot_be_understood_means_failure(line: Line, answer: Any) -> None:
    line.come_again_at_once()
    line.put("a.jpg")
    line.answer = lambda _: answer

    assert [line.worker.deliver_batch(), line.worker.deliver_batch()] == [1, 1]


def test_a_batch_whose_handler_crashes_comes_again(
    line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    line.come_again_at_once()
    line.put("a.jpg")
    line.answer = lambda records: records[7]

    assert [line.worker.deliver_batch(), line.worker.deliver_batch()] == [1, 1]
    assert "IndexError" in capsys.readouterr().out


def test_what_fails_five_times_lands_in_the_dead_letters(line: Line) -> None:
    line.come_again_at_once()
    line.put("a.jpg")
    line.answer = lambda records: {
        "batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in records]
    }

    deliveries = [line.worker.deliver_batch() for _ in range(7)]

    dead = line.sqs.receive_message(
        QueueUrl=line.sqs.get_queue_url(QueueName="calotype-ingest-dead")["QueueUrl"]
    )
    assert deliveries == [1] * 5 + [0] * 2
    assert "a.jpg" in dead["Messages"][0]["Body"]


# What is in a hurry.


def test_a_key_in_a_hurry_is_delivered_before_all_that_waits(line: Line) -> None:
    for number in range(3):
        line.put(f"{number}.jpg")

    assert line.worker.ingest_now(ORIGINALS, "cats/a b+\u00e9.jpg", 5)

    assert line.delivered() == [Changed("cats/a b+\u00e9.jpg")]
    assert line.worker.count_waiting() == 3


def test_a_hurry_tries_again_while_another_is_at_it(line: Line) -> None:
    line.answer = lambda records: {
        "batchItemFailures": [{"itemIdentifier": records[0]["messageId"]}]
        if len(line.events) < 3
        else []
    }

    assert line.worker.ingest_now(ORIGINALS, "tom.jpg", 5)
    assert len(line.events) == 3


def test_a_hurry_has_an_end(line: Line) -> None:
    line.answer = lambda _: "nonsense"

    assert not line.worker.ingest_now(ORIGINALS, "tom.jpg", 0.5)
    assert 1 < len(line.events) < 5


# What the edge forgets.


@dataclass
class Forgetful:
    """An edge that keeps what it was told to forget; each time takes it so many seconds."""

    forgotten: list[list[str]] = field(default_factory=list)
    slow: float = 0

    def invalidate(self, paths: Sequence[str]) -> None:
        time.sleep(self.slow)
        self.forgotten.append(list(paths))


@pytest.fixture
def edge() -> Forgetful:
    return Forgetful()


@pytest.fixture
def invalidations(line: Line, edge: Forgetful) -> Invalidations:
    cloudfront = boto3.client("cloudfront")
    known = line.environment["DISTRIBUTION_ID"]
    return Invalidations(cloudfront, known, cast("Distribution", edge))


def ask(invalidations: Invalidations, *paths: str) -> None:
    invalidations.client.create_invalidation(
        DistributionId=invalidations.distribution_id,
        InvalidationBatch={
            "Paths": {"Quantity": len(paths), "Items": list(paths)},
            "CallerReference": str(time.perf_counter()),
        },
    )


def test_each_invalidation_is_done_once_and_in_its_turn(
    invalidations: Invalidations, edge: Forgetful
) -> None:
    ask(invalidations, "/a%20b/*", "/c/*")
    ask(invalidations, "/d/*")
    invalidations.apply()
    invalidations.apply()
    ask(invalidations, "/e/*")
    invalidations.apply()

    assert edge.forgotten == [["/a%20b/*", "/c/*"], ["/d/*"], ["/e/*"]]


def test_more_invalidations_than_a_page_has_are_done(
    invalidations: Invalidations, edge: Forgetful
) -> None:
    for number in range(103):
        ask(invalidations, f"/{number}/*")

    invalidations.apply()

    assert edge.forgotten == [[f"/{number}/*"] for number in range(103)]


def test_who_applies_waits_for_another_that_is_at_it(
    invalidations: Invalidations, edge: Forgetful
) -> None:
    edge.slow = 0.3
    ask(invalidations, "/a/*")
    other = threading.Thread(target=invalidations.apply)
    other.start()
    time.sleep(0.1)

    invalidations.apply()

    assert edge.forgotten == [["/a/*"]]
    other.join()


def test_the_edge_is_seen_to_after_every_invocation_and_when_there_is_none(line: Line) -> None:
    line.put("a.jpg")
    line.worker.poll()
    after_a_batch = line.invocations
    line.answer = lambda _: "nonsense"
    line.worker.ingest_now(ORIGINALS, "b.jpg", 0)
    after_a_failure = line.invocations
    line.worker.poll()

    assert (after_a_batch, after_a_failure, line.invocations) == (1, 2, 3)


# What subscribers hear.


@pytest.fixture
def alerts(line: Line) -> Alerts:
    return Alerts(line.sqs, line.environment["ALERTS_SEEN_URL"])


def announce(line: Line, message: Mapping[str, Any], **attributes: str) -> None:
    boto3.client("sns").publish(
        TopicArn=line.environment["ALERTS_TOPIC_ARN"],
        Message=json.dumps(message),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()
        },
    )


def test_every_alert_is_told_in_a_line(
    line: Line, alerts: Alerts, capsys: pytest.CaptureFixture[str]
) -> None:
    announce(line, {"event": "created", "key": "cats/tom.jpg", "reason": None}, event="created")
    reason = {"code": "not-a-picture", "message": "it is a poem"}
    announce(line, {"event": "rejected", "key": "\x1b[2J.jpg", "reason": reason}, event="rejected")

    assert [alerts.poll(0), alerts.poll(0)] == [2, 0]
    first, second = capsys.readouterr().out.splitlines()
    assert first.split() == ["alert", "created", "'cats/tom.jpg'"]
    assert second.split(maxsplit=3) == ["alert", "rejected", r"'\x1b[2J.jpg'", "it is a poem"]


def test_the_page_is_told_of_alerts_newest_first_and_only_of_those_it_lacks(
    line: Line, alerts: Alerts
) -> None:
    for event in ("created", "replaced"):
        announce(line, {"event": event, "key": "cats/a b.jpg"}, event=event, prefix="cats/")
    alerts.poll(0)
    page = TestClient(Starlette(routes=alerts.build_routes()))

    everything = page.get("/_/alerts.json").json()
    newer = page.get("/_/alerts.json?after=1").json()
    nothing = page.get("/_/alerts.json?after=2").json()
    nonsense = page.get(f"/_/alerts.json?after={'9' * 5_000}").json()

    assert [alert["message"]["event"] for alert in everything["alerts"]] == ["replaced", "created"]
    newest = everything["alerts"][0]
    assert newest["path"] == "/cats/a%20b.jpg"
    assert newest["attributes"] == {"event": "replaced", "prefix": "cats/"}
    assert newer == {"newest": 2, "alerts": [newest]}
    assert nothing == {"newest": 2, "alerts": []}
    assert nonsense == everything


def test_the_page_stands_by_itself(alerts: Alerts) -> None:
    page = TestClient(Starlette(routes=alerts.build_routes())).get("/_/alerts")

    assert page.headers["content-type"].startswith("text/html")
    assert "innerHTML" not in page.text
    assert "http:" not in page.text.replace("http://www.w3.org", "")
    assert "https:" not in page.text


# What goes on beside the server.


def test_a_loop_takes_turns_until_it_is_left() -> None:
    turns: list[int] = []
    enough = threading.Event()

    def turn() -> None:
        turns.append(1)
        if len(turns) >= 3:
            enough.set()

    with run_loops(Loop("turns", turn)):
        assert enough.wait(10)
    taken = len(turns)
    time.sleep(0.05)

    assert len(turns) == taken


def test_a_turn_that_fails_is_told_and_followed_by_another(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.laptop.loop._AFTER_FAILURE", 0.01)
    turns: list[int] = []
    again = threading.Event()

    def turn() -> None:
        turns.append(1)
        if len(turns) == 1:
            message = "the queue is gone"
            raise OSError(message)
        again.set()

    with run_loops(Loop("turns", turn, 0.01)):
        assert again.wait(10)

    assert "turns: OSError('the queue is gone')" in capsys.readouterr().out
