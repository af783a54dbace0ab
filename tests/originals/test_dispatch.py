"""Dispatching messages: each is processed separately, and only failed ones are retried."""

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import boto3
import pytest
from moto import mock_aws

from infra.laptop.cloud import CATALOG, DERIVATIVES, ORIGINALS, create_resources
from origin_lambda import handler, log
from origin_lambda.adapters.boto.dynamodb import DynamoCatalog
from origin_lambda.adapters.boto.sqs import SqsQueue
from origin_lambda.adapters.memory import (
    MemoryAlerts,
    MemoryBucket,
    MemoryCatalog,
    MemoryEdge,
    MemoryQueue,
)
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.errors import StoreFailed, Unavailable
from origin_lambda.image.analysis.analyse import Analyser
from origin_lambda.image.probe import Limits
from origin_lambda.originals.catalog import find_record, to_json
from origin_lambda.originals.dispatch import LONGEST_INGEST_SECONDS, Dispatcher, DispatchFailed
from origin_lambda.originals.ingest import Ingest
from origin_lambda.originals.messages import IngestReason, ingest_request
from origin_lambda.originals.purge import DEFERRED_SECONDS, SWEEP_SECONDS, Purge
from origin_lambda.originals.record import OriginalRecord, Status
from origin_lambda.ports import ObjectMetadata, Stat
from origin_lambda.url.grammar import encode_key
from tests.events import KEY, sample
from tests.originals.test_messages import in_sns, in_sqs, notification, s3_event
from tests.support.faces import FixedDetector
from tests.support.originals import draw
from tests.test_handler import Context

NOTHING_FAILED: Final[dict[str, Any]] = {"batchItemFailures": []}
PLAIN: Final = ObjectMetadata("application/octet-stream")


@dataclass(slots=True)
class Originals(MemoryBucket):
    """A bucket that fails for some keys; *checked* has the keys whose `stat` was called."""

    failures: dict[str, Exception] = field(default_factory=dict)
    checked: list[str] = field(default_factory=list)

    def stat(self, key: str) -> Stat | None:
        self.checked.append(key)
        if key in self.failures:
            raise self.failures[key]
        return MemoryBucket.stat(self, key)


@dataclass(slots=True)
class Edge(MemoryEdge):
    """An edge that counts invalidations, and fails on request."""

    times: int = 0
    failure: Exception | None = None

    def invalidate(self, prefixes: Iterable[str]) -> None:
        self.times += 1
        if self.failure:
            raise self.failure
        MemoryEdge.invalidate(self, prefixes)


class World:
    """An ingest in memory, with a fixed time, and the messages that it gets."""

    def __init__(self) -> None:
        self.originals, self.derivatives = Originals(), MemoryBucket()
        self.catalog, self.alerts = MemoryCatalog(), MemoryAlerts()
        self.queue, self.edge = MemoryQueue(), Edge()
        ingest = Ingest(
            originals=self.originals,
            derivatives=self.derivatives,
            catalog=self.catalog,
            alerts=self.alerts,
            purge=Purge(self.derivatives, self.queue, self.edge),
            analyser=Analyser(PillowCodec(), PillowMeasurer(), sanitise, Limits(), FixedDetector()),
            clock=lambda: 1_000,
        )
        self.dispatch = Dispatcher(ingest, "originals").dispatch

    def put(self, *keys: str) -> None:
        for key in keys:
            self.originals.write(key, draw("jpeg"), PLAIN)

    def status(self, key: str) -> Status | None:
        record = find_record(self.catalog, key)
        return record.status if record else None


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(autouse=True)
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    written: list[str] = []
    monkeypatch.setattr(log, "write", written.append)
    return written


def find_log_lines(lines: Iterable[str], event: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, lines) if line["event"] == event]


def batch_failures(*numbers: int) -> dict[str, Any]:
    """Return the answer that makes SQS deliver these messages of a batch again."""
    return {"batchItemFailures": [{"itemIdentifier": str(number)} for number in numbers]}


