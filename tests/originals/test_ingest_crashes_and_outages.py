"""Ingest under failures: crashes at every step, events in any order, and an outage of AWS."""

import base64
import copy
import dataclasses
import functools
import io
import itertools
import json
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import Any, Final, NamedTuple
from unittest import mock

import boto3
import botocore.endpoint
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from moto import mock_aws
from moto.core.botocore_stubber import MockRawResponse
from PIL import Image

from infra.laptop.cloud import CATALOG, ORIGINALS, create_resources
from infra.laptop.worker import Worker
from origin_lambda import handler
from origin_lambda.adapters.boto.dynamodb import DynamoCatalog
from origin_lambda.adapters.memory import MemoryBucket
from origin_lambda.adapters.slim import transport
from origin_lambda.adapters.slim.connection import Answer
from origin_lambda.adapters.slim.signing import Call
from origin_lambda.adapters.slim.transport import ConnectionLost, Transport
from origin_lambda.bootstrap import build_dispatcher, build_origin
from origin_lambda.errors import Unavailable
from origin_lambda.image.analysis.analyse import HEADER_BYTES, Analyser
from origin_lambda.image.probe import Limits
from origin_lambda.originals import purge
from origin_lambda.originals.catalog import find_record
from origin_lambda.originals.dispatch import Dispatcher
from origin_lambda.originals.ingest import LEASE_SECONDS
from origin_lambda.originals.messages import IngestReason, ingest_request
from origin_lambda.originals.record import OriginalRecord, Status
from origin_lambda.ports import Blob, ObjectMetadata
from origin_lambda.settings import Settings
from tests.contract.aws import environment_for
from tests.events import event
from tests.originals.test_messages import in_sqs, s3_event
from tests.support.actors import CachedAnalyser
from tests.support.ingest_world import KEY, LONG, Port, Stopped, World, do_nothing, lines, version
from tests.support.originals import draw, encoded, jpeg, quadrants

__all__ = ["lines"]

FIRST: Final = jpeg(quadrants(LONG))
SECOND: Final = encoded(quadrants(LONG), "PNG")


@dataclass
class Stage(World):
    """A world in which a delivery to ingest can crash and be repeated."""

    analyser: type[Analyser[Any]] = CachedAnalyser

    def deliver(self, message: Mapping[str, Any]) -> bool:
        """Deliver a message of the queue once; return whether it was processed."""
        answer = Dispatcher(self.ingest, "originals").dispatch(in_sqs(message))
        return answer == {"batchItemFailures": []}

    def deliver_until_done(self, message: Mapping[str, Any]) -> None:
        """Deliver a message as the queue does: again, after the lease of a lost delivery."""
        while not self.deliver(message):
            self.now += LEASE_SECONDS + 1

    def set_hooks(
        self, before_call: Callable[..., None], after_call: Callable[..., None] = do_nothing
    ) -> None:
        assert self.alerts is not None
        for port in (
            self.originals, self.derivatives, self.catalog, self.alerts, self.queue, self.edge,
        ):  # fmt: skip
            port.before_call, port.after_call = before_call, after_call

    def copy(self) -> "Stage":
        made = Stage(now=self.now)
        assert self.alerts is not None
        assert made.alerts is not None
        for target, source in (
            (made.originals, self.originals),
            (made.derivatives, self.derivatives),
        ):
            target.port.objects.update(source.port.objects)
        made.catalog.port.items.update(copy.deepcopy(self.catalog.port.items))
        made.alerts.port.sent.extend(self.alerts.port.sent)
        return made

    @property
    def received_alerts(self) -> list[Mapping[str, Any]]:
        """Return the alerts that subscribers received, without duplicates."""
        assert self.alerts is not None
        sent = [message for message, _ in self.alerts.port.sent]
        return list({message["id"]: message for message in sent if "id" in message}.values())

    def end(self) -> "End":
        """Return the final state, without times and the number of saves."""
        passing = {"times", "revision", "expires", "time", "id"}
        record, alert = self.catalog.port.items[KEY], self.received_alerts[-1]
        objects = self.derivatives.port.objects
        return End(
            record={name: value for name, value in record.items() if name not in passing},
            mips={key: objects[key] for key in self.mips},
            stale=[
                key
                for key in self.derivative_keys
                if objects[key].metadata.user_metadata["version"] != record["version"]
            ],
            alerts={name: value for name, value in alert.items() if name not in passing},
        )


