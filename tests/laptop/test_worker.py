"""Ingest, invalidations and alerts on a laptop: deliveries, retries, and background loops."""

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
class World:
    """A queue, and a handler that records its invocations and answers with *answer*."""

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

    def redeliver_at_once(self) -> None:
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"VisibilityTimeout": "0"})

    def deliveries(self) -> list[Any]:
        """Return the messages that the handler received, parsed as ingest does."""
        records = [record for event in self.events for record in event["Records"]]
        return [
            message for record in records for message in unwrap({"Records": [record]}, ORIGINALS)
        ]


@pytest.fixture
def world() -> Iterator[World]:
    with mock_aws():
        yield World(create_resources())


# Deliveries.


def test_events_of_added_and_deleted_objects_are_delivered(world: World) -> None:
    world.put("cats/a b+\u00e9.jpg")
    world.s3.delete_object(Bucket=ORIGINALS, Key="cats/a b+\u00e9.jpg")

    assert world.worker.deliver_batch() == 2
    assert world.deliveries() == [Changed("cats/a b+\u00e9.jpg")] * 2


def test_a_message_has_lambdas_form(world: World) -> None:
    world.sqs.send_message(
        QueueUrl=world.url,
        MessageBody="{}",
        MessageAttributes={"event": {"DataType": "String", "StringValue": "sweep"}},
    )

    world.worker.deliver_batch()

    ((record,),) = [event["Records"] for event in world.events]
    assert record.keys() == {
        "messageId", "receiptHandle", "body", "attributes", "messageAttributes",
        "md5OfBody", "eventSource", "eventSourceARN", "awsRegion",
    }  # fmt: skip
    assert (record["eventSource"], record["body"]) == ("aws:sqs", "{}")
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["event"] == {
        "stringValue": "sweep", "stringListValues": [], "binaryListValues": [], "dataType": "String",
    }  # fmt: skip
    assert 59_000 < world.milliseconds[0] <= 60_000


def test_a_batch_has_at_most_ten_messages(world: World) -> None:
    for number in range(12):
        world.put(f"{number}.jpg")

    assert [world.worker.deliver_batch() for _ in range(3)] == [10, 2, 0]
    assert [len(event["Records"]) for event in world.events] == [10, 2]


def test_alerts_are_not_delivered_to_ingest(world: World) -> None:
    boto3.client("sns").publish(
        TopicArn=world.environment["ALERTS_TOPIC_ARN"],
        Message=json.dumps({"event": "created", "key": "a.jpg"}),
        MessageAttributes={"event": {"DataType": "String", "StringValue": "created"}},
    )

    assert world.worker.deliver_batch() == 0


def test_delayed_messages_are_not_counted_as_waiting(world: World) -> None:
    world.put("a.jpg")
    world.put("b.jpg")
    world.sqs.send_message(QueueUrl=world.url, MessageBody="{}", DelaySeconds=90)

    assert world.worker.count_waiting() == 2


# Retries.


def test_a_success_is_deleted_and_a_failure_is_delivered_again(world: World) -> None:
    world.redeliver_at_once()
    world.put("a.jpg")
    world.put("b.jpg")
    world.answer = lambda records: {
        "batchItemFailures": [
            {"itemIdentifier": record["messageId"]}
            for record in records
            if "a.jpg" in record["body"]
        ]
    }

    world.worker.deliver_batch()
    world.worker.deliver_batch()

    assert world.deliveries() == [Changed("a.jpg"), Changed("b.jpg"), Changed("a.jpg")]


def test_a_failure_is_not_delivered_again_at_once(world: World) -> None:
    world.put("a.jpg")
    world.answer = lambda records: {
        "batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in records]
    }

    assert [world.worker.deliver_batch(), world.worker.deliver_batch()] == [1, 0]


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": None}, {"batchItemFailures": []}])  # fmt: skip
def test_an_answer_without_failures_means_success(world: World, answer: Any) -> None:
    world.redeliver_at_once()
    world.put("a.jpg")
    world.answer = lambda _: answer

    assert [world.worker.deliver_batch(), world.worker.deliver_batch()] == [1, 0]


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
def test_an_invalid_answer_means_failure(world: World, answer: Any) -> None:
    world.redeliver_at_once()
    world.put("a.jpg")
    world.answer = lambda _: answer

    assert [world.worker.deliver_batch(), world.worker.deliver_batch()] == [1, 1]


