"""AWS's default quotas, how much of each the busiest hour uses, and which breaks first."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Final

from infra.costs.simulation import Busiest, Simulation
from infra.costs.volumes import RENDER_READ_UNITS, REPLACED_PATHS

_CLOUDFRONT: Final = (
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"
)
_LAMBDA: Final = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
_SCALING: Final = "https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html"
_S3: Final = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html"
_DYNAMODB: Final = (
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"
)
_PARTITION: Final = (
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html"
)
_SNS: Final = "https://docs.aws.amazon.com/general/latest/gr/sns.html"


@dataclass(frozen=True, slots=True)
class Quota:
    """How much of a quota is used; *grows* with the views, or is a matter of size."""

    name: str
    used: float
    limit: float
    source: str
    what: str
    grows: bool = True
    confirmed: bool = True

    @property
    def utilisation(self) -> float:
        """The share that is used; above 1 it is broken."""
        return self.used / self.limit

    def breaks_at(self, views_per_day: float) -> float:
        """Return how many views a day, in proportion, use it up."""
        return views_per_day / self.utilisation if self.grows and self.used else inf


def quotas(simulation: Simulation) -> tuple[Quota, ...]:
    """Return the quotas, the one that breaks first at the head."""
    busiest, network = simulation.busiest, simulation.network
    found = [
        *_cloudfront(busiest, network.invalidation_seconds),
        *_lambda(busiest),
        *_storage(busiest, network.prefixes),
        *_catalog(busiest),
    ]
    return tuple(sorted(found, key=lambda quota: quota.utilisation, reverse=True))


def _cloudfront(busiest: Busiest, seconds: float) -> Iterator[Quota]:
    yield Quota("CloudFront requests", busiest.views, 250_000, _CLOUDFRONT, "a second")
    yield Quota("CloudFront transfer", busiest.gigabits, 150, _CLOUDFRONT, "Gbit a second")
    wildcards = busiest.replaced * REPLACED_PATHS * seconds
    what = "in progress, if none were merged"
    yield Quota("invalidations with a wildcard", wildcards, 15, _CLOUDFRONT, what)
    paths = wildcards * busiest.derivatives_per_original
    what = "in progress, were each derivative a path instead"
    yield Quota("invalidations without", paths, 3_000, _CLOUDFRONT, what)


def _lambda(busiest: Busiest) -> Iterator[Quota]:
    at_a_time = busiest.simultaneous_renders + busiest.simultaneous_ingests
    yield Quota("Lambda concurrency", at_a_time, 1_000, _LAMBDA, "renders and ingests at a time")
    what = "at a time, in the first 10 s after a new recipe"
    yield Quota("Lambda concurrency, new recipe", busiest.new_recipe, 1_000, _LAMBDA, what)
    what = "a second: ten for each of 1,000"
    yield Quota("Lambda requests", busiest.renders + busiest.ingests, 10_000, _SCALING, what)


def _storage(busiest: Busiest, prefixes: float) -> Iterator[Quota]:
    what = "a second, of each partition of the derivatives bucket"
    yield Quota("S3 reads", busiest.bucket_gets, 5_500 * prefixes, _S3, what)
    yield Quota("S3 writes", busiest.bucket_puts, 3_500 * prefixes, _S3, what)


def _catalog(busiest: Busiest) -> Iterator[Quota]:
    yield Quota("DynamoDB table reads", busiest.read_units, 40_000, _DYNAMODB, "units a second")
    yield Quota("DynamoDB table writes", busiest.write_units, 40_000, _DYNAMODB, "units a second")
    together = busiest.derivatives_per_original * RENDER_READ_UNITS
    what = "units a second of one original, all its derivatives rendered in one"
    yield Quota("DynamoDB partition reads", together, 3_000, _PARTITION, what, grows=False)
    what = "a second (us-east-1)"
    yield Quota("SNS publishes", busiest.ingests, 30_000, _SNS, what, confirmed=False)