@dataclass(frozen=True)
class End:
    """The final state: the record, its mips, stale derivatives, and the last alert."""

    record: Mapping[str, Any]
    mips: Mapping[str, Blob]
    stale: list[str]
    alerts: Mapping[str, Any]


# A crash, or a failure of a service, at any step.


def begin_empty(stage: Stage) -> None:
    """Begin with an original that never existed."""


def begin_ready(stage: Stage) -> None:
    stage.ingest_original(FIRST, "0A")
    for query in ("w=30", "w=30&fm=webp", ""):
        stage.ask(query)


def begin_deleted(stage: Stage) -> None:
    begin_ready(stage)
    stage.remove()
    stage.ingest_original(sequencer="0B")


def begin_rejected(stage: Stage) -> None:
    stage.ingest_original(draw("text"), "0A")


def put(body: bytes) -> Callable[[Stage], None]:
    def change(stage: Stage) -> None:
        stage.put(body)
        stage.ask("w=31")

    return change


def remove_original(stage: Stage) -> None:
    stage.remove()


def remove_mips(stage: Stage) -> None:
    for key in stage.mips:
        del stage.derivatives.port.objects[key]


CHANGED: Final = s3_event(KEY, sequencer="0C")

STORIES: Final[dict[str, tuple[Callable[[Stage], None], Callable[[Stage], None], Any]]] = {
    "created": (begin_empty, put(FIRST), CHANGED),
    "created again": (begin_deleted, put(FIRST), CHANGED),
    "created at last": (begin_rejected, put(FIRST), CHANGED),
    "replaced": (begin_ready, put(SECOND), CHANGED),
    "deleted": (begin_ready, remove_original, CHANGED),
    "rejected": (begin_ready, put(draw("text")), CHANGED),
    "mip missing": (
        begin_ready,
        remove_mips,
        ingest_request(OriginalRecord(KEY), IngestReason.MIP_MISSING),
    ),
    "unlisted": (
        begin_empty,
        put(FIRST),
        ingest_request(OriginalRecord(KEY), IngestReason.UNKNOWN),
    ),
    "stale": (begin_ready, put(SECOND), ingest_request(OriginalRecord(KEY), IngestReason.STALE)),
}


@functools.cache
def begin_story(story: str) -> Stage:
    begin, change, _ = STORIES[story]
    stage = Stage()
    begin(stage)
    stage.now += 100
    change(stage)
    return stage


@functools.cache
def end_without_failures(story: str) -> End:
    """Return the end of a story in which nothing fails."""
    stage = begin_story(story).copy()
    assert stage.deliver(STORIES[story][2])
    return stage.end()


def after(calls: int, act: Callable[[], None]) -> Callable[..., None]:
    """Return a hook for all ports together that acts after so many calls."""
    left = itertools.count(-calls)

    def hook(call: str, *arguments: Any) -> None:
        del call, arguments
        if next(left) == 0:
            act()

    return hook


def stop() -> None:
    raise Stopped


def fail() -> None:
    message = "a service behind this one cannot be reached"
    raise Unavailable(message)


def deliver_until_crash(stage: Stage, message: Mapping[str, Any], calls: int) -> bool:
    """Deliver a message to a function that crashes after so many calls; return whether it did."""
    stage.set_hooks(after(calls, stop))
    try:
        assert stage.deliver(message)
    except Stopped:
        stage.now += LEASE_SECONDS + 1
        return True
    finally:
        stage.set_hooks(do_nothing)
    return False


def crash_at_every_step(story: str) -> Iterator[tuple[Stage, int]]:
    """Yield the stage after a crash at every step, and the number of the step."""
    for calls in itertools.count():
        stage = begin_story(story).copy()
        if not deliver_until_crash(stage, STORIES[story][2], calls):
            assert calls > 3, "hardly anything was called"
            return
        yield stage, calls


@pytest.mark.parametrize("story", STORIES)
def test_after_a_crash_at_any_step_the_next_delivery_gives_the_same_result(story: str) -> None:
    message = STORIES[story][2]

    for stage, calls in crash_at_every_step(story):
        stage.deliver_until_done(message)

        assert stage.end() == end_without_failures(story), calls


