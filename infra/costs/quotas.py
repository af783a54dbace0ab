"""AWS's default quotas, and how much of each the busiest hour of a workload uses."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Final

from infra.costs import volumes
from infra.costs.volumes import DAYS, SECONDS, count_volumes
from infra.costs.workload import Workload

_CLOUDFRONT: Final = (
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"
)
_LAMBDA: Final = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
_S3: Final = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html"
_DYNAMODB: Final = (
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"
)
_INVALIDATION_SECONDS: Final = 60
"""How long an invalidation is in progress: an estimate."""


@dataclass(frozen=True, slots=True)
class Quota:
    """How much of a quota is used in the busiest hour."""

    name: str
    used: float
    limit: float
    unit: str
    source: str

    @property
    def utilisation(self) -> float:
        """The share that is used; above 1 the quota is exceeded."""
        return self.used / self.limit

    def views_a_day_at_limit(self, work: Workload) -> float:
        """Return the views a day that use the quota up, if originals grow with them."""
        return work.views / DAYS / self.utilisation if self.used else inf


def list_quotas(work: Workload) -> tuple[Quota, ...]:
    """Return the quotas, in the order in which growing traffic exceeds them."""
    return tuple(sorted(_quotas(work), key=lambda quota: quota.utilisation, reverse=True))


def _quotas(work: Workload) -> Iterator[Quota]:
    month = count_volumes(work)

    def each_second(quantity: float) -> float:
        return quantity / SECONDS * work.peak

    views, renders = each_second(work.views), each_second(month.renders)
    gigabits = views * work.average_kb * 1024 * 8 / 1e9
    yield Quota("CloudFront requests", views, 250_000, "a second", _CLOUDFRONT)
    yield Quota("CloudFront transfer", gigabits, 150, "Gbit a second", _CLOUDFRONT)
    invalidations = each_second(month.paths) * _INVALIDATION_SECONDS
    yield Quota("wildcard invalidations", invalidations, 15, "in progress", _CLOUDFRONT)

    busy = renders * work.render_ms / 1000 + each_second(month.ingests) * work.ingest_ms / 1000
    yield Quota("Lambda concurrency", busy, 1_000, "renders and ingests at once", _LAMBDA)
    all_rendered = views * work.render_ms / 1000
    unit = "renders at once, if every view is one"
    yield Quota("Lambda concurrency, new recipe", all_rendered, 1_000, unit, _LAMBDA)

    gets = each_second(month.bucket_requests) + volumes.RENDER_GETS * renders
    puts = renders + volumes.INGEST_MIPS * each_second(month.ingests)
    yield Quota("S3 reads", gets, 5_500, "a second and partition", _S3)
    yield Quota("S3 writes", puts, 3_500, "a second and partition", _S3)

    reads, writes = each_second(month.read_units), each_second(month.write_units)
    yield Quota("DynamoDB reads", reads, 40_000, "units a second and table", _DYNAMODB)
    yield Quota("DynamoDB writes", writes, 40_000, "units a second and table", _DYNAMODB)
