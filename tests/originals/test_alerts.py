"""Alerts to subscribers, and changes without an alert."""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from origin_lambda.adapters.boto.sns import SnsAlerts
from origin_lambda.errors import Unprocessable
from origin_lambda.image.analysis.analyse import Analysis
from origin_lambda.image.analysis.measure import Description
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.probe import Facts
from origin_lambda.originals.alerts import Alert, Event, describe_change
from origin_lambda.originals.record import LastNotification, OriginalRecord, Status
from origin_lambda.ports import Stat

KEY: Final = "cats/tom.gif"
NOW: Final = 1_795_465_868.5
SURVEY: Final = Analysis(Facts(Kind.GIF, Size(300, 200), frames=12), Description("", 8, {}), None)

PENDING: Final = OriginalRecord(KEY).with_version(Stat("v2", 500), NOW)
READY: Final = PENDING.as_ready(SURVEY, (), NOW + 5)
REJECTED: Final = PENDING.as_rejected(
    Unprocessable("the original is broken", detail="hush"), NOW + 5
)
DELETED: Final = PENDING.with_version(None, NOW).as_deleted()


def notified(item: OriginalRecord, version: str, status: Status) -> OriginalRecord:
    return dataclasses.replace(item, last_notification=LastNotification(version, status))


def news(item: OriginalRecord) -> Alert:
    made = describe_change(item)
    assert made is not None
    return made


def message(item: OriginalRecord) -> Mapping[str, Any]:
    return news(item)[0]


# The event.


@pytest.mark.parametrize(
    "last_notification, now, event",
    [
        (None, READY, Event.CREATED),
        (None, REJECTED, Event.REJECTED),
        (None, DELETED, None),
        (None, PENDING, None),
        (LastNotification("v1", Status.READY), READY, Event.REPLACED),
        (LastNotification("v1", Status.READY), REJECTED, Event.REJECTED),
        (LastNotification("v1", Status.READY), DELETED, Event.DELETED),
        (LastNotification("v1", Status.READY), PENDING, None),
        (LastNotification("v2", Status.READY), READY, None),
        (LastNotification("v2", Status.READY), REJECTED, Event.REJECTED),
        (LastNotification("v2", Status.READY), DELETED, Event.DELETED),
        (LastNotification("v2", Status.READY), PENDING, None),
        (LastNotification("v1", Status.REJECTED), READY, Event.CREATED),
        (LastNotification("v1", Status.REJECTED), REJECTED, Event.REJECTED),
        (LastNotification("v1", Status.REJECTED), DELETED, Event.DELETED),
        (LastNotification("v1", Status.REJECTED), PENDING, None),
        (LastNotification("v2", Status.REJECTED), READY, Event.CREATED),
        (LastNotification("v2", Status.REJECTED), REJECTED, None),
        (LastNotification("v2", Status.REJECTED), DELETED, Event.DELETED),
        (LastNotification("v2", Status.REJECTED), PENDING, None),
        (LastNotification("", Status.DELETED), READY, Event.CREATED),
        (LastNotification("", Status.DELETED), REJECTED, Event.REJECTED),
        (LastNotification("", Status.DELETED), DELETED, None),
        (LastNotification("", Status.DELETED), PENDING, None),
    ],
)
def test_the_event_depends_on_the_last_notification(
    last_notification: LastNotification | None, now: OriginalRecord, event: Event | None
) -> None:
    made = describe_change(dataclasses.replace(now, last_notification=last_notification))

    assert (made and made[0]["event"]) == event


# The messages.


def test_the_alert_of_a_new_original_describes_it() -> None:
    text, attributes = news(READY)

    assert json.loads(json.dumps(text)) == {
        "schema": 1,
        "id": text["id"],
        "event": "created",
        "time": "2026-11-23T20:31:08+00:00",
        "key": "cats/tom.gif",
        "version": "v2",
        "previous": None,
        "bytes": 500,
        "type": "gif",
        "width": 300,
        "height": 200,
        "frames": 12,
        "reason": None,
    }
    assert attributes == {
        "event": "created",
        "format": "gif",
        "prefix": "cats/",
        "rejected": "false",
    }


