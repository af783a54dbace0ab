"""The cost of other solutions on AWS for the same traffic.

Each is modelled from its documentation and source, with the same hit ratio and bytes as Calotype.
Features that it lacks are not counted.
"""

from collections.abc import Iterator
from math import ceil
from typing import Final, NamedTuple

from infra.costs import prices
from infra.costs.bill import Alternative, Line, Use, bill, delivery, price_uses
from infra.costs.price import Price, flat
from infra.costs.volumes import HOURS, KB_IN_GB, LOG_KB, MB_IN_GB, SECONDS, count_volumes
from infra.costs.workload import Workload

_DIT_COSTS: Final = "https://docs.aws.amazon.com/solutions/latest/dynamic-image-transformation-for-amazon-cloudfront/"
_DIT_MS: Final = 350.0
"""Time of a miss in AWS's estimate for the Lambda architecture ("90% cache hit rate, average image
size 45 KB, 350 ms processing time"). All solutions here render with sharp, from the original."""
_DIT_MEMORY_GB: Final = 1.0
"""`memorySize: 1024` in the solution's back-end-construct.ts."""

_SAMPLE_MEMORY_GB: Final = 1500 / MB_IN_GB
_SAMPLE_EXPIRY_MONTHS: Final = 3
"""LAMBDA_MEMORY and S3_TRANSFORMED_IMAGE_EXPIRATION_DURATION (90 days) of the sample's stack."""


def price_flat_rate(work: Workload) -> Alternative:
    """Return the cost of Calotype on the smallest flat-rate plan of CloudFront that is enough."""
    delivered = count_volumes(work).delivered_gb
    name, source = "Calotype, CloudFront at a flat rate", prices.FLAT_RATE_SOURCE
    fitting = (
        plan
        for plan in prices.FLAT_RATES
        if work.views <= plan.requests and delivered <= plan.gigabytes
    )
    plan = next(fitting, None)
    if plan is None:
        return Alternative(name, (), "no plan includes so much traffic", source)
    kept = ("invalidations", "Origin Shield")
    rest = [
        line
        for line in bill(work)
        if line.group != "AWS WAF" and (line.group != "CloudFront" or line.name in kept)
    ]
    price = Price(unit="plan", bands=flat(plan.dollars), source=source)
    line = Line("CloudFront", f"plan {plan.name}", 1, price, plan.dollars, "one distribution")
    return Alternative(
        name,
        (line, *rest),
        f"plan {plan.name}: no fee for excess traffic, but it may be served from farther away",
        source,
    )


def price_lambda_solution(work: Workload) -> Alternative:
    """Return the cost of AWS's Dynamic Image Transformation on Lambda: every miss is rendered."""
    misses = count_volumes(work).misses
    group = "Lambda architecture"

    def uses() -> Iterator[Use]:
        yield from delivery(work, functions=0, reads=0)
        yield Use(group, "API Gateway", misses, prices.REST_API, "one REST request per miss")
        yield Use(group, "invocations", misses, prices.INVOCATIONS, "one per miss")
        seconds = misses * _DIT_MS / 1000 * _DIT_MEMORY_GB
        yield Use(group, "compute", seconds, prices.COMPUTE["x86_64"], "350 ms at 1,024 MB")
        yield from _originals(work, group, misses)
        yield Use(group, "logs", misses * LOG_KB / KB_IN_GB, prices.LOGS, "1.2 KB per miss")

    return Alternative(
        "AWS Dynamic Image Transformation v7 (Lambda)",
        price_uses(uses(), free_tier=work.free_tier),
        "no store of derivatives: every miss is rendered from the original",
        _DIT_COSTS + "lambda-architecture-costs.html",
    )


class _Size(NamedTuple):
    """A deployment size of v8 (its image-processing-stack.ts): tasks, and vCPUs of each."""

    tasks: int
    processors: int


_SIZES: Final = (_Size(2, 1), _Size(3, 2), _Size(8, 2), _Size(30, 2))
_MEAN_UTILISATION: Final = 0.5
"""Share of a fleet's processors that is busy on average. It gives the sizes of AWS's estimate:
small for 10 M views, medium for 125 M, large for 500 M."""


