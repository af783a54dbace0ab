"""Count what a workload uses of each service in a month, without prices.

Requests are counted in the code: `derivatives/` for a miss, `originals/` for an ingest.
"""

from dataclasses import dataclass
from typing import Final

from infra.costs.workload import INIT_MS, Workload

HOURS: Final = 730.0
"""Hours of a month, as AWS counts them in its examples."""
SECONDS: Final = HOURS * 3600
DAYS: Final = HOURS / 24

KB_IN_GB: Final = 1024.0**2
MB_IN_GB: Final = 1024.0

FUNCTIONS_A_VIEW: Final = 2
"""viewer-request and viewer-response."""

RENDER_GETS: Final = 1
"""The mip or the original. The edge has asked for the derivative already."""
RENDER_READ_UNITS: Final = 1.5
"""The record, and again with a consistent read after storing; records are below 4 KB."""

INGEST_GETS: Final = 3
"""HEAD, the file's beginning, and the whole file."""
INGEST_LISTS: Final = 4
"""Derivatives and old mips, at once and in the sweep."""
INGEST_MIPS: Final = 5
INGEST_READ_UNITS: Final = 5
"""One consistent read for each change (pending, mips, ready, notified) and one for the sweep."""
INGEST_WRITE_UNITS: Final = 6
"""One each for pending and mips (below 1 KB), two each for ready and notified (below 2 KB)."""
INGEST_QUEUE: Final = 6
"""Send, receive and delete, for the event and for the sweep."""
INGEST_INVOCATIONS: Final = 2
REPLACED_PATHS: Final = 2
"""`/KEY*` at once, and again with the sweep."""

SWEEP_MS: Final = 200.0
"""Two lists, a read of the record, an invalidation."""
ITEM_KB: Final = 2.0
LOG_KB: Final = 1.2
"""One log line of the function, and START, END and REPORT of Lambda."""
POLLS: Final = 5 * SECONDS / 20
"""Receives of an empty queue: Lambda polls with five at a time, for 20 s each (Lambda developer
guide, "Using Lambda with Amazon SQS")."""

METRICS: Final = 25
ALARMS: Final = 32
SECRETS: Final = 2
"""Signing keys and upload tokens."""
RULES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Volumes:
    """Quantities of a month; where no unit is named, they are counts."""

    delivered_gb: float
    misses: float
    shield_requests: float
    bucket_requests: float
    renders: float
    ingests: float
    replaced: float
    derivatives: float
    originals_gb: float
    derivatives_gb: float
    mips_gb: float
    gets: float
    puts: float
    lists: float
    origin_gb_seconds: float
    ingest_gb_seconds: float
    cold_starts: float
    read_units: float
    write_units: float
    catalog_gb: float
    queue_requests: float
    logs_gb: float
    paths: float


def count_volumes(work: Workload) -> Volumes:
    """Count what a month's workload uses of each service."""
    misses = work.views * (1 - work.hit_ratio)
    bucket_requests = misses * (1 - work.shield_hit_ratio) if work.shield else misses
    derivatives = work.originals * work.derivatives_per_original
    replaced = work.originals * work.replaced_per_month
    ingests = replaced + work.originals * work.added_per_month
    renders = min(
        bucket_requests,
        ingests * work.derivatives_per_original + derivatives * work.refreshed_per_month,
    )
    cold = renders * work.cold_starts
    memory_gb, ingest_gb = work.memory_mb / MB_IN_GB, work.ingest_memory_mb / MB_IN_GB
    init = 0 if work.snapstart else cold * INIT_MS
    return Volumes(
        delivered_gb=work.views * work.average_kb / KB_IN_GB,
        misses=misses,
        # Every miss passes through it to the bucket, and every render to the function.
        shield_requests=misses + renders if work.shield else 0,
        bucket_requests=bucket_requests,
        renders=renders,
        ingests=ingests,
        replaced=replaced,
        derivatives=derivatives,
        originals_gb=work.originals * work.original_mb / MB_IN_GB,
        derivatives_gb=derivatives * work.average_kb / KB_IN_GB,
        mips_gb=work.originals * work.mips_mb / MB_IN_GB,
        gets=bucket_requests + renders * RENDER_GETS + ingests * INGEST_GETS,
        puts=renders + ingests * (1 + INGEST_MIPS),
        lists=ingests * INGEST_LISTS,
        origin_gb_seconds=(renders * work.render_ms + init) / 1000 * memory_gb,
        ingest_gb_seconds=ingests * (work.ingest_ms + SWEEP_MS) / 1000 * ingest_gb,
        cold_starts=cold,
        read_units=renders * RENDER_READ_UNITS + ingests * INGEST_READ_UNITS,
        write_units=ingests * INGEST_WRITE_UNITS,
        catalog_gb=work.originals * ITEM_KB / KB_IN_GB,
        queue_requests=ingests * INGEST_QUEUE + POLLS,
        logs_gb=(renders + ingests * INGEST_INVOCATIONS) * LOG_KB / KB_IN_GB,
        paths=replaced * REPLACED_PATHS,
    )