def test_the_alert_of_a_replaced_original_has_the_version_before() -> None:
    text, attributes = news(notified(READY, "v1", Status.READY))

    assert (text["event"], text["version"], text["previous"]) == ("replaced", "v2", "v1")
    assert attributes["event"] == "replaced"


def test_the_alert_of_a_rejected_original_has_the_reason_without_details() -> None:
    text, attributes = news(notified(REJECTED, "v1", Status.READY))

    unknown = dict.fromkeys(("type", "width", "height", "frames"))
    assert text["reason"] == {"code": "unprocessable", "message": "the original is broken"}
    assert {name: text[name] for name in unknown} == unknown
    assert (text["event"], text["version"], text["previous"]) == ("rejected", "v2", "v1")
    assert attributes == {
        "event": "rejected",
        "format": "none",
        "prefix": "cats/",
        "rejected": "true",
    }


def test_the_alert_of_a_deleted_original_has_its_last_version() -> None:
    text, attributes = news(notified(DELETED, "v1", Status.READY))

    assert (text["event"], text["version"], text["previous"]) == ("deleted", None, "v1")
    assert (text["bytes"], text["type"], text["reason"]) == (0, None, None)
    assert (attributes["format"], attributes["rejected"]) == ("none", "false")


@pytest.mark.parametrize(
    "key, prefix",
    [("tom.jpg", "/"), ("/tom.jpg", "/"), ("a/", "a/"), ("a/b/c.jpg", "a/b/"), ("a//b", "a//")],
)
def test_a_prefix_is_the_folder_with_its_slash(key: str, prefix: str) -> None:
    _, changed = news(dataclasses.replace(READY, key=key))

    assert changed["prefix"] == prefix


@pytest.mark.parametrize("character", ["\n", "\x7f", "\ufffe", "\uffff"])
def test_a_prefix_leaves_out_characters_that_sns_refuses(character: str) -> None:
    _, attributes = news(dataclasses.replace(READY, key=f"a{character}b/c.jpg"))

    assert attributes["prefix"] == "a?b/"


changes = st.builds(
    dataclasses.replace,
    st.sampled_from([READY, REJECTED, notified(DELETED, "v1", Status.READY)]),
    key=st.text(st.characters(codec="utf-8"), min_size=1),
)


@given(changes)
def test_no_attribute_is_empty_because_sns_refuses_that(item: OriginalRecord) -> None:
    _, attributes = news(item)

    assert all(attributes.values())
    assert all(type(text) is str for text in attributes.values())


@pytest.fixture
def alerts() -> Iterator[SnsAlerts]:
    with mock_aws():
        sns = boto3.client("sns")
        yield SnsAlerts(sns, sns.create_topic(Name="alerts")["TopicArn"])


@pytest.mark.parametrize("key", ["tom.gif", "caf\u00e9/\U0001f408.gif"])
def test_sns_accepts_every_message(alerts: SnsAlerts, key: str) -> None:
    items = [
        READY,
        REJECTED,
        notified(DELETED, "v1", Status.READY),
        notified(READY, "v1", Status.READY),
    ]
    named = [dataclasses.replace(item, key=key) for item in items]

    for text, attributes in map(news, named):
        alerts.announce(text, attributes)


# The id of a message.


@pytest.mark.parametrize("item", [READY, REJECTED, notified(DELETED, "v1", Status.READY)])
def test_two_deliveries_of_one_change_have_the_same_id(item: OriginalRecord) -> None:
    again = dataclasses.replace(
        item, revision=item.revision + 2, leased=99, ingested=item.ingested + 60
    )

    assert message(item)["id"] == message(again)["id"]


def test_different_changes_have_different_ids() -> None:
    items = [
        READY,
        dataclasses.replace(READY, key="cats/ada.gif"),
        dataclasses.replace(READY, version="v3"),
        dataclasses.replace(READY, changed=READY.changed + 1),
        notified(READY, "v1", Status.READY),
        REJECTED,
        notified(DELETED, "v2", Status.READY),
    ]

    ids = {message(item)["id"] for item in items}

    assert len(ids) == len(items)
    assert all(len(each) == 32 for each in ids)