def ingest_message(key: str, reason: IngestReason, version: str = "") -> Mapping[str, Any]:
    return ingest_request(OriginalRecord(key, version=version), reason)


def invalidation_message(*prefixes: str) -> Mapping[str, Any]:
    return {"event": "invalidate", "prefixes": list(prefixes)}


def sweep_message(key: str, *, invalidate: bool) -> Mapping[str, Any]:
    return {"event": "sweep", "key": key, "invalidate": invalidate}


# A batch of SQS.


def test_a_batch_without_failures_is_processed(world: World) -> None:
    world.put("a.jpg", "b.jpg", "c.jpg")

    answer = world.dispatch(
        in_sqs(s3_event("a.jpg"), notification(s3_event("b.jpg")), sample("s3-test"))
    )

    assert answer == NOTHING_FAILED
    assert [world.status(key) for key in ("a.jpg", "b.jpg", "c.jpg")] == [
        Status.READY,
        Status.READY,
        None,
    ]


def test_only_failed_messages_are_reported(world: World) -> None:
    world.put(*(f"{number}.jpg" for number in range(5)))
    world.originals.failures = {"1.jpg": StoreFailed("denied"), "4.jpg": Unavailable("busy")}

    answer = world.dispatch(in_sqs(*(s3_event(f"{number}.jpg") for number in range(5))))

    assert answer == batch_failures(1, 4)
    ready = [number for number in range(5) if world.status(f"{number}.jpg") is Status.READY]
    assert ready == [0, 2, 3]


def test_a_failed_message_is_reported_by_its_sqs_id(world: World) -> None:
    event = in_sqs({}, s3_event("a.jpg"))
    event["Records"][0]["messageId"] = "059f36b4-87a3-44ab-83d2-661975830a7d"

    assert world.dispatch(event) == {
        "batchItemFailures": [{"itemIdentifier": "059f36b4-87a3-44ab-83d2-661975830a7d"}]
    }


@pytest.mark.parametrize(
    "body",
    [
        "hello",
        "[]",
        "{}",
        "[" * 100_000,
        json.dumps(s3_event("a.jpg", "another-bucket")),
        json.dumps({"event": "invalidate", "prefixes": [5]}),
        json.dumps({**ingest_message("a.jpg", IngestReason.STALE), "reason": "for fun"}),
    ],
    ids=["text", "list", "empty", "deep", "bucket", "prefix", "reason"],
)
def test_an_unknown_message_fails_alone(world: World, lines: list[str], body: str) -> None:
    world.put("a.jpg", "b.jpg")
    event = in_sqs(s3_event("a.jpg"), {}, invalidation_message("/x/"), s3_event("b.jpg"))
    event["Records"][1]["body"] = body

    assert world.dispatch(event) == batch_failures(1)

    assert world.status("a.jpg") is world.status("b.jpg") is Status.READY
    assert world.edge.invalidated == ["/x/"]
    (counted,) = find_log_lines(lines, "ingestfailed")
    assert (counted["IngestFailed"], counted["what"]) == (1, "message")


def test_a_programming_error_fails_its_message_and_is_logged_with_a_trace(
    world: World, lines: list[str]
) -> None:
    world.put("a.jpg", "b.jpg")
    world.originals.failures = {"a.jpg": RuntimeError("a mistake")}

    assert world.dispatch(in_sqs(s3_event("a.jpg"), s3_event("b.jpg"))) == batch_failures(0)

    assert world.status("b.jpg") is Status.READY
    (counted,) = find_log_lines(lines, "ingestfailed")
    (line,) = find_log_lines(lines, "ingest-failed")
    assert (counted["what"], line["what"]) == ("changed", "changed")
    assert counted["detail"] == line["error"] == "RuntimeError('a mistake')"
    assert "in stat" in line["trace"]


def test_without_failures_none_is_logged(world: World, lines: list[str]) -> None:
    world.put("a.jpg")

    world.dispatch(in_sqs(s3_event("a.jpg")))

    assert find_log_lines(lines, "ingestfailed") == find_log_lines(lines, "ingest-failed") == []


