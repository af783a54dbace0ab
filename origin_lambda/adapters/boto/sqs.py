"""The ingest queue over SQS, through boto3."""

import json
from collections.abc import Mapping
from typing import Any

from origin_lambda.adapters.boto.clients import translate_errors


class SqsQueue:
    """A standard queue; *client* is a boto3 SQS client. A delay is at most 900 seconds."""

    def __init__(self, client: Any, url: str) -> None:
        self.client = client
        self.url = url

    def send(self, message: Mapping[str, Any], *, delay: int = 0) -> None:
        with translate_errors():
            self.client.send_message(
                QueueUrl=self.url, MessageBody=json.dumps(message), DelaySeconds=delay
            )
