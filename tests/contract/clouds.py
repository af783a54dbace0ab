"""Clouds for the contracts: one that works, and ones that fail in every way that is known."""

import functools
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from origin_lambda.adapters.slim.transport import RetryPolicy
from origin_lambda.errors import Failure, StoreFailed, Unavailable
from tests.contract.wire import says, wired

HASTY: Final = Config(
    connect_timeout=0.2, read_timeout=0.2, retries={"mode": "standard", "total_max_attempts": 1}
)

AWKWARD_KEYS: Final = (
    "a b.jpg",
    "a+b.jpg",
    "100%.jpg",
    "100%25.jpg",
    "what?.jpg",
    "what?versionId=1",
    "a#b.jpg",
    "a&b=c,d;e:f@g.jpg",
    "!'()*$[]{}|\\^`\"<>~.jpg",
    "caf\u00e9.jpg",
    "cafe\u0301.jpg",
    "\u732b/\U0001f408\u200d\u2b1b.jpg",
    "cats/tom.jpg/fit=crop,h=480,r=2,w=640",
    "a//b.jpg",
    "a/",
    "/a",
    " ",
    "k" * 1024,
)

ANSWERS: Final = [
    ("SlowDown", 503, Unavailable),
    ("503", 503, Unavailable),
    ("ServiceUnavailable", 503, Unavailable),
    ("RequestTimeout", 400, Unavailable),
    ("ThrottlingException", 400, Unavailable),
    ("RequestThrottled", 403, Unavailable),
    ("ProvisionedThroughputExceededException", 400, Unavailable),
    ("AccessDenied", 403, StoreFailed),
    ("403", 403, StoreFailed),
    ("InternalError", 500, StoreFailed),
    ("500", 500, StoreFailed),
    ("NoSuchBucket", 404, StoreFailed),
    ("ResourceNotFoundException", 400, StoreFailed),
    ("An unknown code", 418, StoreFailed),
]
"""Code and status of a service's error, and the failure that a port makes of it."""


@functools.cache
def _session() -> Any:
    """Return a session that has read botocore's models once for all tests."""
    return boto3.Session("testing", "testing", region_name="us-east-1")


def client(service: str, config: Config, url: str | None = None) -> Any:
    """Return a client like the product's, but in milliseconds; at a *url* where there is one."""
    return _session().client(service, config=config, endpoint_url=url)


@contextmanager
def failing(failure: type[Failure]) -> Iterator[None]:
    """Expect this failure, which tells strangers nothing and the log something."""
    with pytest.raises(Failure) as caught:
        yield
    assert type(caught.value) is failure
    assert caught.value.detail
    for secret in ("secret", "127.0.0.1", "tom.jpg"):
        assert secret not in caught.value.message


def answering(service: str, operation: str, code: str, status: int) -> Any:
    """Return a client whose service answers an operation with an error."""
    made = client(service, HASTY)
    stubber = Stubber(made)
    stubber.add_client_error(operation, code, "secret details", status)
    stubber.activate()
    return made


IMPATIENT: Final = RetryPolicy(connect=0.2, read=0.2, tries=1, budget=0.2, most=1)
"""What `HASTY` is, for the slim adapters."""


@contextmanager
def refusing(code: str, status: int, *, in_xml: bool) -> Iterator[dict[str, str]]:
    """Give the environment of a cloud whose services answer everything with an error.

    One whose code is its status has no body to say more in, as those of a HEAD.
    """
    body = ""
    if code != str(status):
        body = json.dumps({"__type": f"com.amazonaws.any.v1#{code}", "message": "secret details"})
        if in_xml:
            error = f"<Type>Sender</Type><Code>{code}</Code><Message>secret details</Message>"
            body = f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
    with wired(says(status, body.encode())) as wire:
        yield at(wire.url)


def at(url: str) -> dict[str, str]:
    """Return the environment of a function in a cloud."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


@contextmanager
def unreachable_cloud() -> Iterator[dict[str, str]]:
    """Give the environment of a cloud that refuses every connection."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield at(f"http://127.0.0.1:{closed.getsockname()[1]}")


@contextmanager
def unreachable(service: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give a client whose endpoint refuses every connection."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
        yield client(service, HASTY)
