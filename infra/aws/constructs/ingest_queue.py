"""The queue that feeds ingest, and the dead letters of what it could not deal with."""

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

INGEST_SECONDS: Final = 60
"""How long one invocation of ingest may take: the largest of originals take 20 s."""

_VISIBLE_AFTER: Final = 6 * INGEST_SECONDS
"""Lambda developer guide, "Using Lambda with Amazon SQS": six times the function's time-out."""

_MOST_RECEIVES: Final = 5


class IngestQueue(Construct):
    """S3's events, the origin's requests, and ingest's messages to itself.

    Dead letters keep the time at which they were sent first, so they are kept the longer.
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
            visibility_timeout=Duration.seconds(_VISIBLE_AFTER),
            retention_period=Duration.days(7),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=_MOST_RECEIVES
            ),
        )
