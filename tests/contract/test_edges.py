"""What `ports.Edge` promises."""

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
from origin_lambda.url.grammar import escape
from tests.contract.clouds import (
    ANSWERS,
    AWKWARD_KEYS,
    answering,
    client,
    failing,
    unreachable,
)


@dataclass
class Caches:
    """An edge, and whether a URI was invalidated there."""

    edge: Edge
    paths: Callable[[], list[str]]

    def forgot(self, uri: str) -> bool:
        return uri.startswith(tuple(path.removesuffix("*") for path in self.paths()))


def a_distribution(cloudfront: Any) -> str:
    origin = {
        "Id": "derivatives",
        "DomainName": "derivatives.s3.us-east-1.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    made = cloudfront.create_distribution(
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
    identity: str = made["Distribution"]["Id"]
    return identity


def batches(cloudfront: Any, distribution: str) -> list[list[str]]:
    """Return the paths of each invalidation that was asked for."""
    listed = cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"]
    asked = [
        cloudfront.get_invalidation(DistributionId=distribution, Id=each["Id"])["Invalidation"]
        for each in listed.get("Items", [])
    ]
    return [each["InvalidationBatch"]["Paths"]["Items"] for each in asked]


def in_cloudfront() -> Caches:
    cloudfront = client("cloudfront", PERSISTENT)
    made = a_distribution(cloudfront)
    return Caches(
        CloudFrontEdge(cloudfront, made),
        lambda: [path for batch in batches(cloudfront, made) for path in batch],
    )


def in_memory() -> Caches:
    edge = MemoryEdge()
    return Caches(edge, lambda: edge.invalidated)


@pytest.fixture(params=["memory", "cloudfront"])
def caches(request: pytest.FixtureRequest) -> Iterator[Caches]:
    if request.param == "memory":
        yield in_memory()
    else:
        with mock_aws():
            yield in_cloudfront()


def test_everything_that_begins_with_a_prefix_is_forgotten_and_nothing_else(
    caches: Caches,
) -> None:
    caches.edge.invalidate(["/cats/tom.jpg/", "/dogs/"])

    for uri in ("/cats/tom.jpg/r=2", "/cats/tom.jpg/r=2,w=9", "/dogs/rex.jpg/r=2"):
        assert caches.forgot(uri)
    for uri in ("/cats/ada.jpg/r=2", "/cats/tom.jpgs/r=2", "/x/dogs/r=2", "/Dogs/r=2"):
        assert not caches.forgot(uri)


@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_derivatives_of_any_key_are_forgotten(caches: Caches, key: str) -> None:
    caches.edge.invalidate([f"/{escape(key)}/"])

    assert caches.forgot(f"/{escape(key)}/r=2")
    assert not caches.forgot("/other.jpg/r=2")


def test_invalidations_add_up(caches: Caches) -> None:
    caches.edge.invalidate(["/cats/tom.jpg/"])
    caches.edge.invalidate(["/cats/ada.jpg/"])
    caches.edge.invalidate(["/cats/tom.jpg/"])

    assert caches.forgot("/cats/tom.jpg/r=2")
    assert caches.forgot("/cats/ada.jpg/r=2")
    assert len(caches.paths()) == 3


def test_where_there_is_nothing_to_forget_nothing_is_asked(caches: Caches) -> None:
    caches.edge.invalidate([])

    assert caches.paths() == []


# What CloudFront is asked for. Each path costs money, so none is asked for twice.


@mock_aws
def test_one_invalidation_is_of_paths_as_the_uris_are_encoded() -> None:
    cloudfront = client("cloudfront", PERSISTENT)
    distribution = a_distribution(cloudfront)
    prefixes = ["/a%20b.jpg/", "/caf%C3%A9/", "/a/", "/a/", "/100%25.jpg/"]

    CloudFrontEdge(cloudfront, distribution).invalidate(iter(prefixes))

    (paths,) = batches(cloudfront, distribution)
    assert sorted(paths) == ["/100%25.jpg/*", "/a%20b.jpg/*", "/a/*", "/caf%C3%A9/*"]


@mock_aws
@pytest.mark.parametrize(
    "prefixes, paths",
    [
        (["/cats/tom~1.jpg/"], ["/cats/tom*"]),
        (["/~tom/cats/ada~2.jpg/"], ["/*"]),
        (["/cats/tom~1.jpg/", "/cats/tom~2.jpg/", "/dogs/"], ["/cats/tom*", "/dogs/*"]),
    ],
)
def test_no_path_has_a_tilde_for_cloudfront_takes_none(
    prefixes: list[str], paths: list[str]
) -> None:
    cloudfront = client("cloudfront", PERSISTENT)
    distribution = a_distribution(cloudfront)

    CloudFrontEdge(cloudfront, distribution).invalidate(prefixes)

    assert batches(cloudfront, distribution) == [paths]


@mock_aws
def test_an_invalidation_of_nothing_is_not_asked_for() -> None:
    cloudfront = client("cloudfront", PERSISTENT)
    distribution = a_distribution(cloudfront)

    CloudFrontEdge(cloudfront, distribution).invalidate(iter(()))

    assert batches(cloudfront, distribution) == []


def test_no_invalidation_is_taken_for_one_before() -> None:
    # moto does not look at this; CloudFront refuses other paths under a reference that it knows.
    asked: list[dict[str, Any]] = []
    cloudfront = SimpleNamespace(create_invalidation=lambda **given: asked.append(given))
    edge = CloudFrontEdge(cloudfront, "E1")

    for prefix in ("/a/", "/b/", "/a/"):
        edge.invalidate([prefix])

    assert len({each["InvalidationBatch"]["CallerReference"] for each in asked}) == 3
    assert {each["DistributionId"] for each in asked} == {"E1"}


# Failures.


@pytest.mark.parametrize(
    "code, status, failure",
    [
        *ANSWERS,
        ("TooManyInvalidationsInProgress", 400, Unavailable),
        ("Throttling", 400, Unavailable),
    ],
)
def test_an_error_of_cloudfront_is_a_failure_of_the_port(
    code: str, status: int, failure: type[Failure]
) -> None:
    edge = CloudFrontEdge(answering("cloudfront", "create_invalidation", code, status), "E1")

    with failing(failure):
        edge.invalidate(["/tom.jpg/"])


def test_an_edge_that_cannot_be_reached_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    with unreachable("cloudfront", monkeypatch) as cloudfront, failing(Unavailable):
        CloudFrontEdge(cloudfront, "E1").invalidate(["/tom.jpg/"])
