"""The alerts topic: what becomes of originals, told to whoever subscribes; ingest does itself."""

from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from origin_lambda.alerts import Event


class Alerts(Construct):
    """A topic; *queue* gets from it what the origin asks of ingest, as bare messages."""

    def __init__(self, scope: Construct, name: str, *, queue: sqs.Queue) -> None:
        super().__init__(scope, name)
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
        self.topic.add_subscription(
            subscriptions.SqsSubscription(
                queue,
                raw_message_delivery=True,
                filter_policy={
                    "event": sns.SubscriptionFilter.string_filter(
                        allowlist=[str(Event.INGEST_REQUESTED)]
                    )
                },
            )
        )
