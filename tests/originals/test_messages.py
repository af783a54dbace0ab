"""Messages to ingest are read in any wrapping, and foreign messages are refused."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda import log
from origin_lambda.originals.messages import (
    Changed,
    Deferred,
    IngestReason,
    Notice,
    PurgeDependents,
    Requested,
    Sweep,
    UnknownMessage,
    ingest_request,
    sweep_request,
    unwrap,
    use_request,
    walk_request,
)
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import Stat
from tests.contract.aws import AWKWARD_KEYS
from tests.events import KEY, sample

BUCKET: Final = "originals"
OTHER: Final = "cats/100%/\u732b.jpg"
FIRST, SECOND = "0066F1A2B3C4D5E6F7", "0066F1A2B3C4D5E6F8"

Message = Mapping[str, Any]


def said(message: Message) -> list[Notice]:
    return list(unwrap(message, BUCKET))


# Wrappings.


def by_itself(message: Message) -> Message:
    return message


def in_sns(message: Message) -> Message:
    event = sample("sns")
    event["Records"][0]["Sns"]["Message"] = json.dumps(message)
    return event


def in_sqs(*messages: Message) -> dict[str, Any]:
    """Return a batch; the id of each message is its place in it."""
    (record,) = sample("sqs")["Records"]
    return {
        "Records": [
            record | {"messageId": str(number), "body": json.dumps(message)}
            for number, message in enumerate(messages)
        ]
    }


def in_sns_in_sqs(message: Message) -> Message:
    return in_sqs(notification(message))


def notification(message: Message) -> dict[str, Any]:
    """Return what SNS puts into a queue that did not ask for raw messages."""
    notified: dict[str, Any] = json.loads(sample("sqs-sns")["Records"][0]["body"])
    return notified | {"Message": json.dumps(message)}


WRAPPINGS: Final = [by_itself, in_sns, in_sqs, in_sns_in_sqs]


# Events of S3.


def s3_event(
    key: str, bucket: str = BUCKET, event: str = "ObjectCreated:Put", **rest: str
) -> dict[str, Any]:
    """Return a notification of S3 about one object."""
    (record, _) = sample("s3")["Records"]
    about = {"bucket": {"name": bucket}, "object": {"key": quote_plus(key, safe="/"), **rest}}
    return {"Records": [record | {"eventName": event, "s3": about}]}


SAMPLES: Final[dict[str, list[Notice]]] = {
    "s3": [Changed(KEY, FIRST), Changed(OTHER, SECOND)],
    "s3-test": [],
    "eventbridge-created": [Changed(KEY, FIRST)],
    "eventbridge-deleted": [Changed(KEY, SECOND)],
    "eventbridge-restored": [Changed(KEY)],
    "sns": [Changed(KEY, FIRST)],
    "sqs": [Changed(KEY, FIRST)],
    "sqs-sns": [Requested(KEY, IngestReason.UNKNOWN, "d41d8cd98f00b204e9800998ecf8427e")],
}


@pytest.mark.parametrize("shape", SAMPLES)
@pytest.mark.parametrize("wrapped", WRAPPINGS)
def test_a_sample_event_is_understood_in_any_wrapping(
    shape: str, wrapped: Callable[[Message], Message]
) -> None:
    assert said(wrapped(sample(shape))) == SAMPLES[shape]


@pytest.mark.parametrize("key", [*AWKWARD_KEYS, "a+b%2B c%20.jpg", "\n\x01.jpg"])
def test_any_key_is_read_as_it_is_in_the_bucket(key: str) -> None:
    bridged = sample("eventbridge-created")
    bridged["detail"]["object"]["key"] = key  # which EventBridge does not encode

    assert said(s3_event(key)) == [Changed(key)]
    assert said(bridged) == [Changed(key, FIRST)]


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_an_encoded_key_is_decoded(key: str) -> None:
    assert said(s3_event(key)) == [Changed(key)]


@pytest.mark.parametrize(
    "event",
    [
        "ObjectCreated:CompleteMultipartUpload",
        "ObjectRemoved:DeleteMarkerCreated",
        "LifecycleExpiration:Delete",
        "ObjectRestore:Completed",
        "new",
    ],
)
def test_any_event_about_an_object_is_a_change(event: str) -> None:
    assert said(s3_event(KEY, event=event)) == [Changed(KEY)]


def test_a_sequencer_is_kept_as_it_was_sent() -> None:
    assert said(s3_event(KEY, sequencer="0a")) == [Changed(KEY, "0a")]


def test_an_event_without_a_sequencer_has_none() -> None:
    bridged = sample("eventbridge-created")
    del bridged["detail"]["object"]["sequencer"]

    assert said(s3_event(KEY)) == said(bridged) == [Changed(KEY, "")]


def test_a_batch_is_understood_in_its_order() -> None:
    batch = in_sqs(s3_event("a"), sample("s3-test"), notification(s3_event("b")))

    assert said(batch) == [Changed("a"), Changed("b")]


@pytest.mark.parametrize("wrapped", WRAPPINGS)
def test_the_test_event_of_s3_is_ignored_with_a_line_in_the_log(
    wrapped: Callable[[Message], Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(log, "write", lines.append)

    assert said(wrapped(sample("s3-test"))) == []

    (line,) = map(json.loads, lines)
    assert line["event"] == "ignored"


# Our own messages.


@pytest.mark.parametrize("wrapped", WRAPPINGS)
@pytest.mark.parametrize("reason", [each for each in IngestReason if each is not IngestReason.USED])
def test_a_request_of_the_origin_is_understood(
    wrapped: Callable[[Message], Message], reason: IngestReason
) -> None:
    message = ingest_request(OriginalRecord(KEY, version="v1"), reason)

    assert said(wrapped(message)) == [Requested(KEY, reason, "v1")]


@pytest.mark.parametrize("reason", [each for each in IngestReason if each is not IngestReason.USED])
def test_an_ingest_request_has_the_version_and_the_reason(reason: IngestReason) -> None:
    message = ingest_request(OriginalRecord.unknown(KEY, Stat("v1", 9)), reason)

    assert json.loads(json.dumps(message)) == {
        "schema": 1,
        "event": "ingest-requested",
        "key": KEY,
        "version": "v1",
        "bytes": 9,
        "reason": str(reason),
    }


@pytest.mark.parametrize("wrapped", WRAPPINGS)
def test_the_use_of_a_layer_is_understood(wrapped: Callable[[Message], Message]) -> None:
    layer = OriginalRecord(KEY, version="v1", edition=2)

    message = use_request(layer, "cats/ada.jpg")

    assert said(wrapped(message)) == [
        Requested(KEY, IngestReason.USED, "v1.2", used_by="cats/ada.jpg")
    ]


@pytest.mark.parametrize("wrapped", WRAPPINGS)
@pytest.mark.parametrize(
    "why, reason",
    [
        ("gone", IngestReason.MISSING),
        ("unlisted", IngestReason.UNKNOWN),
        ("stale", IngestReason.STALE),
        ("mip-missing", IngestReason.MIP_MISSING),
    ],
)
def test_a_request_of_an_origin_before_2026_12_is_understood(
    wrapped: Callable[[Message], Message], why: str, reason: IngestReason
) -> None:
    message = {"schema": 1, "event": "ingest-requested", "key": KEY, "version": "v1", "why": why}

    assert said(wrapped(message)) == [Requested(KEY, reason, "v1")]


@pytest.mark.parametrize("wrapped", WRAPPINGS)
@pytest.mark.parametrize(
    "message, notice",
    [
        ({"event": "sweep", "key": KEY, "invalidate": True}, Sweep(KEY, True)),
        ({"event": "sweep", "key": KEY, "invalidate": False}, Sweep(KEY, False)),
        (sweep_request(KEY, invalidate=True), Sweep(KEY, True)),
        (sweep_request(KEY, invalidate=True, dependents=False), Sweep(KEY, True, False)),
        (walk_request(KEY), PurgeDependents(KEY, "")),
        (walk_request(KEY, "cats/r=4"), PurgeDependents(KEY, "cats/r=4")),
        ({"event": "invalidate", "prefixes": ["/a/", "/b/"]}, Deferred(("/a/", "/b/"))),
        ({"event": "invalidate", "prefixes": []}, Deferred(())),
    ],
)
def test_our_deferred_messages_are_understood(
    wrapped: Callable[[Message], Message], message: Message, notice: Notice
) -> None:
    assert said(wrapped(message)) == [notice]


# Unknown messages.


def bridged(**changes: Any) -> Message:
    return sample("eventbridge-created") | {
        name.replace("_", "-"): value for name, value in changes.items()
    }


NONE_OF_OURS: Final[dict[str, Message]] = {
    "nothing": {},
    "another bucket": s3_event(KEY, "derivatives"),
    "another bucket, bridged": bridged(
        detail={"bucket": {"name": "derivatives"}, "object": {"key": KEY}}
    ),
    "no bucket": {"Records": [{"s3": {"object": {"key": "a"}}}]},
    "no bucket, bridged": bridged(detail={"object": {"key": KEY}}),
    "a bucket that is no object, bridged": bridged(
        detail={"bucket": "originals", "object": {"key": KEY}}
    ),
    "no object": {"Records": [{"s3": {"bucket": {"name": BUCKET}}}]},
    "a key that is no text": {
        "Records": [{"s3": {"bucket": {"name": BUCKET}, "object": {"key": 5}}}]
    },
    "a record that is none": {"Records": ["a"]},
    "a record of another service": {"Records": [{"eventSource": "aws:kinesis", "kinesis": {}}]},
    "records that are no list": {"Records": {"s3": {}}},
    "another service, bridged": bridged(source="aws.ec2"),
    "tags, bridged": bridged(detail_type="Object Tags Added"),
    "a restore that began, bridged": bridged(detail_type="Object Restore Initiated"),
    "CloudTrail, bridged": bridged(detail_type="AWS API Call via CloudTrail"),
    "a subscription to confirm": {"Type": "SubscriptionConfirmation", "Message": "You have chosen"},
    "what is no notification": notification(s3_event(KEY)) | {"Type": "Other"},
    "a notification of no JSON": {"Type": "Notification", "Message": "hello"},
    "a notification of no text": {"Type": "Notification", "Message": {"a": 1}},
    "a notification of no object": {"Type": "Notification", "Message": "[1, 2]"},
    "another event of S3": {"Event": "s3:OtherEvent"},
    "our own news": {"event": "created", "key": KEY},
    "an unknown reason": {
        "event": "ingest-requested",
        "key": KEY,
        "version": "v1",
        "reason": "for fun",
    },
    "an unknown reason, as it was said before": {
        "event": "ingest-requested",
        "key": KEY,
        "version": "v1",
        "why": "missing",
    },
    "no reason": {"event": "ingest-requested", "key": KEY, "version": "v1"},
    "a request without a key": {"event": "ingest-requested", "reason": "stale", "version": "v1"},
    "a request without a version": {"event": "ingest-requested", "key": KEY, "reason": "stale"},
    "a use by nothing": {**use_request(OriginalRecord(KEY), "a.jpg"), "used_by": ""},
    "a use that does not say by what": ingest_request(OriginalRecord(KEY), IngestReason.USED),
    "a use by what is no text": {**use_request(OriginalRecord(KEY), "a.jpg"), "used_by": 5},
    "a walk from nowhere": {"event": "purge-dependents", "key": KEY},
    "a sweep of no text": {"event": "sweep", "key": None, "invalidate": True},
    "a sweep that leaves open how": {"event": "sweep", "key": KEY},
    "a sweep that says how in words": {"event": "sweep", "key": KEY, "invalidate": "yes"},
    "no prefixes": {"event": "invalidate"},
    "prefixes that are one text": {"event": "invalidate", "prefixes": "/a/"},
    "a prefix that is no text": {"event": "invalidate", "prefixes": ["/a/", 5]},
    "a prefix that no URI has": {"event": "invalidate", "prefixes": ["/a/", "b/"]},
}


@pytest.mark.parametrize("what", NONE_OF_OURS)
@pytest.mark.parametrize("wrapped", WRAPPINGS)
def test_a_foreign_message_is_not_understood(
    what: str, wrapped: Callable[[Message], Message]
) -> None:
    with pytest.raises(UnknownMessage):
        said(wrapped(NONE_OF_OURS[what]))


@pytest.mark.parametrize("text", ["", "hello", "{", '"text"', "[]", "null", "5", "NaN", "true"])
def test_a_body_that_is_no_json_object_is_not_understood(text: str) -> None:
    queued, notified = in_sqs({}), sample("sns")
    queued["Records"][0]["body"] = text
    notified["Records"][0]["Sns"]["Message"] = text

    for event in (queued, notified):
        with pytest.raises(UnknownMessage):
            said(event)


@pytest.mark.parametrize("record", [{"body": None}, {"Sns": {}}, {"Sns": "text"}, {}])
def test_a_record_without_a_message_is_not_understood(record: Message) -> None:
    with pytest.raises(UnknownMessage):
        said({"Records": [record]})