def test_a_message_about_several_objects_fails_after_all_are_tried(
    world: World,
) -> None:
    world.put("a.jpg", "c.jpg")
    world.originals.failures = {"b.jpg": StoreFailed("denied")}
    keys = ("a.jpg", "b.jpg", "c.jpg")
    message = {"Records": [record for key in keys for record in s3_event(key)["Records"]]}

    assert world.dispatch(in_sqs(message)) == batch_failures(0)

    assert world.status("a.jpg") is world.status("c.jpg") is Status.READY


def test_an_original_that_is_no_picture_is_rejected_without_a_failure(world: World) -> None:
    world.originals.write("a.txt", b"hello", PLAIN)

    assert world.dispatch(in_sqs(s3_event("a.txt"))) == NOTHING_FAILED

    assert world.status("a.txt") is Status.REJECTED


def test_a_message_about_a_leased_original_is_retried_without_an_alarm(
    world: World, lines: list[str]
) -> None:
    world.put("a.jpg", "b.jpg")
    stat = world.originals.stat("a.jpg")
    busy = dataclasses.replace(
        OriginalRecord("a.jpg").with_version(stat, 990), revision=1, leased=1_050
    )
    world.catalog.save("a.jpg", to_json(busy), after=0)

    assert world.dispatch(in_sqs(s3_event("a.jpg"), s3_event("b.jpg"))) == batch_failures(0)

    assert (world.status("a.jpg"), world.status("b.jpg")) == (Status.PENDING, Status.READY)
    (counted,) = find_log_lines(lines, "ingestbusy")
    assert (counted["IngestBusy"], counted["what"]) == (1, "changed")
    assert find_log_lines(lines, "ingestfailed") == find_log_lines(lines, "ingest-failed") == []


@pytest.mark.parametrize(
    "remaining, retried",
    [
        (-1, (1, 2)),
        (0, (1, 2)),
        (LONGEST_INGEST_SECONDS, (1, 2)),
        (LONGEST_INGEST_SECONDS + 60, ()),
    ],
)
def test_a_message_is_not_started_but_retried_if_too_little_time_is_left(
    world: World, lines: list[str], remaining: float, retried: tuple[int, ...]
) -> None:
    keys = [f"{number}.jpg" for number in range(3)]
    world.put(*keys)

    answer = world.dispatch(in_sqs(*map(s3_event, keys)), remaining)

    assert answer == batch_failures(*retried)
    assert set(world.originals.checked) == {
        f"{each}.jpg" for each in range(3) if each not in retried
    }
    assert find_log_lines(lines, "ingestfailed") == []


def test_a_direct_event_is_processed_even_if_too_little_time_is_left(
    world: World,
) -> None:
    world.put("a.jpg", "b.jpg")
    records = [*s3_event("a.jpg")["Records"], *s3_event("b.jpg")["Records"]]

    assert world.dispatch({"Records": records}, 0) == {}

    assert world.status("a.jpg") is world.status("b.jpg") is Status.READY


# Everything else.


@pytest.mark.parametrize("wrapped", [lambda event: event, in_sns])
@pytest.mark.parametrize("shape", ["s3", "eventbridge-created", "s3-test"])
def test_a_direct_event_is_processed(world: World, wrapped: Any, shape: str) -> None:
    world.put(KEY)

    assert world.dispatch(wrapped(sample(shape))) == {}

    assert world.status(KEY) is (None if shape == "s3-test" else Status.READY)


def test_a_direct_event_fails_after_all_its_records_are_tried(world: World) -> None:
    world.put("a.jpg", "c.jpg")
    world.originals.failures = {"b.jpg": StoreFailed("denied")}
    keys = ("a.jpg", "b.jpg", "c.jpg")
    event = {"Records": [record for key in keys for record in s3_event(key)["Records"]]}

    with pytest.raises(DispatchFailed):
        world.dispatch(event)
    assert world.status("a.jpg") is world.status("c.jpg") is Status.READY


