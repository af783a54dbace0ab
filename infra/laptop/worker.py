"""The event source mapping on a laptop: what lies in the ingest queue goes to ingest.

poll -> a batch as Lambda gets it -> the handler -> delete what succeeded -> invalidate the edge
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

MOST_MESSAGES: Final = 10
"""Messages of one batch: all that SQS hands out at once."""

_POLL_SECONDS: Final = 2  # how long a stop may have to wait
_AGAIN: Final = 0.2
_REGION: Final = "us-east-1"
_ARN: Final = f"arn:aws:sqs:{_REGION}:123456789012:calotype-ingest"


@dataclass(frozen=True, slots=True)
class Worker:
    """Feeds the ingest *handler* from a queue; *client* is a boto3 SQS client.

    *afterwards* is called after every invocation, to do what that asked of CloudFront.
    """

    handler: Handler
    client: Any
    queue_url: str
    afterwards: Callable[[], None]

    def turn(self) -> None:
        """Wait a little for messages and deal with them.

        Others ask CloudFront for something too: commands, which change an original's focal point.
        """
        if not self.pump(_POLL_SECONDS):
            self.afterwards()

    def pump(self, wait: int = 0) -> int:
        """Deal with one batch; return of how many messages it was.

        What failed stays in the queue, and is delivered again when its visibility timeout is
        over, until the queue's redrive policy moves it to the dead letters.
        """
        answer = self.client.receive_message(
            QueueUrl=self.queue_url,
            MaxNumberOfMessages=MOST_MESSAGES,
            WaitTimeSeconds=wait,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        if messages:
            failed = self._invoked([_record(message) for message in messages])
            self._delete([each for each in messages if each["MessageId"] not in failed])
            _tell([each for each in messages if each["MessageId"] in failed])
        return len(messages)

    def backlog(self) -> int:
        """Return about how many messages wait to be delivered."""
        name = "ApproximateNumberOfMessages"
        answer = self.client.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=[name])
        return int(answer["Attributes"][name])

    def hurry(self, bucket: str, key: str, seconds: float) -> bool:
        """Deliver an event of this key at once, past all that wait in the queue.

        The queue's own event will be one more delivery of the same. Where ingest is at work on
        the key already, or fails, it is delivered again, for so many seconds.

        Returns:
            Whether ingest has dealt with it.

        """
        deadline = time.monotonic() + seconds
        while self._invoked([_record(_changed(bucket, key))]):
            if time.monotonic() + _AGAIN > deadline:
                return False
            time.sleep(_AGAIN)
        return True

    def _invoked(self, records: Sequence[Mapping[str, Any]]) -> set[str]:
        """Return the ids of the messages that the handler did not deal with."""
        everything = {str(record["messageId"]) for record in records}
        try:
            answer = self.handler({"Records": records}, Context.lasting(INGEST_SECONDS))
        except Exception as error:  # noqa: BLE001 reason: a batch fails, however it does
            print_line(f"ingest failed: {error!r}")
            failed = everything
        else:
            failed = _failures(answer, everything)
        self.afterwards()
        return failed

    def _delete(self, messages: Sequence[Mapping[str, Any]]) -> None:
        if messages:
            entries = [
                {"Id": message["MessageId"], "ReceiptHandle": message["ReceiptHandle"]}
                for message in messages
            ]
            self.client.delete_message_batch(QueueUrl=self.queue_url, Entries=entries)


def _failures(answer: Any, everything: set[str]) -> set[str]:
    """Return the messages that an answer says have failed: none if it says nothing.

    An answer that cannot be understood means all of them (Lambda developer guide, "Implementing
    partial batch responses").
    """
    try:
        named = (answer or {}).get("batchItemFailures") or []
        failed = {failure["itemIdentifier"] for failure in named}
    except (AttributeError, KeyError, TypeError):
        return everything
    return everything if failed - everything else failed


def _record(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message of SQS as Lambda hands it to a function."""
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


def _changed(bucket: str, key: str) -> dict[str, Any]:
    """Return a message like that of S3 about an object; ingest looks itself at what it is now."""
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


def _tell(failed: Iterable[Mapping[str, Any]]) -> None:
    """Tell of messages that failed more than once: the first time, somebody else was at it."""
    for message in failed:
        times = int(message["Attributes"]["ApproximateReceiveCount"])
        if times > 1:
            print_line(f"ingest failed {times} times: {shorten(message['Body'])}")
