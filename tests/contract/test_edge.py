"""The contract of `ports.Edge`, for every adapter."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from moto import mock_aws

from origin_lambda.adapters.boto.clients import PERSISTENT
from origin_lambda.adapters.boto.cloudfront import CloudFrontEdge
from origin_lambda.adapters.memory import MemoryEdge
from origin_lambda.errors import Failure, Unavailable
from origin_lambda.ports import Edge
from origin_lambda.url.grammar import encode_key
from tests.contract.aws import (
    AWKWARD_KEYS,
    ERRORS,
    client_with_error,
    create_client,
    expect_failure,
    unreachable_client,
)


@dataclass
class Caches:
    """An edge, and the invalidation paths that it has received."""

    edge: Edge
    paths: Callable[[], list[str]]

    def is_invalidated(self, uri: str) -> bool:
        return uri.startswith(tuple(path.removesuffix("*") for path in self.paths()))


def create_distribution(cloudfront: Any) -> str:
    origin = {
        "Id": "derivatives",
        "DomainName": "derivatives.s3.us-east-1.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    created = cloudfront.create_distribution(
        DistributionConfig={
            "CallerReference": "test",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {
                "TargetOriginId": origin["Id"],
                "ViewerProtocolPolicy": "allow-all",
            },
        }
    )
    identity: str = created["Distribution"]["Id"]
    return identity


def read_batches(cloudfront: Any, distribution: str) -> list[list[str]]:
    """Return the paths of each invalidation."""
    listed = cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"]
    calls = [
        cloudfront.get_invalidation(DistributionId=distribution, Id=each["Id"])["Invalidation"]
        for each in listed.get("Items", [])
    ]
    return [each["InvalidationBatch"]["Paths"]["Items"] for each in calls]


def create_cloudfront() -> Caches:
    cloudfront = create_client("cloudfront", PERSISTENT)
    created = create_distribution(cloudfront)
    return Caches(
        CloudFrontEdge(cloudfront, created),
        lambda: [path for batch in read_batches(cloudfront, created) for path in batch],
    )


def create_memory() -> Caches:
    edge = MemoryEdge()
    return Caches(edge, lambda: edge.invalidated)


@pytest.fixture(params=["memory", "cloudfront"])
def caches(request: pytest.FixtureRequest) -> Iterator[Caches]:
    if request.param == "memory":
        yield create_memory()
    else:
        with mock_aws():
            yield create_cloudfront()


def test_exactly_the_uris_that_begin_with_a_prefix_are_invalidated(
    caches: Caches,
) -> None:
    caches.edge.invalidate(["/cats/tom.jpg/", "/dogs/"])

    for uri in ("/cats/tom.jpg/r=2", "/cats/tom.jpg/r=2,w=9", "/dogs/rex.jpg/r=2"):
        assert caches.is_invalidated(uri)
    for uri in ("/cats/ada.jpg/r=2", "/cats/tom.jpgs/r=2", "/x/dogs/r=2", "/Dogs/r=2"):
        assert not caches.is_invalidated(uri)


@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_derivatives_of_any_key_are_invalidated(caches: Caches, key: str) -> None:
    caches.edge.invalidate([f"/{encode_key(key)}"])

    assert caches.is_invalidated(f"/{encode_key(key)}/r=2")
    assert not caches.is_invalidated("/other.jpg/r=2")


def test_invalidations_add_up(caches: Caches) -> None:
    caches.edge.invalidate(["/cats/tom.jpg/"])
    caches.edge.invalidate(["/cats/ada.jpg/"])
    caches.edge.invalidate(["/cats/tom.jpg/"])

    assert caches.is_invalidated("/cats/tom.jpg/r=2")
    assert caches.is_invalidated("/cats/ada.jpg/r=2")
    assert len(caches.paths()) == 3


def test_an_empty_list_invalidates_nothing(caches: Caches) -> None:
    caches.edge.invalidate([])

    assert caches.paths() == []


# Requests to CloudFront. Each path costs money, so no path is sent twice.


@mock_aws
def test_each_prefix_is_one_path_with_a_wildcard() -> None:
    cloudfront = create_client("cloudfront", PERSISTENT)
    distribution = create_distribution(cloudfront)
    prefixes = ["/a=20b.jpg", "/caf=C3=A9", "/a/", "/a/", "/100=25.jpg"]

    CloudFrontEdge(cloudfront, distribution).invalidate(iter(prefixes))

    (paths,) = read_batches(cloudfront, distribution)
    assert sorted(paths) == ["/100=25.jpg*", "/a/*", "/a=20b.jpg*", "/caf=C3=A9*"]


@mock_aws
def test_an_empty_invalidation_is_not_sent() -> None:
    cloudfront = create_client("cloudfront", PERSISTENT)
    distribution = create_distribution(cloudfront)

    CloudFrontEdge(cloudfront, distribution).invalidate(iter(()))

    assert read_batches(cloudfront, distribution) == []


def test_each_invalidation_has_its_own_caller_reference() -> None:
    # moto ignores the reference; CloudFront refuses other paths with a reference that was used.
    calls: list[dict[str, Any]] = []
    cloudfront = SimpleNamespace(create_invalidation=lambda **given: calls.append(given))
    edge = CloudFrontEdge(cloudfront, "E1")

    for prefix in ("/a/", "/b/", "/a/"):
        edge.invalidate([prefix])

    assert len({each["InvalidationBatch"]["CallerReference"] for each in calls}) == 3
    assert {each["DistributionId"] for each in calls} == {"E1"}


# Failures.


@pytest.mark.parametrize(
    "code, status, failure",
    [
        *ERRORS,
        ("TooManyInvalidationsInProgress", 400, Unavailable),
        ("Throttling", 400, Unavailable),
    ],
)
def test_an_error_of_cloudfront_is_a_failure_of_the_port(
    code: str, status: int, failure: type[Failure]
) -> None:
    edge = CloudFrontEdge(
        client_with_error("cloudfront", "create_invalidation", code, status), "E1"
    )

    with expect_failure(failure):
        edge.invalidate(["/tom.jpg/"])


def test_an_edge_that_cannot_be_reached_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    with unreachable_client("cloudfront", monkeypatch) as cloudfront, expect_failure(Unavailable):
        CloudFrontEdge(cloudfront, "E1").invalidate(["/tom.jpg/"])
