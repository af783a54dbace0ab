"""The contract of `ports.IngestQueue`, for every adapter."""

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
from tests.contract.aws import (
    ERRORS,
    SHORT_RETRY_POLICY,
    SHORT_TIMEOUTS,
    client_with_error,
    create_client,
    environment_for,
    expect_failure,
    serve_errors,
    unreachable_client,
    unreachable_environment,
)
from tests.contract.scripted_server import ReceivedRequest, reply, serve_script
from tests.contract.signed_server import reset_moto

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/ingest"


@dataclass
class Channel:
    """A queue, the messages that it delivers now, and the number of those that are delayed."""

    queue: IngestQueue
    delivered: Callable[[], list[Any]]
    delayed: Callable[[], int]


def create_sqs(endpoint: str | None = None) -> Channel:
    sqs = create_client("sqs", PERSISTENT, endpoint)
    url = sqs.create_queue(QueueName="ingest")["QueueUrl"]

    def delivered() -> list[Any]:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def delayed() -> int:
        name = "ApproximateNumberOfMessagesDelayed"
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return int(answer["Attributes"][name])

    return Channel(SqsQueue(sqs, url), delivered, delayed)


def create_slim(endpoint: str) -> Channel:
    environment = reset_moto(endpoint)
    channel = create_sqs(endpoint)
    assert isinstance(channel.queue, SqsQueue)
    return replace(channel, queue=SlimQueue(channel.queue.url, environment))


def create_memory() -> Channel:
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
            yield create_memory()
        case "sqs":
            with mock_aws():
                yield create_sqs()
        case _:
            yield create_slim(request.getfixturevalue("served_url"))


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
def test_a_delayed_message_does_not_delay_others(channel: Channel, delay: int) -> None:
    channel.queue.send({"number": 1}, delay=delay)
    channel.queue.send({"number": 2})

    assert channel.delivered() == [{"number": 2}]
    assert channel.delayed() == 1


def test_a_sent_message_does_not_share_lists_with_the_callers(channel: Channel) -> None:
    prefixes = ["/a/"]
    channel.queue.send({"prefixes": prefixes})

    prefixes.append("/b/")

    assert channel.delivered() == [{"prefixes": ["/a/"]}]


def test_sqs_gets_the_delay_of_a_message() -> None:
    sqs = create_client("sqs", SHORT_TIMEOUTS)
    expected_call = {"QueueUrl": URL, "MessageBody": '{"key": "tom.jpg"}', "DelaySeconds": 90}

    with Stubber(sqs) as stubber:
        stubber.add_response("send_message", {}, expected_call)
        SqsQueue(sqs, URL).send({"key": "tom.jpg"}, delay=90)

        stubber.assert_no_pending_responses()


def test_the_memory_queue_keeps_the_delay_of_a_message() -> None:
    queue = MemoryQueue()

    queue.send({"key": "tom.jpg"}, delay=90)

    assert queue.sent == [({"key": "tom.jpg"}, 90)]


# Failures.


@mock_aws
def test_a_delay_that_is_too_long_for_sqs_is_a_failure() -> None:
    channel = create_sqs()

    with expect_failure(StoreFailed):
        channel.queue.send({"key": "tom.jpg"}, delay=901)


@pytest.mark.parametrize("code, status, failure", ERRORS)
def test_an_error_of_sqs_is_a_failure_of_the_port(
    code: str, status: int, failure: type[Failure]
) -> None:
    queue = SqsQueue(client_with_error("sqs", "send_message", code, status), URL)

    with expect_failure(failure):
        queue.send({"key": "tom.jpg"})


def test_a_queue_that_cannot_be_reached_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    with unreachable_client("sqs", monkeypatch) as sqs, expect_failure(Unavailable):
        SqsQueue(sqs, URL).send({"key": "tom.jpg"})


# Only the slim queue.


@pytest.mark.parametrize("code, status, failure", ERRORS)
def test_an_error_of_sqs_is_the_same_failure_of_the_slim_queue(
    code: str, status: int, failure: type[Failure]
) -> None:
    with serve_errors(code, status, in_xml=False) as environment, expect_failure(failure):
        SlimQueue(URL, environment, SHORT_RETRY_POLICY).send({"key": "tom.jpg"})


def test_a_slim_queue_that_cannot_be_reached_is_unavailable() -> None:
    with unreachable_environment() as environment, expect_failure(Unavailable):
        SlimQueue(URL, environment, SHORT_RETRY_POLICY).send({"key": "tom.jpg"})


def test_the_slim_queue_sends_the_same_request_as_boto3() -> None:
    def record_request(create_queue: Callable[[str], IngestQueue]) -> ReceivedRequest:
        with serve_script(reply(200, b"{}")) as wire:
            create_queue(wire.url).send({"key": "tom.jpg"}, delay=9)
        return wire.received[0]

    slim = record_request(lambda url: SlimQueue(URL, environment_for(url)))
    boto = record_request(lambda url: SqsQueue(create_client("sqs", PERSISTENT, url), URL))

    assert (slim.method, slim.target) == (boto.method, boto.target)
    assert json.loads(slim.body) == json.loads(boto.body)
    for name in ("content-type", "x-amz-target"):
        assert slim.headers[name] == boto.headers[name]
