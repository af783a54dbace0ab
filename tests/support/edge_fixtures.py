"""Fixtures of the edge on a laptop; tests load them as a plugin."""

import functools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import boto3
import httpx2 as httpx
import pytest
from moto import mock_aws

from edge.local.distribution import Distribution
from tests.support.edge_parts import Clock, Server, browse, distribution


@functools.cache
def session() -> Any:
    """Return one session for all tests, so that botocore's models are read once."""
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
    async with browse(edge) as client:
        yield client
