"""Creates boto3 clients, and translates their errors into the errors of ports."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from origin_lambda.adapters.error_codes import ARCHIVE_CODES, THROTTLING_CODES
from origin_lambda.errors import Archived, StoreFailed, Unavailable

# Without these options boto3 presigns for the global endpoint. For a bucket in another region, that
# endpoint refuses the request or redirects it, and a browser does not follow a redirect of its
# preflight (https://github.com/boto/boto3/issues/421, https://github.com/boto/boto3/issues/2187).
STANDARD: Final = Config(
    signature_version="s3v4",  # regions opened since 2014 accept no older signature in a link
    s3={"addressing_style": "virtual"},
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=32,
)
"""For S3, which every answer depends on: two tries, 14 of the function's 25 seconds at most."""

SINGLE_TRY: Final = Config(
    connect_timeout=0.5,
    read_timeout=1,
    retries={"mode": "standard", "total_max_attempts": 1},
    max_pool_connections=32,
)
"""For calls that a picture does not depend on: one try, short timeouts."""

PERSISTENT: Final = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=32,
)
"""For ingest, which no viewer waits for: another try costs less than another SQS delivery."""


def client(service: str, config: Config) -> Any:
    """Return a boto3 client; region, credentials and endpoint come from the environment."""
    return boto3.client(service, config=config)


def secret(arn: str) -> str:
    """Return the text of a secret in Secrets Manager."""
    with translate_errors():
        text: str = client(
            "secretsmanager", STANDARD.merge(Config(signature_version="v4"))
        ).get_secret_value(SecretId=arn)["SecretString"]
    return text


@contextmanager
def translate_errors() -> Iterator[None]:
    """Translate boto3's errors into those that a port can raise.

    Raises:
        Unavailable: the service cannot be reached, is too slow, or throttles.
        Archived: the object is in an archive of S3.
        StoreFailed: the service answered with another error.

    """
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in THROTTLING_CODES:
            message = "a service behind this one is busy"
            raise Unavailable(message, detail=str(error)) from error
        if code in ARCHIVE_CODES:
            message = "the original is archived, and must be restored first"
            raise Archived(message, detail=str(error)) from error
        message = "a service behind this one failed"
        raise StoreFailed(message, detail=str(error)) from error
    except ParamValidationError as error:
        message = "a service behind this one cannot answer such a request"
        raise StoreFailed(message, detail=str(error)) from error
    except BotoCoreError as error:
        message = "a service behind this one cannot be reached"
        raise Unavailable(message, detail=repr(error)) from error


_MISSING: Final = {"404", "NoSuchKey", "NotFound"}


EMPTY_RANGE: Final = object()
"""The result of `call_or_none` for a range of an empty object."""


def call_or_none(call: Callable[..., Any], **arguments: Any) -> Any | None:
    """Return the answer of a boto3 call; None if the object does not exist.

    The answer is `EMPTY_RANGE` if the call asks for a range of an empty object.
    """
    with translate_errors():
        try:
            return call(**arguments)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _MISSING:
                return None
            if code == "InvalidRange":
                return EMPTY_RANGE
            raise