@pytest.mark.parametrize("story", ["created", "replaced", "deleted", "rejected"])
def test_after_crashes_at_any_two_steps_the_third_delivery_gives_the_same_result(
    story: str,
) -> None:
    message = STORIES[story][2]

    for once, first in crash_at_every_step(story):
        for second in itertools.count():
            stage = once.copy()
            if not deliver_until_crash(stage, message, second):
                break
            stage.deliver_until_done(message)
            assert stage.end() == end_without_failures(story), (first, second)


@pytest.mark.parametrize("story", STORIES)
def test_an_alert_sent_twice_after_a_crash_has_one_id(story: str) -> None:
    undisturbed = begin_story(story).copy()
    undisturbed.deliver_until_done(STORIES[story][2])
    most = 0

    for stage, _ in crash_at_every_step(story):
        stage.deliver_until_done(STORIES[story][2])

        assert events(stage.received_alerts) == events(undisturbed.received_alerts)
        most = max(most, len(stage.sent_alerts))
    assert most == len(undisturbed.sent_alerts) + (story != "mip missing"), (
        "no alert was ever sent twice"
    )


def events(received_alerts: list[Mapping[str, Any]]) -> list[tuple[str, str | None]]:
    return [(message["event"], message["version"]) for message in received_alerts]


@pytest.mark.parametrize("story", STORIES)
def test_after_any_crash_the_sweep_invalidates_everything_and_deletes_nothing_more(
    story: str,
) -> None:
    undisturbed = begin_story(story).copy()
    undisturbed.deliver_until_done(STORIES[story][2])

    for stage, _ in crash_at_every_step(story):
        stage.deliver_until_done(STORIES[story][2])
        stage.ask("w=32")
        kept = dict(stage.derivatives.port.objects)

        sweeps = [message for message, _ in stage.queue.port.sent if message["event"] == "sweep"]
        for message in sweeps:
            assert stage.deliver(message)

        assert sweeps or story == "mip missing"
        assert stage.derivatives.port.objects == kept
        assert set(undisturbed.edge.port.invalidated) <= set(stage.edge.port.invalidated)


@pytest.mark.parametrize("story", STORIES)
def test_after_a_call_that_succeeded_but_failed_to_answer_the_result_is_the_same(
    story: str,
) -> None:
    message = STORIES[story][2]
    for calls in itertools.count():
        stage = begin_story(story).copy()
        stage.set_hooks(do_nothing, after_call=after(calls, fail))
        is_done = stage.deliver(message)
        stage.set_hooks(do_nothing)
        stage.deliver_until_done(message)

        assert stage.end() == end_without_failures(story), calls
        if is_done:
            assert calls > 3
            break


@pytest.mark.parametrize("story", STORIES)
def test_after_a_failure_at_any_step_the_next_delivery_gives_the_same_result_at_once(
    story: str,
) -> None:
    message = STORIES[story][2]
    for calls in itertools.count():
        stage = begin_story(story).copy()
        stage.set_hooks(after(calls, fail))
        is_done = stage.deliver(message)
        stage.set_hooks(do_nothing)

        assert is_done or stage.deliver(message), calls
        assert stage.end() == end_without_failures(story), calls
        if is_done:
            assert calls > 3
            break


def test_a_stale_derivative_is_deleted_before_its_invalidation() -> None:
    """A renderer reports a stale derivative before it deletes it, so ingest must delete it too."""
    stage = Stage()
    stage.ingest_original(FIRST)
    stage.ask("w=30")
    stale = ObjectMetadata("image/jpeg", user_metadata={"version": "v0"})
    stage.derivatives.port.write(f"{KEY}/r=4,w=40", b"", stale)
    kept: list[list[str]] = []
    stage.edge.before_call = lambda *_: kept.append(stage.derivative_keys)

    assert stage.deliver(STORIES["stale"][2])

    assert kept
    assert all(keys == [f"{KEY}/r=4,w=30"] for keys in kept)


# Events in any order, and more than once.

PUTS: Final[dict[str, bytes | None]] = {"good": SECOND, "bad": draw("text"), "nothing": None}

