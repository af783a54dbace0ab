"""Alerts over SNS, through boto3."""

import json
from collections.abc import Mapping
from typing import Any

from origin_lambda.adapters.boto.clients import translate_errors


class SnsAlerts:
    """A topic; *client* is a boto3 SNS client."""

    def __init__(self, client: Any, topic_arn: str) -> None:
        self.client = client
        self.topic_arn = topic_arn

    def announce(self, message: Mapping[str, Any], attributes: Mapping[str, str]) -> None:
        with translate_errors():
            self.client.publish(
                TopicArn=self.topic_arn,
                Message=json.dumps(message),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": text}
                    for name, text in attributes.items()
                },
            )
