"""Reads secrets from Secrets Manager."""

import json
import os

from origin_lambda.adapters.slim.endpoints import endpoint_of
from origin_lambda.adapters.slim.service import Service, failed
from origin_lambda.adapters.slim.signing import Call
from origin_lambda.adapters.slim.transport import PATIENT, Patience


def secret(arn: str, patience: Patience = PATIENT) -> str:
    """Return the text of a secret.

    Raises:
        Unavailable: Secrets Manager cannot be reached, or throttles.
        StoreFailed: it refuses, or the secret has no text.

    """
    at = endpoint_of("secretsmanager", os.environ)
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "secretsmanager.GetSecretValue",
    }
    service = Service("secretsmanager", at, patience, os.environ)
    body = json.dumps({"SecretId": arn}).encode()
    answer = service.demand(Call("POST", at.prefix or "/", headers=headers, body=body))
    try:
        text: str = json.loads(answer.body)["SecretString"]
    except (ValueError, LookupError, TypeError) as error:
        raise failed(detail=f"a secret without a text: {error!r}") from error
    return text
