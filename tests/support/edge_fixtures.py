"""Fixtures of the edge on a laptop, a plugin of the tests that want them."""

import functools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import boto3
import httpx2 as httpx
import pytest
from moto import mock_aws

from edge.local.distribution import Distribution
from tests.support.edge_parts import Clock, Server, distribution, visiting


@functools.cache
def session() -> Any:
    """Return a session that has read botocore's models once for all tests."""
    return boto3.Session()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = session().client("s3")
        for bucket in ("originals", "derivatives"):
            client.create_bucket(Bucket=bucket)
        yield client


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def edge(s3: Any, server: Server, clock: Clock) -> Distribution:
    return distribution(s3, server, clock=clock)


@pytest.fixture
async def browser(edge: Distribution) -> AsyncIterator[httpx.AsyncClient]:
    async with visiting(edge) as client:
        yield client