@pytest.mark.parametrize("event", [{}, {"Records": [{}]}, s3_event("a.jpg", "another-bucket")])
def test_an_unknown_event_is_refused(world: World, event: Mapping[str, Any]) -> None:
    with pytest.raises(DispatchFailed):
        world.dispatch(event)
    assert world.originals.checked == []


# The effect of each message.


def test_an_event_with_an_older_sequencer_is_ignored(world: World) -> None:
    world.put("a.jpg")
    world.dispatch(in_sqs(s3_event("a.jpg", sequencer="0B")))
    del world.originals.objects["a.jpg"]

    world.dispatch(in_sqs(s3_event("a.jpg", sequencer="0A")))

    assert world.status("a.jpg") is Status.READY
    world.dispatch(in_sqs(s3_event("a.jpg", sequencer="0C")))
    assert world.status("a.jpg") is Status.DELETED


@pytest.mark.parametrize("reason", [each for each in IngestReason if each is not IngestReason.USED])
def test_a_request_ingests_an_unknown_original(world: World, reason: IngestReason) -> None:
    world.put("a.jpg")

    assert world.dispatch(in_sqs(ingest_message("a.jpg", reason))) == NOTHING_FAILED

    assert world.status("a.jpg") is Status.READY


def count_saves(world: World, reason: IngestReason) -> int:
    """Return how often a request saves the record of an original that is already ingested."""
    world.put("a.jpg")
    world.dispatch(in_sqs(s3_event("a.jpg")))
    before = find_record(world.catalog, "a.jpg")
    assert before is not None
    world.dispatch(in_sqs(ingest_message("a.jpg", reason, before.version)))
    after = find_record(world.catalog, "a.jpg")
    assert after is not None
    return after.revision - before.revision


@pytest.mark.parametrize("reason", [IngestReason.MIP_MISSING, IngestReason.OUTDATED])
def test_a_record_without_something_that_is_needed_causes_another_ingest(
    world: World, reason: IngestReason
) -> None:
    assert count_saves(world, reason) > 0


@pytest.mark.parametrize("reason", [IngestReason.UNKNOWN, IngestReason.STALE])
def test_other_requests_cause_no_second_ingest(world: World, reason: IngestReason) -> None:
    assert count_saves(world, reason) == 0


def test_a_stale_derivative_is_invalidated_now_and_at_the_sweep(world: World) -> None:
    count_saves(world, IngestReason.STALE)

    assert world.edge.invalidated == ["/a.jpg"]
    assert world.queue.sent[-1] == (sweep_message("a.jpg", invalidate=True), SWEEP_SECONDS)


@pytest.mark.parametrize("reason", [IngestReason.UNKNOWN, IngestReason.MIP_MISSING])
def test_other_requests_cause_no_invalidation(world: World, reason: IngestReason) -> None:
    count_saves(world, reason)

    assert world.edge.times == 0


@pytest.mark.parametrize("reason", [IngestReason.UNKNOWN, IngestReason.MIP_MISSING])
def test_derivatives_of_an_earlier_version_are_invalidated_now_and_at_the_sweep(
    world: World, reason: IngestReason
) -> None:
    world.put("a.jpg")
    world.dispatch(in_sqs(s3_event("a.jpg")))

    world.dispatch(in_sqs(ingest_message("a.jpg", reason, "an earlier version")))

    assert world.edge.invalidated == ["/a.jpg"]
    assert world.queue.sent[-1] == (sweep_message("a.jpg", invalidate=True), SWEEP_SECONDS)


def test_a_request_about_a_folder_causes_no_invalidation(world: World) -> None:
    world.dispatch(in_sqs(ingest_message("folder/", IngestReason.UNKNOWN, "v1")))

    assert world.edge.times == 0


