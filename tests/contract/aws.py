"""AWS clients and environments for the contract tests: working ones, and failing ones."""

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
from tests.contract.scripted_server import reply, serve_script

SHORT_TIMEOUTS: Final = Config(
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

ERRORS: Final = [
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
"""Code and status of a service's error, and the failure that a port must raise."""


@functools.cache
def _session() -> Any:
    """Return a session that has read botocore's models once for all tests."""
    return boto3.Session("testing", "testing", region_name="us-east-1")


def create_client(service: str, config: Config, url: str | None = None) -> Any:
    """Return a client like the product's, from a session that is shared to save time."""
    return _session().client(service, config=config, endpoint_url=url)


@contextmanager
def expect_failure(failure: type[Failure]) -> Iterator[None]:
    """Expect this failure; its public message must not contain what its detail may."""
    with pytest.raises(Failure) as caught:
        yield
    assert type(caught.value) is failure
    assert caught.value.detail
    for secret in ("secret", "127.0.0.1", "tom.jpg"):
        assert secret not in caught.value.message


def client_with_error(service: str, operation: str, code: str, status: int) -> Any:
    """Return a client that gets an error as the answer to an operation."""
    created = create_client(service, SHORT_TIMEOUTS)
    stubber = Stubber(created)
    stubber.add_client_error(operation, code, "secret details", status)
    stubber.activate()
    return created


SHORT_RETRY_POLICY: Final = RetryPolicy(connect=0.2, read=0.2, tries=1, budget=0.2, most=1)
"""The same as `SHORT_TIMEOUTS`, for the slim adapters."""


@contextmanager
def serve_errors(code: str, status: int, *, in_xml: bool) -> Iterator[dict[str, str]]:
    """Yield the environment of a server that answers every request with an error.

    If the code equals the status, the answer has no body, like an answer to HEAD.
    """
    body = ""
    if code != str(status):
        body = json.dumps({"__type": f"com.amazonaws.any.v1#{code}", "message": "secret details"})
        if in_xml:
            error = f"<Type>Sender</Type><Code>{code}</Code><Message>secret details</Message>"
            body = f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
    with serve_script(reply(status, body.encode())) as wire:
        yield environment_for(wire.url)


def environment_for(url: str) -> dict[str, str]:
    """Return environment variables that send all requests to a URL."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


@contextmanager
def unreachable_environment() -> Iterator[dict[str, str]]:
    """Yield environment variables with an endpoint that refuses every connection."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield environment_for(f"http://127.0.0.1:{closed.getsockname()[1]}")


@contextmanager
def unreachable_client(service: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Yield a client whose endpoint refuses every connection."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
        yield create_client(service, SHORT_TIMEOUTS)
