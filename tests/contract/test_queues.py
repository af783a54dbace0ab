"""What `ports.IngestQueue` promises."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from botocore.stub import Stubber
from moto import mock_aws

from origin_lambda.adapters.boto.clients import PERSISTENT
from origin_lambda.adapters.boto.sqs import SqsQueue
from origin_lambda.adapters.memory import MemoryQueue
from origin_lambda.adapters.slim.sqs import SlimQueue
from origin_lambda.errors import Failure, StoreFailed, Unavailable
from origin_lambda.ports import IngestQueue
from tests.contract.clouds import (
    ANSWERS,
    HASTY,
    IMPATIENT,
    answering,
    at,
    client,
    failing,
    refusing,
    unreachable,
    unreachable_cloud,
)
from tests.contract.served import emptied
from tests.contract.wire import Received, says, wired

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/ingest"


@dataclass
class Channel:
    """A queue, what it delivers by now, and of how many messages it is not yet time to."""

    queue: IngestQueue
    delivered: Callable[[], list[Any]]
    delayed: Callable[[], int]


def in_sqs(endpoint: str | None = None) -> Channel:
    sqs = client("sqs", PERSISTENT, endpoint)
    url = sqs.create_queue(QueueName="ingest")["QueueUrl"]

    def delivered() -> list[Any]:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def delayed() -> int:
        name = "ApproximateNumberOfMessagesDelayed"
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return int(answer["Attributes"][name])

    return Channel(SqsQueue(sqs, url), delivered, delayed)


def in_slim(endpoint: str) -> Channel:
    environment = emptied(endpoint)
    channel = in_sqs(endpoint)
    assert isinstance(channel.queue, SqsQueue)
    return replace(channel, queue=SlimQueue(channel.queue.url, environment))


def in_memory() -> Channel:
    queue = MemoryQueue()
    return Channel(
        queue,
        lambda: [message for message, delay in queue.sent if not delay],
        lambda: len([delay for _, delay in queue.sent if delay]),
    )


@pytest.fixture(params=["memory", "sqs", "slim"])
def channel(request: pytest.FixtureRequest) -> Iterator[Channel]:
    match request.param:
        case "memory":
            yield in_memory()
        case "sqs":
            with mock_aws():
                yield in_sqs()
        case _:
            yield in_slim(request.getfixturevalue("served_url"))


def test_a_message_of_json_values_arrives_as_it_was_sent(channel: Channel) -> None:
    message = {
        "event": "sweep",
        "key": "caf\u00e9/\U0001f408 a+b\x01\u2028.jpg",
        "invalidate": True,
        "prefixes": ["/a/", "/b%20c/"],
        "share": 0.25,
        "none": None,
    }

    channel.queue.send(message)

    assert channel.delivered() == [message]


def test_each_message_is_delivered(channel: Channel) -> None:
    for number in range(3):
        channel.queue.send({"number": number})
    channel.queue.send({"number": 2})

    numbers = [message["number"] for message in channel.delivered()]

    assert sorted(numbers) == [0, 1, 2, 2]


@pytest.mark.parametrize("delay", [1, 90, 900])
def test_a_message_with_a_delay_waits_and_holds_up_no_other(channel: Channel, delay: int) -> None:
    channel.queue.send({"number": 1}, delay=delay)
    channel.queue.send({"number": 2})

    assert channel.delivered() == [{"number": 2}]
    assert channel.delayed() == 1


def test_a_message_does_not_change_with_what_it_was_made_of(channel: Channel) -> None:
    prefixes = ["/a/"]
    channel.queue.send({"prefixes": prefixes})

    prefixes.append("/b/")

    assert channel.delivered() == [{"prefixes": ["/a/"]}]


def test_sqs_is_asked_for_the_delay_of_a_message() -> None:
    sqs = client("sqs", HASTY)
    asked = {"QueueUrl": URL, "MessageBody": '{"key": "tom.jpg"}', "DelaySeconds": 90}

    with Stubber(sqs) as stubber:
        stubber.add_response("send_message", {}, asked)
        SqsQueue(sqs, URL).send({"key": "tom.jpg"}, delay=90)

        stubber.assert_no_pending_responses()


def test_memory_remembers_the_delay_of_a_message() -> None:
    queue = MemoryQueue()

    queue.send({"key": "tom.jpg"}, delay=90)

    assert queue.sent == [({"key": "tom.jpg"}, 90)]


# Failures.


@mock_aws
def test_a_delay_that_is_too_long_for_sqs_is_a_failure() -> None:
    channel = in_sqs()

    with failing(StoreFailed):
        channel.queue.send({"key": "tom.jpg"}, delay=901)


@pytest.mark.parametrize("code, status, failure", ANSWERS)
def test_an_error_of_sqs_is_a_failure_of_the_port(
    code: str, status: int, failure: type[Failure]
) -> None:
    queue = SqsQueue(answering("sqs", "send_message", code, status), URL)

    with failing(failure):
        queue.send({"key": "tom.jpg"})


def test_a_queue_that_cannot_be_reached_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    with unreachable("sqs", monkeypatch) as sqs, failing(Unavailable):
        SqsQueue(sqs, URL).send({"key": "tom.jpg"})


# The slim queue.


@pytest.mark.parametrize("code, status, failure", ANSWERS)
def test_an_error_of_sqs_is_the_same_failure_of_the_slim_queue(
    code: str, status: int, failure: type[Failure]
) -> None:
    with refusing(code, status, in_xml=False) as environment, failing(failure):
        SlimQueue(URL, environment, IMPATIENT).send({"key": "tom.jpg"})


def test_a_slim_queue_that_cannot_be_reached_is_unavailable() -> None:
    with unreachable_cloud() as environment, failing(Unavailable):
        SlimQueue(URL, environment, IMPATIENT).send({"key": "tom.jpg"})


def test_the_slim_queue_says_over_the_wire_what_boto3_says() -> None:
    def sent(queue_at: Callable[[str], IngestQueue]) -> Received:
        with wired(says(200, b"{}")) as wire:
            queue_at(wire.url).send({"key": "tom.jpg"}, delay=9)
        return wire.received[0]

    slim = sent(lambda url: SlimQueue(URL, at(url)))
    boto = sent(lambda url: SqsQueue(client("sqs", PERSISTENT, url), URL))

    assert (slim.method, slim.target) == (boto.method, boto.target)
    assert json.loads(slim.body) == json.loads(boto.body)
    for name in ("content-type", "x-amz-target"):
        assert slim.headers[name] == boto.headers[name]
