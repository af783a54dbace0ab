"""The alerts topic: notifies subscribers of changes to originals."""

from aws_cdk import aws_sns as sns
from constructs import Construct


class Alerts(Construct):
    """A topic that accepts messages over TLS only."""

    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
