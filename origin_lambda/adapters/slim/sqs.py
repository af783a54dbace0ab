"""The ingest queue over SQS, by its JSON protocol."""

import json
from collections.abc import Mapping
from typing import Any, Final

from origin_lambda.adapters.slim.endpoints import endpoint_of
from origin_lambda.adapters.slim.service import Service
from origin_lambda.adapters.slim.signing import Call
from origin_lambda.adapters.slim.transport import SINGLE_TRY, RetryPolicy

_HEADERS: Final = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": "AmazonSQS.SendMessage",
}


class SlimQueue:
    """A standard queue, at the endpoint from an *environment*."""

    def __init__(
        self, url: str, environment: Mapping[str, str], retry_policy: RetryPolicy = SINGLE_TRY
    ) -> None:
        self.url = url
        at = endpoint_of("sqs", environment)
        self._path = at.prefix or "/"
        self._sqs = Service("sqs", at, retry_policy, environment)

    def send(self, message: Mapping[str, Any], *, delay: int = 0) -> None:
        """Send a message, perhaps twice after a retry: SQS delivers at least once anyway."""
        payload = {"QueueUrl": self.url, "MessageBody": json.dumps(message), "DelaySeconds": delay}
        body = json.dumps(payload).encode()
        self._sqs.send_checked(Call("POST", self._path, headers=_HEADERS, body=body))
