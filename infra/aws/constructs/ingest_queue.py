"""The ingest queue, and its dead-letter queue."""

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

INGEST_SECONDS: Final = 60
"""Time-out of one invocation of ingest: the largest originals take 20 s."""

_VISIBILITY_TIMEOUT: Final = 6 * INGEST_SECONDS
"""Lambda developer guide, "Using Lambda with Amazon SQS": six times the function's time-out."""

_MAX_RECEIVES: Final = 5


class IngestQueue(Construct):
    """Carries S3's events, the origin's requests, and ingest's messages to itself.

    SQS counts the age of a dead letter from when it was first sent. So the dead-letter queue keeps
    messages for longer than the queue does.
    """

    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            retention_period=Duration.days(14),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
        )
        self.queue = sqs.Queue(
            self,
            "Queue",
            visibility_timeout=Duration.seconds(_VISIBILITY_TIMEOUT),
            retention_period=Duration.days(7),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=_MAX_RECEIVES
            ),
        )