@pytest.mark.parametrize("invalidate", [True, False])
def test_a_sweep_deletes_stale_derivatives(world: World, invalidate: bool) -> None:
    world.put("a.jpg")
    world.dispatch(in_sqs(s3_event("a.jpg")))
    record = find_record(world.catalog, "a.jpg")
    assert record is not None
    notes = {"version": record.source_version}
    world.derivatives.write("a.jpg/r=4", b"", ObjectMetadata("image/jpeg", user_metadata=notes))
    world.dispatch(in_sqs(sweep_message("a.jpg", invalidate=invalidate)))
    assert world.edge.invalidated == ["/a.jpg"] * invalidate
    world.derivatives.write(
        "a.jpg/w=1", b"", ObjectMetadata("image/jpeg", user_metadata={"version": "v0"})
    )

    assert world.dispatch(in_sqs(sweep_message("a.jpg", invalidate=False))) == NOTHING_FAILED

    assert list(world.derivatives.keys("a.jpg/")) == ["a.jpg/r=4"]


# Deferred invalidations.


def test_deferred_invalidations_of_a_batch_are_sent_together(world: World) -> None:
    world.put("a.jpg")

    answer = world.dispatch(
        in_sqs(
            invalidation_message("/b/", "/c/"),
            s3_event("a.jpg"),
            invalidation_message("/d/"),
            invalidation_message("/b/"),
        )
    )

    assert answer == NOTHING_FAILED
    assert (world.edge.times, world.edge.invalidated) == (1, ["/b/", "/c/", "/d/"])


def test_all_deferred_invalidations_of_a_message_are_sent(world: World) -> None:
    parts = [in_sns(invalidation_message(prefix))["Records"][0] for prefix in ("/b/", "/c/")]

    world.dispatch({"Records": parts})

    assert (world.edge.times, world.edge.invalidated) == (1, ["/b/", "/c/"])


def test_while_the_edge_is_busy_its_invalidations_are_deferred_as_one(world: World) -> None:
    world.edge.failure = Unavailable("busy")

    assert (
        world.dispatch(in_sqs(invalidation_message("/b/"), invalidation_message("/c/")))
        == NOTHING_FAILED
    )

    assert world.queue.sent == [(invalidation_message("/b/", "/c/"), DEFERRED_SECONDS)]


def test_failed_invalidations_are_all_retried(world: World, lines: list[str]) -> None:
    world.put("a.jpg")
    world.edge.failure = StoreFailed("no such distribution")

    answer = world.dispatch(
        in_sqs(invalidation_message("/b/"), s3_event("a.jpg"), {}, invalidation_message("/c/"))
    )

    assert answer == batch_failures(0, 2, 3)
    assert [line["what"] for line in find_log_lines(lines, "ingestfailed")] == [
        "message",
        "deferred",
    ]


def test_without_deferred_invalidations_the_edge_is_not_called(world: World) -> None:
    world.put("a.jpg")

    world.dispatch(in_sqs(s3_event("a.jpg")))

    assert world.edge.times == 0


# In a deployment.