TOKENS: Final = ["change 1", "change 2", "change 3", "event 1", "event 2", "event 3"]


def schedules() -> list[tuple[str, ...]]:
    """Return every order of three changes and their events; an event comes after its change."""

    def possible(order: tuple[str, ...]) -> bool:
        changes = [token for token in order if token.startswith("change")]
        causes = (f"change {number}" for number in "123")
        effects = (f"event {number}" for number in "123")
        return changes == TOKENS[:3] and all(
            order.index(cause) < order.index(effect)
            for cause, effect in zip(causes, effects, strict=True)
        )

    return list(filter(possible, itertools.permutations(TOKENS)))


def test_there_are_fifteen_orders() -> None:
    assert len(schedules()) == 15


def last_alerts(change: str) -> set[tuple[str, str]]:
    """Return the events, with their versions, that can be the last after a change."""
    words = {"good": {"created", "replaced"}, "bad": {"rejected"}, "nothing": {"deleted"}}
    body = PUTS[change]
    return {(word, "" if body is None else version(body)) for word in words[change]}


def is_coherent(received_alerts: list[Mapping[str, Any]]) -> bool:
    """Whether each alert continues from the version and the status of the alert before."""
    version, status = None, "deleted"
    for message in received_alerts:
        if message["previous"] != version:
            return False
        if message["event"] == "replaced" and status != "ready":
            return False
        if message["event"] == "created" and status == "ready":
            return False
        version = message["version"]
        status = {"deleted": "deleted", "rejected": "rejected"}.get(message["event"], "ready")
    return True


def play(changes: tuple[str, ...], schedule: tuple[str, ...], times: int) -> Stage:
    """Return the stage after changes whose events came in this order, each so many times."""
    stage = begin_story("mip missing").copy()
    assert stage.deliver(STORIES["mip missing"][2])
    for token in schedule:
        what, number = token.split()
        stage.now += 1
        if what == "event":
            for _ in range(times):
                assert stage.deliver(s3_event(KEY, sequencer=f"0C0{number}"))
            continue
        body = PUTS[changes[int(number) - 1]]
        if body is None:
            stage.remove()
        else:
            stage.put(body)
        stage.ask("w=33")
    return stage


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("changes", list(itertools.permutations(PUTS)))
def test_in_any_order_of_events_the_result_is_that_of_the_last_change(
    changes: tuple[str, str, str], times: int
) -> None:
    ends = []
    for schedule in schedules():
        stage = play(changes, schedule, times)
        for message, _ in list(stage.queue.port.sent):
            assert stage.deliver(message)

        assert is_coherent(stage.received_alerts), schedule
        end = stage.end()
        assert end.stale == [], schedule
        assert (end.alerts["event"], end.alerts["version"] or "") in last_alerts(changes[-1]), (
            schedule
        )
        ends.append((end.record, end.mips))

    assert ends == [ends[0]] * len(ends)
    body = PUTS[changes[-1]]
    record, mips = ends[0]
    assert record["version"] == ("" if body is None else version(body))
    assert len(mips) == (5 if changes[-1] == "good" else 0)


# An outage of AWS.

SHARE: Final = 1 / 3
"""The share of calls that fail."""

SHADES: Final = (0, 80, 160, 240)
COLOURS: Final = list(itertools.product(SHADES, SHADES, SHADES))


class FailedCall(NamedTuple):
    """A call that fails: the *status* of its answer, 0 for no answer."""

    status: int
    takes_effect: bool


