"""The ingest queue over SQS, by its JSON protocol."""

import json
from collections.abc import Mapping
from typing import Any, Final

from origin_lambda.adapters.slim.endpoints import endpoint_of
from origin_lambda.adapters.slim.service import Service
from origin_lambda.adapters.slim.signing import Call
from origin_lambda.adapters.slim.transport import QUICK, Patience

_HEADERS: Final = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": "AmazonSQS.SendMessage",
}


class SlimQueue:
    """A standard queue, where the variables of an *environment* say."""

    def __init__(
        self, url: str, environment: Mapping[str, str], patience: Patience = QUICK
    ) -> None:
        self.url = url
        at = endpoint_of("sqs", environment)
        self._path = at.prefix or "/"
        self._sqs = Service("sqs", at, patience, environment)

    def send(self, message: Mapping[str, Any], *, delay: int = 0) -> None:
        """Send a message; twice, rather than not at all: SQS itself delivers at least once."""
        asked = {"QueueUrl": self.url, "MessageBody": json.dumps(message), "DelaySeconds": delay}
        body = json.dumps(asked).encode()
        self._sqs.demand(Call("POST", self._path, headers=_HEADERS, body=body))
