"""Reads secrets from Secrets Manager."""

import json
import os

from origin_lambda.adapters.slim.endpoints import endpoint_of
from origin_lambda.adapters.slim.service import Service, bad_answer
from origin_lambda.adapters.slim.signing import Call
from origin_lambda.adapters.slim.transport import STANDARD, RetryPolicy


def secret(arn: str, retry_policy: RetryPolicy = STANDARD) -> str:
    """Return the text of a secret.

    Raises:
        Unavailable: Secrets Manager cannot be reached, or throttles.
        StoreFailed: it answered with an error, or the secret has no text.

    """
    at = endpoint_of("secretsmanager", os.environ)
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "secretsmanager.GetSecretValue",
    }
    service = Service("secretsmanager", at, retry_policy, os.environ)
    body = json.dumps({"SecretId": arn}).encode()
    answer = service.send_checked(Call("POST", at.prefix or "/", headers=headers, body=body))
    try:
        text: str = json.loads(answer.body)["SecretString"]
    except (ValueError, LookupError, TypeError) as error:
        raise bad_answer(detail=f"a secret without a text: {error!r}") from error
    return text