@dataclass
class Deployment:
    """The deployed handler, with the queues and buckets that its environment names."""

    environment: Mapping[str, str]

    def deliver(self, context: Context | None = None) -> list[dict[str, Any]]:
        """Deliver the messages of the ingest queue to the handler, as Lambda does; return them."""
        sqs, url = boto3.client("sqs"), self.environment["INGEST_QUEUE_URL"]
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        (record,) = sample("sqs")["Records"]
        event = {
            "Records": [
                record | {"messageId": message["MessageId"], "body": message["Body"]}
                for message in messages
            ]
        }
        assert handler.ingest(event, context) == NOTHING_FAILED
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]

    def receive_alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that a subscriber received since the last call."""
        sqs, url = boto3.client("sqs"), self.environment["ALERTS_SEEN_URL"]
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]

    def count_delayed(self) -> int:
        """Return the number of messages in the queue whose delay has not ended."""
        name = "ApproximateNumberOfMessagesDelayed"
        answer = boto3.client("sqs").get_queue_attributes(
            QueueUrl=self.environment["INGEST_QUEUE_URL"], AttributeNames=[name]
        )
        return int(answer["Attributes"][name])

    def list_invalidated_paths(self) -> list[str]:
        cloudfront, identity = boto3.client("cloudfront"), self.environment["DISTRIBUTION_ID"]
        listed = cloudfront.list_invalidations(DistributionId=identity)["InvalidationList"]
        asked = [
            cloudfront.get_invalidation(DistributionId=identity, Id=each["Id"])["Invalidation"]
            for each in listed.get("Items", [])
        ]
        return [path for each in asked for path in each["InvalidationBatch"]["Paths"]["Items"]]


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    with mock_aws():
        environment = create_resources()
        for name, text in environment.items():
            if name != "TRAFFIC_TABLE":  # with it, ingest also stores derivatives
                monkeypatch.setenv(name, text)
        handler._dispatcher.cache_clear()
        yield Deployment(environment)
        handler._dispatcher.cache_clear()


def test_an_original_is_created_replaced_and_deleted_in_a_deployment(
    deployment: Deployment,
) -> None:
    s3 = boto3.client("s3")
    catalog = DynamoCatalog(boto3.client("dynamodb"), CATALOG)
    deployment.deliver()  # S3 sends a test event first

    s3.put_object(Bucket=ORIGINALS, Key=KEY, Body=draw("jpeg"))
    assert deployment.deliver(Context(60_000))

    record = find_record(catalog, KEY, consistent=True)
    assert record is not None
    assert record.analysis is not None
    assert (record.status, record.analysis.facts.size) == (Status.READY, (300, 200))
    (created,) = deployment.receive_alerts()
    assert (created["event"], created["key"], created["version"]) == (
        "created",
        KEY,
        record.version,
    )
    assert (deployment.list_invalidated_paths(), deployment.count_delayed()) == ([], 1)

    s3.put_object(
        Bucket=DERIVATIVES, Key=f"{encode_key(KEY)}/r=4", Body=b"", Metadata={"version": "v0"}
    )
    s3.put_object(Bucket=ORIGINALS, Key=KEY, Body=draw("jpeg-portrait"))
    assert deployment.deliver()

    (replaced,) = deployment.receive_alerts()
    assert (replaced["event"], replaced["previous"]) == ("replaced", record.version)
    assert deployment.list_invalidated_paths() == ["/cats/tom=20=26=20jerry=2B=C3=A9.jpg*"]
    assert "Contents" not in s3.list_objects_v2(Bucket=DERIVATIVES)

    s3.delete_object(Bucket=ORIGINALS, Key=KEY)
    assert deployment.deliver()

    (deleted,) = deployment.receive_alerts()
    last = find_record(catalog, KEY, consistent=True)
    assert last is not None
    assert (deleted["event"], last.status) == ("deleted", Status.DELETED)


def test_a_request_of_the_origin_reaches_ingest_in_a_deployment(deployment: Deployment) -> None:
    boto3.client("s3").put_object(Bucket=ORIGINALS, Key=KEY, Body=draw("jpeg"))
    deployment.deliver()
    boto3.client("dynamodb").delete_item(TableName=CATALOG, Key={"key": {"S": KEY}})
    queue = SqsQueue(boto3.client("sqs"), deployment.environment["INGEST_QUEUE_URL"])

    queue.send(ingest_request(OriginalRecord(KEY), IngestReason.UNKNOWN))
    assert [event["event"] for event in deployment.deliver()] == ["ingest-requested"]

    catalog = DynamoCatalog(boto3.client("dynamodb"), CATALOG)
    record = find_record(catalog, KEY, consistent=True)
    assert record is not None
    assert record.status is Status.READY


def test_a_deployed_function_does_not_start_a_message_if_too_little_time_is_left(
    deployment: Deployment,
) -> None:
    s3, keys = boto3.client("s3"), ["a.jpg", "b.jpg"]
    for key in keys:
        s3.put_object(Bucket=ORIGINALS, Key=key, Body=draw("jpeg"))

    answer = handler.ingest(in_sqs(*(s3_event(key, ORIGINALS) for key in keys)), Context(5_000))

    assert answer == batch_failures(1)
    catalog = DynamoCatalog(boto3.client("dynamodb"), deployment.environment["CATALOG_TABLE"])
    assert [find_record(catalog, key) is not None for key in keys] == [True, False]
