"""What a deployment has to do in a month: the inputs of the model, their units and defaults."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from infra.costs.amounts import amount, share
from infra.costs.prices import COMPUTE, Viewers

REGIONS: Final = ("us-east-1", "us-east-2", "us-west-2")
"""Those with us-east-1's prices (AWS Price List); others have lists of their own."""

# Measured, on x86-64 with one processor: docs/performance.md. Change them here, and nowhere else.
RENDER_MS: Final = 150.0
"""One miss as it is billed: 10 to 70 ms from a mip, 15 to 590 from an original, and four trips to
S3 and DynamoDB."""
INGEST_MS: Final = 1400.0
"""1,000 ms for survey, mips and curves of a 4.4 MB photograph, and 13 trips to S3, DynamoDB and
SNS."""
MIPS_MB: Final = 1.6
"""All five mips of a 4.4 MB photograph: 811, 439, 196, 79 and 25 KB."""
INIT_MS: Final = 345.0
"""A cold start of the origin, up to its first derivative."""


class Option(NamedTuple):
    """How a field is given on the command line: by whom it is read, and what it is."""

    kind: Callable[[str], float] | tuple[str, ...] | type[bool]
    text: str


def option(
    default: Any, kind: Callable[[str], float] | tuple[str, ...] | type[bool], text: str
) -> Any:
    """Return a field of an options table."""
    return dataclasses.field(default=default, metadata={"option": Option(kind, text)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A month of traffic, in the steady state: the table of options of `calotype cost`.

    Raises:
        ValueError: a value makes no sense; the message names its option.

    """

    views: float = option(50e6, amount, "images delivered to browsers a month")
    originals: float = option(200e3, amount, "originals in the bucket")
    derivatives_per_original: float = option(
        12, amount, "derivatives that are asked for of each original: sizes times formats"
    )
    formats: float = option(2, amount, "formats that each size is asked for in, by negotiation")
    hit_ratio: float = option(
        0.95, share, "share of views that CloudFront answers by itself; `simulate` tells"
    )
    average_kb: float = option(45, amount, "weight of a derivative, in KB")
    original_mb: float = option(4, amount, "weight of an original, in MB")
    mips_mb: float = option(MIPS_MB, amount, "weight of an original's mips together, in MB")
    added_per_month: float = option(0.01, share, "share of the originals that is new this month")
    replaced_per_month: float = option(0.02, share, "share of the originals that is replaced")
    refreshed_per_month: float = option(
        0.08, share, "share of the derivatives made anew for another reason: one new recipe a year"
    )
    render_ms: float = option(RENDER_MS, amount, "billed time of a render, in milliseconds")
    ingest_ms: float = option(INGEST_MS, amount, "billed time of an ingest, in milliseconds")
    memory_mb: float = option(1769, amount, "memory of the origin, in MB; 1,769 is one vCPU")
    ingest_memory_mb: float = option(2048, amount, "memory of ingest, in MB")
    architecture: str = option("x86_64", tuple(sorted(COMPUTE)), "processor of both functions")
    cold_starts: float = option(0.01, share, "share of renders that start an environment")
    shield: bool = option(False, bool, "put Origin Shield in front of bucket and function")
    shield_hit_ratio: float = option(0.5, share, "share of its requests that it answers itself")
    signed: bool = option(False, bool, "URLs are signed: one more read of the KeyValueStore each")
    snapstart: bool = option(False, bool, "restore environments from a snapshot")
    waf: bool = option(False, bool, "put AWS WAF in front, with three rules")
    free_tier: bool = option(True, bool, "count what AWS gives every account each month")
    viewers: str = option(
        Viewers.NORTH_AMERICA, tuple(Viewers), "where most viewers are: it sets CloudFront's prices"
    )
    region: str = option("us-east-1", REGIONS, "where buckets and functions are")

    def __post_init__(self) -> None:
        insist(self)
        for name in ("memory_mb", "ingest_memory_mb"):
            if not 128 <= getattr(self, name) <= 10_240:
                message = f"{flag(name)} accepts 128 to 10,240, as Lambda does"
                raise ValueError(message)
        if self.formats < 1:
            message = f"{flag('formats')} accepts a number from 1"
            raise ValueError(message)


def option_of(field: dataclasses.Field[Any]) -> Option:
    """Return how a field of an options table is given."""
    option: Option = field.metadata["option"]
    return option


def flag(name: str) -> str:
    """Return the option that sets a field."""
    return f"--{name.replace('_', '-')}"


def insist(table: Any) -> None:
    """Hold the values of an options table to their kinds.

    Raises:
        ValueError: one makes no sense; the message names its option.

    """
    for field in dataclasses.fields(table):
        _insist(field.name, option_of(field).kind, getattr(table, field.name))


def _insist(name: str, kind: Any, value: Any) -> None:
    if isinstance(kind, tuple):
        if value not in kind:
            message = f"{flag(name)} accepts {', '.join(kind)}"
            raise ValueError(message)
    elif kind is share and not 0 <= value <= 1:
        message = f"{flag(name)} accepts a share from 0% to 100%"
        raise ValueError(message)
    elif value < 0:
        message = f"{flag(name)} accepts no negative number"
        raise ValueError(message)
