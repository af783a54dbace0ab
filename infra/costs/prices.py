"""List prices of us-east-1 (us-east-2 and us-west-2 have the same), in US dollars, without tax.

AWS fills the tables of some pages in by script. Those numbers were read where others quote the page
or the AWS Price List (`QUOTED`). Check those marked `MEMORY` before relying on them.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from infra.costs.price import Band, Evidence, Price, bands, flat

TB: Final = 1024.0
"""GB; AWS counts 1 GB as 2^30 bytes."""
_M: Final = 1e6


def _per(units: float, dollars: float) -> tuple[Band, ...]:
    return flat(dollars / units)


_CLOUDFRONT: Final = "https://aws.amazon.com/cloudfront/pricing/"
_PAY_AS_YOU_GO: Final = "https://aws.amazon.com/cloudfront/pricing/pay-as-you-go/"
_LAMBDA: Final = "https://aws.amazon.com/lambda/pricing/"
_S3: Final = "https://aws.amazon.com/s3/pricing/"
_DYNAMODB: Final = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_CLOUDWATCH: Final = "https://aws.amazon.com/cloudwatch/pricing/"


class Viewers(StrEnum):
    """Where most viewers are: CloudFront's prices differ by edge location, not by region."""

    NORTH_AMERICA = "north-america"
    EUROPE = "europe"
    ASIA = "asia"


def _transfer(*per_gb: float) -> Price:
    widths = (10 * TB, 40 * TB, 100 * TB, 350 * TB, 524 * TB, 4096 * TB)
    table = bands(*zip(widths, per_gb[:-1], strict=True), beyond=per_gb[-1])
    return Price(unit="GB", bands=table, source=_CLOUDFRONT, evidence=Evidence.PAGE, free=TB)


TRANSFER: Final = {
    Viewers.NORTH_AMERICA: _transfer(0.085, 0.080, 0.060, 0.040, 0.030, 0.025, 0.020),
    Viewers.EUROPE: _transfer(0.085, 0.080, 0.060, 0.040, 0.030, 0.025, 0.020),
    Viewers.ASIA: _transfer(0.120, 0.100, 0.095, 0.090, 0.080, 0.070, 0.060),
}


def _requests(per_ten_thousand: float) -> Price:
    return Price(
        unit="HTTPS request",
        bands=_per(1e4, per_ten_thousand),
        per=_M,
        free=10 * _M,
        source=_PAY_AS_YOU_GO,
    )


REQUESTS: Final = {
    Viewers.NORTH_AMERICA: _requests(0.0100),
    Viewers.EUROPE: _requests(0.0120),
    Viewers.ASIA: _requests(0.0120),
}
FUNCTIONS: Final = Price(
    unit="invocation", bands=_per(_M, 0.10), per=_M, free=2 * _M, source=_PAY_AS_YOU_GO
)
KEY_VALUE_READS: Final = Price(
    unit="read", bands=_per(_M, 0.03), per=_M, free=2 * _M, source=_PAY_AS_YOU_GO
)
SHIELD: Final = Price(unit="request", bands=_per(1e4, 0.0075), per=_M, source=_PAY_AS_YOU_GO)
INVALIDATIONS: Final = Price(
    unit="path",
    # The first 1,000 are part of the price, not of the free tier; a wildcard is one path.
    bands=(Band(1000, 0), Band(math.inf, 0.005)),
    source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PayingForInvalidation.html",
    evidence=Evidence.PAGE,
)


@dataclass(frozen=True, slots=True)
class FlatRate:
    """A flat-rate plan of CloudFront: dollars a month, and the traffic it includes."""

    name: str
    dollars: float
    requests: float
    gigabytes: float


FLAT_RATE_SOURCE: Final = (
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/flat-rate-pricing-plan.html"
)
FLAT_RATES: Final = (
    FlatRate("Free", 0, 1 * _M, 100),
    FlatRate("Pro", 15, 10 * _M, 50 * TB),
    FlatRate("Business", 200, 125 * _M, 50 * TB),
    FlatRate("Premium", 1000, 500 * _M, 50 * TB),
)

STORAGE: Final = Price(
    unit="GB-month", bands=bands((50 * TB, 0.023), (450 * TB, 0.022), beyond=0.021), source=_S3
)
WRITES: Final = Price(unit="PUT or LIST", bands=_per(1e3, 0.005), per=_M, source=_S3)
READS: Final = Price(unit="GET", bands=_per(1e3, 0.0004), per=_M, source=_S3)

INVOCATIONS: Final = Price(
    unit="invocation", bands=_per(_M, 0.20), per=_M, free=1 * _M, source=_LAMBDA
)
COMPUTE: Final = {
    "arm64": Price(
        unit="GB-second",
        bands=bands((7.5e9, 0.0000133334), (11.25e9, 0.0000120001), beyond=0.0000106667),
        free=400_000,
        source=_LAMBDA,
    ),
    "x86_64": Price(
        unit="GB-second",
        bands=bands((6e9, 0.0000166667), (9e9, 0.000015), beyond=0.0000133334),
        free=400_000,
        source=_LAMBDA,
    ),
}
FUNCTION_URL: Final = Price(unit="request", bands=flat(0), per=_M, source=_LAMBDA)
SNAPSHOT_CACHE: Final = Price(unit="GB-second", bands=flat(0.0000015046), source=_LAMBDA)
SNAPSHOT_RESTORE: Final = Price(unit="GB restored", bands=flat(0.0001397998), source=_LAMBDA)