@dataclass
class Outage:
    """Makes a share of the calls to every service fail; some of them still take effect."""

    random: Random
    shares: Mapping[str, float] = field(default_factory=dict)
    tried: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)

    def failed_call(self, service: str) -> FailedCall | None:
        self.tried[service] += 1
        if self.random.random() >= self.shares.get(service, 0):
            return None
        self.failed[service] += 1
        return FailedCall(self.random.choice((0, 500, 503, 503)), self.random.random() < 0.5)

    def on_boto3(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        """Answer a request of boto3 with a failure; moto also gets it, but its answer is lost."""
        failed_call, url = self.failed_call(event_name.split(".")[1]), request.url
        if failed_call is None:
            return None
        if not failed_call.status:
            raise ReadTimeoutError(endpoint_url=url)
        if not failed_call.takes_effect:
            request.url = "https://nowhere.invalid/"
        return AWSResponse(url, failed_call.status, {}, MockRawResponse(b""))

    def on_slim(self, send: Callable[[Transport, Call, float], Answer]) -> Any:
        """Return a function for the origin's client that sends with *send*, but can fail."""

        def sent(transport: Transport, call: Call, end: float) -> Answer:
            service = "s3"
            if call.method == "POST":
                service = "dynamodb" if "x-amz-target" in call.headers else "sns"
            failed_call = self.failed_call(service)
            if failed_call is None:
                return send(transport, call, end)
            if failed_call.takes_effect:
                send(transport, call, end)
            if not failed_call.status:
                raise ConnectionLost(TimeoutError(), received=True)
            return Answer(failed_call.status, {}, b"")

        return sent


@dataclass
class Deployment:
    """A deployment whose calls fail; deliveries and the test itself are not affected."""

    outage: Outage
    worker: Worker
    environment: Mapping[str, str]
    now: float = 1_000_000.0
    colours: dict[str, list[tuple[int, int, int]]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        session = boto3.Session()
        self.s3, self.sqs, self.dynamodb = map(session.client, ("s3", "sqs", "dynamodb"))

    def put(self, key: str, colour: tuple[int, int, int]) -> None:
        self.colours.setdefault(key, []).append(colour)
        body = encoded(Image.new("RGB", (16, 16), colour), "PNG")
        self.s3.put_object(Bucket=ORIGINALS, Key=key, Body=body)

    def record(self, key: str) -> OriginalRecord:
        """Return the original record of a key; an empty one if the catalog has none."""
        record = find_record(DynamoCatalog(self.dynamodb, CATALOG), key, consistent=True)
        return record or OriginalRecord(key)

    def is_settled(self, key: str) -> bool:
        """Whether ingest has processed the object that is in the bucket."""
        record = self.record(key)
        tag = self.s3.head_object(Bucket=ORIGINALS, Key=key)["ETag"].strip('"')
        return record.is_settled and record.version == tag

    def receive_all(self, queue_url: str) -> Iterator[str]:
        """Yield all messages of a queue, and delete them."""
        ask = {"QueueUrl": queue_url, "MaxNumberOfMessages": 10}
        while messages := self.sqs.receive_message(**ask).get("Messages"):
            for message in messages:
                yield message["Body"]
                handle = message["ReceiptHandle"]
                self.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=handle)

    def take_dead_letters(self) -> list[str]:
        """Receive and delete all messages of the dead-letter queue."""
        return list(
            self.receive_all(self.sqs.get_queue_url(QueueName="calotype-ingest-dead")["QueueUrl"])
        )

    def received_alerts(self) -> list[Mapping[str, Any]]:
        """Receive the alerts of subscribers, without duplicates."""
        alerts = map(json.loads, self.receive_all(self.environment["ALERTS_SEEN_URL"]))
        return list({message["id"]: message for message in alerts if "id" in message}.values())

    def redrive(self, letters: list[str]) -> None:
        """Redrive the dead-letter queue, as an operator does in the console."""
        for letter in letters:
            self.sqs.send_message(QueueUrl=self.worker.queue_url, MessageBody=letter)
        while self.worker.deliver_batch():
            pass

    def ask(self, key: str, query: str) -> None:
        """Request a derivative, and check that the answer is allowed."""
        answer = handler.origin(event("function-url", f"/{key}", query), None)
        body = base64.b64decode(answer["body"])
        self.statuses[answer["statusCode"]] += 1
        match answer["statusCode"]:
            case 200:
                image = Image.open(io.BytesIO(body)).convert("RGB")
                assert image.getpixel((2, 2)) in self.colours[key], (key, query)
            case 415 | 422:
                assert key not in self.colours
            case status:
                assert status in {502, 503}, body
                assert answer["headers"]["cache-control"] == "no-store"
                assert json.loads(body)["error"]["code"] in {"store-failed", "unavailable"}


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch, served_url: str) -> Iterator[Deployment]:
    """Yield a deployment without delays: retries, sweeps and deliveries follow at once."""
    outage = Outage(Random(1839))
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _: None))
    no_sleep = SimpleNamespace(sleep=lambda _: None, monotonic=time.monotonic)
    monkeypatch.setattr(transport, "time", no_sleep)
    monkeypatch.setattr(Transport, "_send_once", outage.on_slim(Transport._send_once))
    monkeypatch.setattr(purge, "SWEEP_SECONDS", 0)
    monkeypatch.setattr(purge, "DEFERRED_SECONDS", 0)
    with (
        mock_aws(config={"core": {"mock_credentials": False}}),
        mock.patch.dict("os.environ", environment := create_resources()),
    ):
        boto3.setup_default_session()
        boto3.DEFAULT_SESSION.events.register_first("before-send", outage.on_boto3)
        settings = Settings.from_environment(environment)
        deliveries = build_dispatcher(settings)
        with mock.patch.dict("os.environ", environment_for(served_url)):
            origin = build_origin(settings)
        ingest = dataclasses.replace(deliveries.ingest, clock=lambda: made.now)
        deliveries = dataclasses.replace(deliveries, ingest=ingest)
        monkeypatch.setattr(handler, "_origin", lambda: origin)
        monkeypatch.setattr(handler, "_dispatcher", lambda: deliveries)

        def invoke(batch: Mapping[str, Any], context: Any) -> Any:
            made.now += LEASE_SECONDS + 1
            return handler.ingest(batch, context)

        sqs, queue = boto3.Session().client("sqs"), environment["INGEST_QUEUE_URL"]
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "0"})
        made = Deployment(outage, Worker(invoke, sqs, queue, lambda: None), environment)
        yield made


