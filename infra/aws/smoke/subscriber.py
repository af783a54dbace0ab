"""Receives the alerts about the smoke test's originals, in a queue of its own."""

import json
import time
from dataclasses import dataclass, field
from typing import Any, Self

from infra.aws.smoke.client import Client, check


@dataclass(slots=True)
class Subscriber:
    """A queue that is subscribed to the alerts of a deployment, until it is closed."""

    client: Client
    queue: str
    subscription: str
    received: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def subscribe(cls, client: Client, name: str) -> Self:
        """Create a queue of this name, and subscribe it.

        Raises:
            ClientError: AWS refuses.

        """
        sqs, topic = client.session.client("sqs"), client.outputs.alerts
        queue = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
        subscription = client.session.client("sns").subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=arn,
            Attributes={
                "RawMessageDelivery": "true",
                "FilterPolicy": json.dumps({"event": ["created", "replaced", "deleted"]}),
            },
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        return cls(client, queue, subscription)

    def await_alert(self, event: str, key: str) -> float:
        """Wait for an alert; return the seconds.

        Raises:
            SmokeFailed: the time is over.

        """
        sqs, start = self.client.session.client("sqs"), time.monotonic()
        while not any((each["event"], each["key"]) == (event, key) for each in self.received):
            waited = time.monotonic() - start
            check(waited < self.client.ingest_timeout, f"no alert {event!r} after {waited:.0f} s")
            answer = sqs.receive_message(
                QueueUrl=self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=1
            )
            self.received += [json.loads(each["Body"]) for each in answer.get("Messages", ())]
        return time.monotonic() - start

    def close(self) -> None:
        """Remove the subscription and the queue."""
        self.client.session.client("sns").unsubscribe(SubscriptionArn=self.subscription)
        self.client.session.client("sqs").delete_queue(QueueUrl=self.queue)