def price_container_solution(work: Workload) -> Alternative:
    """Return the cost of AWS's Dynamic Image Transformation v8: load balancer and Fargate tasks."""
    misses = count_volumes(work).misses
    group = "ECS architecture"
    busy = misses * _DIT_MS / 1000 / SECONDS
    tasks, processors = _size_fleet(busy)

    def uses() -> Iterator[Use]:
        yield from delivery(work, functions=1, reads=0)
        hours = tasks * HOURS
        how = f"{tasks} tasks; {busy:.2g} vCPUs busy on average"
        yield Use(group, "vCPUs", hours * processors, prices.FARGATE_CPU, how)
        memory = hours * processors * 2
        yield Use(group, "memory", memory, prices.FARGATE_MEMORY, "2 GB per vCPU")
        yield Use(group, "addresses", hours, prices.ADDRESSES, "tasks have public addresses")
        yield Use(group, "load balancer", HOURS, prices.BALANCER, "one")
        passed = misses * work.average_kb / KB_IN_GB
        yield Use(group, "its capacity units", passed, prices.BALANCER_UNITS, "1 GB each")
        yield from _originals(work, group, misses)
        yield Use(group, "logs", misses * LOG_KB / KB_IN_GB, prices.LOGS, "1.2 KB per miss")

    return Alternative(
        "AWS Dynamic Image Transformation v8 (ECS)",
        price_uses(uses(), free_tier=work.free_tier),
        "tasks run day and night; no store of derivatives",
        _DIT_COSTS + "ecs-architecture-costs.html",
    )


def _size_fleet(busy: float) -> tuple[int, int]:
    """Return the number of tasks, and the vCPUs of each, for a mean number of busy vCPUs."""
    for size in _SIZES:
        if busy <= size.tasks * size.processors * _MEAN_UTILISATION:
            return size.tasks, size.processors
    processors = _SIZES[-1].processors
    return ceil(busy / _MEAN_UTILISATION / processors), processors


def _originals(work: Workload, group: str, reads: float) -> Iterator[Use]:
    stored = work.originals * work.original_mb / MB_IN_GB
    yield Use(group, "originals", stored, prices.STORAGE, "S3")
    yield Use(group, "GET", reads, prices.READS, "the original, for each render")


def price_sample(work: Workload) -> Alternative:
    """Return the cost of AWS's sample: Origin Shield, and derivatives in S3 for 90 days."""
    month = count_volumes(work)
    bucket_reads = month.misses * (1 - work.shield_hit_ratio)
    expired = month.derivatives / _SAMPLE_EXPIRY_MONTHS
    renders = min(bucket_reads, expired + month.ingests * work.derivatives_per_original)
    group = "Sample"

    def uses() -> Iterator[Use]:
        yield from delivery(work, functions=1, reads=0)
        how = "misses, and again those that are rendered"
        yield Use(group, "Origin Shield", month.misses + renders, prices.SHIELD, how)
        yield from _originals(work, group, renders)
        yield Use(group, "derivatives", month.derivatives_gb, prices.STORAGE, "S3, for 90 days")
        yield Use(
            group, "GET of derivatives", bucket_reads, prices.READS, "misses of Origin Shield"
        )
        yield Use(group, "PUT", renders + month.ingests, prices.WRITES, "renders, and uploads")
        yield Use(
            group,
            "invocations",
            renders,
            prices.INVOCATIONS,
            "a third of them each month",
        )
        seconds = renders * _DIT_MS / 1000 * _SAMPLE_MEMORY_GB
        yield Use(group, "compute", seconds, prices.COMPUTE["x86_64"], "350 ms at 1,500 MB")
        yield Use(group, "logs", renders * LOG_KB / KB_IN_GB, prices.LOGS, "1.2 KB per render")

    return Alternative(
        "aws-samples/image-optimization",
        price_uses(uses(), free_tier=work.free_tier),
        "only resizes and converts; a replaced original stays stale for up to a year",
        "https://github.com/aws-samples/image-optimization",
    )