def test_a_batch_whose_handler_crashes_is_delivered_again(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.redeliver_at_once()
    world.put("a.jpg")
    world.answer = lambda records: records[7]

    assert [world.worker.deliver_batch(), world.worker.deliver_batch()] == [1, 1]
    assert "IndexError" in capsys.readouterr().out


def test_after_five_failures_a_message_is_in_the_dead_letter_queue(world: World) -> None:
    world.redeliver_at_once()
    world.put("a.jpg")
    world.answer = lambda records: {
        "batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in records]
    }

    deliveries = [world.worker.deliver_batch() for _ in range(7)]

    dead = world.sqs.receive_message(
        QueueUrl=world.sqs.get_queue_url(QueueName="calotype-ingest-dead")["QueueUrl"]
    )
    assert deliveries == [1] * 5 + [0] * 2
    assert "a.jpg" in dead["Messages"][0]["Body"]


# Immediate ingest.


def test_immediate_ingest_does_not_wait_for_the_queue(world: World) -> None:
    for number in range(3):
        world.put(f"{number}.jpg")

    assert world.worker.ingest_now(ORIGINALS, "cats/a b+\u00e9.jpg", 5)

    assert world.deliveries() == [Changed("cats/a b+\u00e9.jpg")]
    assert world.worker.count_waiting() == 3


def test_immediate_ingest_is_repeated_after_a_failure(world: World) -> None:
    world.answer = lambda records: {
        "batchItemFailures": [{"itemIdentifier": records[0]["messageId"]}]
        if len(world.events) < 3
        else []
    }

    assert world.worker.ingest_now(ORIGINALS, "tom.jpg", 5)
    assert len(world.events) == 3


def test_immediate_ingest_ends_at_its_time_limit(world: World) -> None:
    world.answer = lambda _: "nonsense"

    assert not world.worker.ingest_now(ORIGINALS, "tom.jpg", 0.5)
    assert 1 < len(world.events) < 5


# Invalidations.


@dataclass
class RecordingEdge:
    """An edge that records invalidations; each takes *slow* seconds."""

    invalidated: list[list[str]] = field(default_factory=list)
    slow: float = 0

    def invalidate(self, paths: Sequence[str]) -> None:
        time.sleep(self.slow)
        self.invalidated.append(list(paths))


@pytest.fixture
def edge() -> RecordingEdge:
    return RecordingEdge()


@pytest.fixture
def invalidations(world: World, edge: RecordingEdge) -> Invalidations:
    cloudfront = boto3.client("cloudfront")
    identity = world.environment["DISTRIBUTION_ID"]
    return Invalidations(cloudfront, identity, cast("Distribution", edge))


def invalidate(invalidations: Invalidations, *paths: str) -> None:
    invalidations.client.create_invalidation(
        DistributionId=invalidations.distribution_id,
        InvalidationBatch={
            "Paths": {"Quantity": len(paths), "Items": list(paths)},
            "CallerReference": str(time.perf_counter()),
        },
    )


def test_each_invalidation_is_applied_once_and_in_order(
    invalidations: Invalidations, edge: RecordingEdge
) -> None:
    invalidate(invalidations, "/a=20b*", "/c/*")
    invalidate(invalidations, "/d/*")
    invalidations.apply()
    invalidations.apply()
    invalidate(invalidations, "/e/*")
    invalidations.apply()

    assert edge.invalidated == [["/a=20b*", "/c/*"], ["/d/*"], ["/e/*"]]


def test_more_invalidations_than_a_page_has_are_applied(
    invalidations: Invalidations, edge: RecordingEdge
) -> None:
    for number in range(103):
        invalidate(invalidations, f"/{number}/*")

    invalidations.apply()

    assert edge.invalidated == [[f"/{number}/*"] for number in range(103)]


def test_a_concurrent_call_waits_until_the_running_one_ends(
    invalidations: Invalidations, edge: RecordingEdge
) -> None:
    edge.slow = 0.3
    invalidate(invalidations, "/a/*")
    other = threading.Thread(target=invalidations.apply)
    other.start()
    time.sleep(0.1)

    invalidations.apply()

    assert edge.invalidated == [["/a/*"]]
    other.join()


def test_invalidations_are_applied_after_every_invocation_and_without_one(world: World) -> None:
    world.put("a.jpg")
    world.worker.poll()
    after_a_batch = world.invocations
    world.answer = lambda _: "nonsense"
    world.worker.ingest_now(ORIGINALS, "b.jpg", 0)
    after_a_failure = world.invocations
    world.worker.poll()

    assert (after_a_batch, after_a_failure, world.invocations) == (1, 2, 3)


# Alerts.


@pytest.fixture
def alerts(world: World) -> Alerts:
    return Alerts(world.sqs, world.environment["ALERTS_SEEN_URL"])


def publish(world: World, message: Mapping[str, Any], **attributes: str) -> None:
    boto3.client("sns").publish(
        TopicArn=world.environment["ALERTS_TOPIC_ARN"],
        Message=json.dumps(message),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()
        },
    )


