"""The contract of `ports.Alerts`, for every adapter."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from moto import mock_aws

from origin_lambda.adapters.boto.clients import SINGLE_TRY
from origin_lambda.adapters.boto.sns import SnsAlerts
from origin_lambda.adapters.memory import MemoryAlerts
from origin_lambda.errors import Failure, Unavailable
from origin_lambda.ports import Alerts
from tests.contract.aws import (
    ERRORS,
    client_with_error,
    create_client,
    expect_failure,
    unreachable_client,
)

TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"


@dataclass
class Topic:
    """Alerts, and the messages that a subscriber to the event `replaced` received."""

    alerts: Alerts
    received: Callable[[], list[Any]]


def create_sns() -> Topic:
    sns, sqs = create_client("sns", SINGLE_TRY), create_client("sqs", SINGLE_TRY)
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    queue = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
    wanted = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=wanted["Attributes"]["QueueArn"],
        Attributes={
            "RawMessageDelivery": "true",
            "FilterPolicy": json.dumps({"event": ["replaced"]}),
        },
    )

    def received() -> list[Any]:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    return Topic(SnsAlerts(sns, topic), received)


def create_memory() -> Topic:
    alerts = MemoryAlerts()

    def received() -> list[Any]:
        return [message for message, sent in alerts.sent if sent.get("event") == "replaced"]

    return Topic(alerts, received)


@pytest.fixture(params=["memory", "sns"])
def topic(request: pytest.FixtureRequest) -> Iterator[Topic]:
    if request.param == "memory":
        yield create_memory()
    else:
        with mock_aws():
            yield create_sns()


def test_a_message_of_json_values_arrives_as_it_was_sent(topic: Topic) -> None:
    message = {
        "schema": 1,
        "key": "caf\u00e9/\U0001f408 a+b.jpg",
        "share": 0.25,
        "focus": [0.5, 0.5],
        "known": True,
        "reason": None,
    }

    topic.alerts.announce(message, {"event": "replaced"})

    assert topic.received() == [message]


def test_subscribers_receive_only_messages_that_match_their_filter(topic: Topic) -> None:
    topic.alerts.announce({"key": "a"}, {"event": "new"})
    topic.alerts.announce({"key": "b"}, {"event": "replaced", "kind": "jpeg"})
    topic.alerts.announce({"event": "replaced"}, {"other": "replaced"})

    assert topic.received() == [{"key": "b"}]


@pytest.mark.parametrize("code, status, failure", ERRORS)
def test_an_error_of_sns_is_a_failure_of_the_port(
    code: str, status: int, failure: type[Failure]
) -> None:
    alerts = SnsAlerts(client_with_error("sns", "publish", code, status), TOPIC)

    with expect_failure(failure):
        alerts.announce({"key": "tom.jpg"}, {"event": "new"})


def test_a_topic_that_cannot_be_reached_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    with unreachable_client("sns", monkeypatch) as sns, expect_failure(Unavailable):
        SnsAlerts(sns, TOPIC).announce({"key": "tom.jpg"}, {"event": "new"})
