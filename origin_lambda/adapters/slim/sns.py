"""Alerts over SNS."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from origin_lambda.adapters.slim.endpoints import endpoint_of
from origin_lambda.adapters.slim.service import Service
from origin_lambda.adapters.slim.signing import Call
from origin_lambda.adapters.slim.transport import QUICK, Patience

_FORM: Final = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


class SlimAlerts:
    """A topic, where the variables of an *environment* say."""

    def __init__(
        self, topic_arn: str, environment: Mapping[str, str], patience: Patience = QUICK
    ) -> None:
        self.topic_arn = topic_arn
        at = endpoint_of("sns", environment)
        self._path = at.prefix or "/"
        self._sns = Service("sns", at, patience, environment)

    def announce(self, message: Mapping[str, Any], attributes: Mapping[str, str]) -> None:
        """Send a message; twice, rather than not at all: SNS itself delivers at least once."""
        fields = {
            "Action": "Publish",
            "Version": "2010-03-31",
            "TopicArn": self.topic_arn,
            "Message": json.dumps(message),
        }
        for number, (name, text) in enumerate(attributes.items(), start=1):
            entry = f"MessageAttributes.entry.{number}"
            fields[f"{entry}.Name"] = name
            fields[f"{entry}.Value.DataType"] = "String"
            fields[f"{entry}.Value.StringValue"] = text
        body = urlencode(fields).encode()
        self._sns.demand(Call("POST", self._path, headers=_FORM, body=body))