def test_every_alert_is_printed_as_a_line(
    world: World, alerts: Alerts, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(world, {"event": "created", "key": "cats/tom.jpg", "reason": None}, event="created")
    reason = {"code": "not-a-picture", "message": "it is a poem"}
    publish(world, {"event": "rejected", "key": "\x1b[2J.jpg", "reason": reason}, event="rejected")

    assert [alerts.poll(0), alerts.poll(0)] == [2, 0]
    first, second = capsys.readouterr().out.splitlines()
    assert first.split() == ["alert", "created", "'cats/tom.jpg'"]
    assert second.split(maxsplit=3) == ["alert", "rejected", r"'\x1b[2J.jpg'", "it is a poem"]


def test_the_page_gets_new_alerts_newest_first(world: World, alerts: Alerts) -> None:
    for event in ("created", "replaced"):
        publish(world, {"event": event, "key": "cats/a b.jpg"}, event=event, prefix="cats/")
    alerts.poll(0)
    page = TestClient(Starlette(routes=alerts.build_routes()))

    all_alerts = page.get("/_/alerts.json").json()
    newer = page.get("/_/alerts.json?after=1").json()
    none = page.get("/_/alerts.json?after=2").json()
    invalid = page.get(f"/_/alerts.json?after={'9' * 5_000}").json()

    assert [alert["message"]["event"] for alert in all_alerts["alerts"]] == ["replaced", "created"]
    newest = all_alerts["alerts"][0]
    assert newest["path"] == "/cats/a%20b.jpg"
    assert newest["attributes"] == {"event": "replaced", "prefix": "cats/"}
    assert newer == {"newest": 2, "alerts": [newest]}
    assert none == {"newest": 2, "alerts": []}
    assert invalid == all_alerts


def test_the_page_loads_nothing_from_elsewhere(alerts: Alerts) -> None:
    page = TestClient(Starlette(routes=alerts.build_routes())).get("/_/alerts")

    assert page.headers["content-type"].startswith("text/html")
    assert "innerHTML" not in page.text
    assert "http:" not in page.text.replace("http://www.w3.org", "")
    assert "https:" not in page.text


# Loops.


def test_a_loop_repeats_its_step_until_the_block_ends() -> None:
    steps: list[int] = []
    enough = threading.Event()

    def step() -> None:
        steps.append(1)
        if len(steps) >= 3:
            enough.set()

    with run_loops(Loop("steps", step)):
        assert enough.wait(10)
    before = len(steps)
    time.sleep(0.05)

    assert len(steps) == before


def test_a_failed_step_is_printed_and_the_loop_continues(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.laptop.loop._AFTER_FAILURE", 0.01)
    steps: list[int] = []
    again = threading.Event()

    def step() -> None:
        steps.append(1)
        if len(steps) == 1:
            message = "the queue is gone"
            raise OSError(message)
        again.set()

    with run_loops(Loop("steps", step, 0.01)):
        assert again.wait(10)

    assert "steps: OSError('the queue is gone')" in capsys.readouterr().out