def test_during_an_outage_originals_are_ingested_or_dead_letters_and_pictures_are_served(
    deployment: Deployment,
) -> None:
    dice, colours = Random(1841), iter(COLOURS)
    good = [f"{number}.png" for number in range(12)]
    bad = {"poem.jpg": draw("text"), "bomb.gif": draw("gif-bomb"), "none.png": b""}
    for key in good:
        deployment.put(key, next(colours))
    for key, body in bad.items():
        deployment.s3.put_object(Bucket=ORIGINALS, Key=key, Body=body)
    keys = [*good, *bad]
    # SNS is called least, so more of its calls fail.
    deployment.outage.shares = {"s3": SHARE, "dynamodb": SHARE, "sqs": SHARE, "sns": 2 * SHARE}

    batches = 0
    while deployment.worker.deliver_batch():
        batches += 1
        for _ in range(4):
            deployment.ask(dice.choice(keys), dice.choice(("w=8", "w=12&fm=webp&lossless=true")))
        if batches in {3, 6}:
            for key in good[batches::6]:
                deployment.put(key, next(colours))
    deployment.outage.shares = {}

    assert sum(deployment.outage.failed.values()) > sum(deployment.outage.tried.values()) / 4
    assert (
        min(deployment.outage.failed[service] for service in ("s3", "dynamodb", "sns", "sqs")) >= 3
    )
    assert deployment.statuses[200] > sum(deployment.statuses.values()) / 2
    assert deployment.statuses[502] + deployment.statuses[503] > 0
    letters = deployment.take_dead_letters()
    lost = [key for key in keys if not deployment.is_settled(key) and key not in "".join(letters)]
    assert lost == []
    deployment.redrive(letters)
    assert [key for key in keys if not deployment.is_settled(key)] == []
    statuses = {key: deployment.record(key).status for key in keys}
    assert statuses == {key: Status.REJECTED if key in bad else Status.READY for key in keys}
    last_versions = {message["key"]: message["version"] for message in deployment.received_alerts()}
    assert last_versions == {key: deployment.record(key).version for key in keys}
    for key in good:
        deployment.colours[key] = deployment.colours[key][-1:]
        deployment.ask(key, "w=8")