READ_UNITS: Final = Price(unit="read unit", bands=_per(_M, 0.125), per=_M, source=_DYNAMODB)
WRITE_UNITS: Final = Price(unit="write unit", bands=_per(_M, 0.625), per=_M, source=_DYNAMODB)
TABLE: Final = Price(unit="GB-month", bands=flat(0.25), free=25, source=_DYNAMODB)
RECOVERY: Final = Price(unit="GB-month", bands=flat(0.20), source=_DYNAMODB)

QUEUE: Final = Price(
    unit="request",
    bands=bands((100e9, 0.4e-6), (100e9, 0.3e-6), beyond=0.24e-6),
    per=_M,
    free=1 * _M,
    source="https://aws.amazon.com/sqs/pricing/",
)
TOPIC: Final = Price(
    unit="publish",
    bands=_per(_M, 0.50),
    per=_M,
    free=1 * _M,
    source="https://aws.amazon.com/sns/pricing/",
)
LOGS: Final = Price(unit="GB", bands=flat(0.50), free=5, source=_CLOUDWATCH)
METRICS: Final = Price(unit="metric", bands=flat(0.30), free=10, source=_CLOUDWATCH)
ALARMS: Final = Price(unit="alarm", bands=flat(0.10), free=10, source=_CLOUDWATCH)
_SECRETS: Final = "https://aws.amazon.com/secrets-manager/pricing/"
SECRETS: Final = Price(unit="secret", bands=flat(0.40), source=_SECRETS)
SECRET_CALLS: Final = Price(unit="call", bands=_per(1e4, 0.05), per=1e4, source=_SECRETS)
_WAF: Final = "https://aws.amazon.com/waf/pricing/"
FIREWALL: Final = Price(unit="web ACL", bands=flat(5.0), source=_WAF)
FIREWALL_RULES: Final = Price(unit="rule", bands=flat(1.0), source=_WAF)
FIREWALL_REQUESTS: Final = Price(unit="request", bands=_per(_M, 0.60), per=_M, source=_WAF)

# Used only by the alternatives.

REST_API: Final = Price(
    unit="request",
    bands=bands((333e6, 3.5e-6), (667e6, 2.8e-6), (19e9, 2.38e-6), beyond=1.51e-6),
    per=_M,
    source="https://aws.amazon.com/api-gateway/pricing/",
)
_FARGATE: Final = "https://aws.amazon.com/fargate/pricing/"
FARGATE_CPU: Final = Price(unit="vCPU-hour", bands=flat(0.04048), source=_FARGATE)
FARGATE_MEMORY: Final = Price(unit="GB-hour", bands=flat(0.004445), source=_FARGATE)
_BALANCER: Final = "https://aws.amazon.com/elasticloadbalancing/pricing/"
BALANCER: Final = Price(unit="hour", bands=flat(0.0225), source=_BALANCER)
BALANCER_UNITS: Final = Price(unit="LCU-hour", bands=flat(0.008), source=_BALANCER)
ADDRESSES: Final = Price(
    unit="public IPv4 hour", bands=flat(0.005), source="https://aws.amazon.com/vpc/pricing/"
)
_CLOUDFLARE: Final = "https://developers.cloudflare.com/images/pricing/"
CLOUDFLARE_TRANSFORMED: Final = Price(
    unit="unique transformation",
    bands=(Band(5000, 0), Band(math.inf, 0.0005)),
    per=1e3,
    source=_CLOUDFLARE,
    evidence=Evidence.PAGE,
)
CLOUDFLARE_STORED: Final = Price(
    unit="image stored",
    bands=_per(1e5, 5.0),
    per=1e5,
    source=_CLOUDFLARE,
    evidence=Evidence.PAGE,
)
CLOUDFLARE_DELIVERED: Final = Price(
    unit="image delivered",
    bands=_per(1e5, 1.0),
    per=1e5,
    source=_CLOUDFLARE,
    evidence=Evidence.PAGE,
)
_R2: Final = "https://developers.cloudflare.com/r2/pricing/"
R2_STORAGE: Final = Price(unit="GB-month", bands=flat(0.015), free=10, source=_R2)
R2_READS: Final = Price(
    unit="read",
    bands=_per(_M, 0.36),
    per=_M,
    free=10 * _M,
    source=_R2,
    evidence=Evidence.MEMORY,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan with credits; *extra* is the price of one more credit, None if none are sold."""

    name: str
    dollars: float
    credits: float
    extra: float | None


IMGIX_SOURCE: Final = "https://www.imgix.com/pricing"
IMGIX_EVIDENCE: Final = Evidence.MEMORY
"""What a credit buys is on imgix's page. The plans' prices come from a file without a source."""
IMGIX: Final = (
    Plan("Starter", 25, 100, 0.25),
    Plan("Basic", 75, 375, 0.20),
    Plan("Midrange", 150, 830, 0.18),
    Plan("Growth", 300, 1875, 0.16),
    Plan("Growth Plus", 500, 3570, 0.12),
)
CLOUDINARY_SOURCE: Final = "https://cloudinary.com/pricing"
CLOUDINARY: Final = (
    Plan("Free", 0, 25, None),
    Plan("Plus", 99, 225, None),
    Plan("Advanced", 249, 600, None),
)
