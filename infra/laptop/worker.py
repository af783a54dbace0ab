"""Deliver the messages of the ingest queue to ingest, as Lambda's event source mapping does.

receive -> build a batch as Lambda does -> call the handler -> delete what succeeded -> invalidate
"""

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote_plus

from infra.laptop.cloud import INGEST_SECONDS
from infra.laptop.invocation import Context, Handler
from infra.terminal import print_line, shorten

MAX_MESSAGES: Final = 10
"""Messages of one batch: the most that SQS returns at once."""

_POLL_SECONDS: Final = 2  # the longest that a stop waits for
_RETRY_SECONDS: Final = 0.2
_REGION: Final = "us-east-1"
_ARN: Final = f"arn:aws:sqs:{_REGION}:123456789012:calotype-ingest"


@dataclass(frozen=True, slots=True)
class Worker:
    """Delivers messages of a queue to the ingest *handler*; *client* is a boto3 SQS client.

    *after_invocation* is called after every invocation, to apply its invalidations.
    """

    handler: Handler
    client: Any
    queue_url: str
    after_invocation: Callable[[], None]

    def poll(self) -> None:
        """Wait up to 2 seconds for a batch, and deliver it.

        Without one, apply invalidations all the same: commands create some as well.
        """
        if not self.deliver_batch(_POLL_SECONDS):
            self.after_invocation()

    def deliver_batch(self, wait: int = 0) -> int:
        """Deliver one batch; return its number of messages.

        A failed message stays in the queue. It is delivered again after its visibility timeout,
        until the queue's redrive policy moves it to the dead-letter queue.
        """
        answer = self.client.receive_message(
            QueueUrl=self.queue_url,
            MaxNumberOfMessages=MAX_MESSAGES,
            WaitTimeSeconds=wait,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        if messages:
            failed = self._invoke([_build_record(message) for message in messages])
            self._delete([each for each in messages if each["MessageId"] not in failed])
            _print_failures([each for each in messages if each["MessageId"] in failed])
        return len(messages)

    def count_waiting(self) -> int:
        """Return the approximate number of waiting messages."""
        name = "ApproximateNumberOfMessages"
        answer = self.client.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=[name])
        return int(answer["Attributes"][name])

    def ingest_now(self, bucket: str, key: str, seconds: float) -> bool:
        """Deliver an event of this key at once, before all messages in the queue.

        The queue's own event is delivered as well, later. If ingest fails, or is already working
        on the key, the event is delivered again, for up to *seconds*.

        Returns:
            Whether ingest succeeded.

        """
        deadline = time.monotonic() + seconds
        while self._invoke([_build_record(_build_message(bucket, key))]):
            if time.monotonic() + _RETRY_SECONDS > deadline:
                return False
            time.sleep(_RETRY_SECONDS)
        return True

    def _invoke(self, records: Sequence[Mapping[str, Any]]) -> set[str]:
        """Call the handler with a batch; return the ids of the messages that failed."""
        all_ids = {str(record["messageId"]) for record in records}
        try:
            answer = self.handler({"Records": records}, Context.with_timeout(INGEST_SECONDS))
        except Exception as error:  # noqa: BLE001 reason: any error fails the whole batch
            print_line(f"ingest failed: {error!r}")
            failed = all_ids
        else:
            failed = _read_failures(answer, all_ids)
        self.after_invocation()
        return failed

    def _delete(self, messages: Sequence[Mapping[str, Any]]) -> None:
        if messages:
            entries = [
                {"Id": message["MessageId"], "ReceiptHandle": message["ReceiptHandle"]}
                for message in messages
            ]
            self.client.delete_message_batch(QueueUrl=self.queue_url, Entries=entries)


def _read_failures(answer: Any, all_ids: set[str]) -> set[str]:
    """Return the ids of the messages that failed according to an answer; none if it is empty.

    An invalid answer means that all failed (Lambda developer guide, "Implementing partial batch
    responses").
    """
    try:
        failures = (answer or {}).get("batchItemFailures") or []
        failed = {failure["itemIdentifier"] for failure in failures}
    except (AttributeError, KeyError, TypeError):
        return all_ids
    return all_ids if failed - all_ids else failed


def _build_record(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message of SQS as Lambda passes it to a function."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            name: {
                "stringValue": value.get("StringValue"),
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": value["DataType"],
            }
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": _ARN,
        "awsRegion": _REGION,
    }


def _build_message(bucket: str, key: str) -> dict[str, Any]:
    """Return a message like S3's about an object; ingest itself reads the object's state."""
    now = datetime.now(UTC)
    event = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": _REGION,
        "eventTime": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "eventName": "ObjectCreated:Put",
        "s3": {
            "s3SchemaVersion": "1.0",
            "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
            "object": {"key": quote_plus(key, safe="/")},
        },
    }
    body = json.dumps({"Records": [event]})
    sent = str(int(1000 * now.timestamp()))
    return {
        "MessageId": str(uuid.uuid4()),
        "ReceiptHandle": str(uuid.uuid4()),
        "Body": body,
        "MD5OfBody": hashlib.md5(body.encode()).hexdigest(),
        "Attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": sent,
            "SenderId": "local",
            "ApproximateFirstReceiveTimestamp": sent,
        },
    }


def _print_failures(failed: Iterable[Mapping[str, Any]]) -> None:
    """Print repeated failures; a first failure may only mean that ingest was already running."""
    for message in failed:
        times = int(message["Attributes"]["ApproximateReceiveCount"])
        if times > 1:
            print_line(f"ingest failed {times} times: {shorten(message['Body'])}")