def test_an_alert_that_failed_is_in_the_dead_letter_queue_and_settled_by_a_redrive(
    deployment: Deployment,
) -> None:
    deployment.outage.shares = {"sns": 1}
    deployment.put("red.png", (240, 0, 0))
    deployment.s3.put_object(Bucket=ORIGINALS, Key="poem.jpg", Body=draw("text"))
    keys = ("red.png", "poem.jpg")

    while deployment.worker.deliver_batch():
        pass

    records = list(map(deployment.record, keys))
    assert [record.status for record in records] == [Status.READY, Status.REJECTED]
    assert [record.last_notification for record in records] == [None, None]
    deployment.outage.shares = {}
    letters = deployment.take_dead_letters()
    deployment.redrive(letters)
    assert len(letters) == 2
    assert all(map(deployment.is_settled, keys))
    alerts = [(message["event"], message["key"]) for message in deployment.received_alerts()]
    assert sorted(alerts) == [("created", "red.png"), ("rejected", "poem.jpg")]


# How much of an original is read before it is refused.


@dataclass(slots=True)
class Metered(MemoryBucket):
    """A bucket that counts the bytes that are read."""

    sent: list[int] = field(default_factory=list)

    def read(self, key: str, *, first: int | None = None, most: int | None = None) -> Blob | None:
        blob = MemoryBucket.read(self, key, first=first, most=most)
        self.sent.append(len(blob.body) if blob else 0)
        return blob


def bmp_bomb() -> bytes:
    """Return a bitmap whose header claims 30000x30000 (BITMAPINFOHEADER, biWidth, biHeight)."""
    body = bytearray(draw("bmp"))
    body[18:26] = struct.pack("<ii", 30_000, 30_000)
    return bytes(body)


MEGABYTE: Final = bytes(1_000_000)
PIXELS: Final = ("unprocessable", "the original has more than 100,000,000 pixels")
BYTES: Final = ("too-large", "the original has more than 900,000 bytes")
NO_PICTURE: Final = ("not-a-picture", "the original is not a picture that can be read")

HEAVY: Final[dict[str, tuple[bytes, tuple[str, str] | None, list[int]]]] = {
    "too many bytes": (draw("jpeg") + MEGABYTE, BYTES, []),
    "too many bytes of nothing": (draw("text") + MEGABYTE, BYTES, []),
    "png bomb": (draw("png-bomb"), PIXELS, [HEADER_BYTES]),
    "jpeg bomb": (draw("jpeg-huge-header") + MEGABYTE[:800_000], PIXELS, [HEADER_BYTES]),
    "gif bomb": (draw("gif-bomb") + MEGABYTE[:800_000], PIXELS, [HEADER_BYTES]),
    "bmp bomb": (bmp_bomb() + MEGABYTE[:800_000], PIXELS, [HEADER_BYTES]),
    "no picture": (draw("html") + MEGABYTE[:800_000], NO_PICTURE, [HEADER_BYTES]),
    "good": (draw("jpeg") + MEGABYTE[:800_000], None, [HEADER_BYTES, 800_000 + len(draw("jpeg"))]),
    "good and small": (draw("jpeg"), None, [len(draw("jpeg"))]),
}


@pytest.mark.parametrize("name", HEAVY)
def test_an_original_is_read_only_as_far_as_needed_to_refuse_it(name: str) -> None:
    body, refusal, read = HEAVY[name]
    bucket = Metered()
    world = World(Limits(bytes_in=900_000), originals=Port(bucket))

    record = world.ingest_original(body)

    assert record.status is (Status.REJECTED if refusal else Status.READY)
    assert (record.reason and (record.reason.code, record.reason.message)) == refusal
    assert bucket.sent == read


def test_s3_sends_no_more_than_is_read(deployment: Deployment) -> None:
    sent: dict[str, list[int]] = {}

    def meter(params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["key"] = params["Key"]

    def weigh(parsed: Mapping[str, Any], context: Mapping[str, Any], **_: Any) -> None:
        sent.setdefault(context["key"], []).append(parsed["ContentLength"])

    events = handler._dispatcher().ingest.originals.client.meta.events  # type: ignore[attr-defined]
    events.register("provide-client-params.s3.GetObject", meter)
    events.register("after-call.s3.GetObject", weigh)
    for name in ("png bomb", "no picture", "good and small"):
        deployment.s3.put_object(Bucket=ORIGINALS, Key=name, Body=HEAVY[name][0])

    deployment.worker.deliver_batch()

    assert sent == {name: HEAVY[name][2] for name in ("png bomb", "no picture", "good and small")}
