"""Makes boto3 clients, and turns what they raise into the failures that ports may raise."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from origin_lambda.errors import StoreFailed, Unavailable

_THROTTLES: Final = {
    "503",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyInvalidationsInProgress",
}

# boto3 presigns for the global endpoint unless it is told otherwise. That one answers for a bucket
# of another region with a redirect, which a browser's preflight must not follow, or refuses it
# (https://github.com/boto/boto3/issues/421, https://github.com/boto/boto3/issues/2187).
PATIENT: Final = Config(
    signature_version="s3v4",  # or links would not work in regions opened since 2014
    s3={"addressing_style": "virtual"},
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=32,
)
"""For S3: without the answer there is no picture. At most 14 s, of the function's 25 s."""

QUICK: Final = Config(
    connect_timeout=0.5,
    read_timeout=1,
    retries={"mode": "standard", "total_max_attempts": 1},
    max_pool_connections=32,
)
"""The picture can do without the answer, so it does not wait for it."""

DILIGENT: Final = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=32,
)
"""For ingest, which nobody waits for: a try more costs less than a delivery more."""


def client(service: str, config: Config) -> Any:
    """Return a boto3 client; region, credentials and endpoint come from the environment."""
    return boto3.client(service, config=config)


def secret(arn: str) -> str:
    """Return the text of a secret in Secrets Manager."""
    with failures():
        text: str = client(
            "secretsmanager", PATIENT.merge(Config(signature_version="v4"))
        ).get_secret_value(SecretId=arn)["SecretString"]
    return text


@contextmanager
def failures() -> Iterator[None]:
    """Turn what boto3 raises into what a port may raise.

    Raises:
        Unavailable: the service cannot be reached, is too slow, or throttles.
        StoreFailed: it answered with an error.

    """
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _THROTTLES:
            message = "a service behind this one is busy"
            raise Unavailable(message, detail=str(error)) from error
        message = "a service behind this one failed"
        raise StoreFailed(message, detail=str(error)) from error
    except ParamValidationError as error:
        message = "a service behind this one was asked for what cannot be"
        raise StoreFailed(message, detail=str(error)) from error
    except BotoCoreError as error:
        message = "a service behind this one cannot be reached"
        raise Unavailable(message, detail=repr(error)) from error


_MISSING: Final = {"404", "NoSuchKey", "NotFound"}


EMPTY_RANGE: Final = object()
"""What `found` returns for a range of an object that has no bytes."""


def found(call: Callable[..., Any], **arguments: Any) -> Any | None:
    """Return the answer of a boto3 call; None where what it asks for is not there."""
    with failures():
        try:
            return call(**arguments)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _MISSING:
                return None
            if code == "InvalidRange":
                return EMPTY_RANGE
            raise
