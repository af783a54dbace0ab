"""The inputs of the cost model: a month of traffic, with units and defaults."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from infra.costs.amounts import parse_amount, parse_share
from infra.costs.prices import COMPUTE, Viewers

REGIONS: Final = ("us-east-1", "us-east-2", "us-west-2")
"""Regions with the prices of us-east-1 (AWS Price List)."""

# Measured on x86-64 with one processor: docs/performance.md.
RENDER_MS: Final = 150.0
"""Billed time of a miss: 10 to 70 ms from a mip, 15 to 590 from an original, and four requests to
S3 and DynamoDB."""
INGEST_MS: Final = 1400.0
"""1,000 ms for analysis, mips and quality curves of a 4.4 MB photograph, and 13 requests to S3,
DynamoDB and SNS."""
MIPS_MB: Final = 1.6
"""All five mips of a 4.4 MB photograph: 811, 439, 196, 79 and 25 KB."""
INIT_MS: Final = 345.0
"""A cold start of the origin, up to its first derivative."""


class Option(NamedTuple):
    """A field's option on the command line: its parser, and its help text."""

    kind: Callable[[str], float] | tuple[str, ...] | type[bool]
    text: str


def option(
    default: Any, kind: Callable[[str], float] | tuple[str, ...] | type[bool], text: str
) -> Any:
    """Declare a field that is a command line option."""
    return dataclasses.field(default=default, metadata={"option": Option(kind, text)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A month of traffic in a steady state; each field is an option of `calotype cost`.

    Raises:
        ValueError: a value is impossible; the message names its option.

    """

    views: float = option(50e6, parse_amount, "images delivered to browsers a month")
    originals: float = option(200e3, parse_amount, "originals in the bucket")
    derivatives_per_original: float = option(
        12, parse_amount, "derivatives of each original: sizes times formats"
    )
    formats: float = option(
        2, parse_amount, "formats that each size is asked for in, by negotiation"
    )
    hit_ratio: float = option(
        0.5, parse_share, "share of views that CloudFront answers from its caches"
    )
    average_kb: float = option(45, parse_amount, "weight of a derivative, in KB")
    original_mb: float = option(4, parse_amount, "weight of an original, in MB")
    mips_mb: float = option(MIPS_MB, parse_amount, "weight of an original's mips together, in MB")
    added_per_month: float = option(
        0.01, parse_share, "share of the originals that is new this month"
    )
    replaced_per_month: float = option(0.02, parse_share, "share of the originals that is replaced")
    refreshed_per_month: float = option(
        0.08, parse_share, "share of the derivatives rendered again: one new recipe a year"
    )
    render_ms: float = option(RENDER_MS, parse_amount, "billed time of a render, in milliseconds")
    ingest_ms: float = option(INGEST_MS, parse_amount, "billed time of an ingest, in milliseconds")
    memory_mb: float = option(1769, parse_amount, "memory of the origin, in MB; 1,769 is one vCPU")
    ingest_memory_mb: float = option(2048, parse_amount, "memory of ingest, in MB")
    architecture: str = option("x86_64", tuple(sorted(COMPUTE)), "processor of both functions")
    cold_starts: float = option(0.01, parse_share, "share of renders that start an environment")
    shield: bool = option(False, bool, "put Origin Shield in front of bucket and function")
    shield_hit_ratio: float = option(
        0.5, parse_share, "share of its requests that it answers from its cache"
    )
    signed: bool = option(False, bool, "URLs are signed: one more read of the KeyValueStore each")
    snapstart: bool = option(False, bool, "restore environments from a snapshot")
    waf: bool = option(False, bool, "put AWS WAF in front, with three rules")
    free_tier: bool = option(True, bool, "count what AWS gives every account each month")
    peak: float = option(1.8, parse_amount, "load of the busiest hour divided by the mean, 1 to 24")
    viewers: str = option(
        Viewers.NORTH_AMERICA, tuple(Viewers), "where most viewers are: it sets CloudFront's prices"
    )
    region: str = option("us-east-1", REGIONS, "where buckets and functions are")

    def __post_init__(self) -> None:
        check_options(self)
        for name in ("memory_mb", "ingest_memory_mb"):
            if not 128 <= getattr(self, name) <= 10_240:
                message = f"{flag(name)} accepts 128 to 10,240, as Lambda does"
                raise ValueError(message)
        if self.formats < 1:
            message = f"{flag('formats')} accepts a number from 1"
            raise ValueError(message)
        if not 1 <= self.peak <= 24:
            message = f"{flag('peak')} accepts 1 to 24"
            raise ValueError(message)


def option_of(field: dataclasses.Field[Any]) -> Option:
    """Return the option of a field."""
    option: Option = field.metadata["option"]
    return option


def flag(name: str) -> str:
    """Return the option that sets a field."""
    return f"--{name.replace('_', '-')}"


def check_options(table: Any) -> None:
    """Check that the values of a table of options are possible.

    Raises:
        ValueError: one is impossible; the message names its option.

    """
    for field in dataclasses.fields(table):
        _check(field.name, option_of(field).kind, getattr(table, field.name))


def _check(name: str, kind: Any, value: Any) -> None:
    if isinstance(kind, tuple):
        if value not in kind:
            message = f"{flag(name)} accepts {', '.join(kind)}"
            raise ValueError(message)
    elif kind is parse_share and not 0 <= value <= 1:
        message = f"{flag(name)} accepts a share from 0% to 100%"
        raise ValueError(message)
    elif value < 0:
        message = f"{flag(name)} accepts no negative number"
        raise ValueError(message)
