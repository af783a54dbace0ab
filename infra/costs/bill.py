"""A month's bill, line by line, here or elsewhere: quantity, price, and how they are counted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from infra.costs import prices, volumes
from infra.costs.amounts import format_amount, format_share
from infra.costs.price import Price
from infra.costs.volumes import SECONDS, Volumes
from infra.costs.workload import Workload


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a bill; *dollars* are after the free tier and the bands of the price."""

    group: str
    name: str
    quantity: float
    price: Price
    dollars: float
    how: str


@dataclass(frozen=True, slots=True)
class Use:
    """A quantity and its price, before the free tier is subtracted."""

    group: str
    name: str
    quantity: float
    price: Price
    how: str


def price_uses(uses: Iterable[Use], *, free_tier: bool) -> tuple[Line, ...]:
    """Return the lines of a bill; uses with the same price share its free units and bands."""
    spent: dict[Price, float] = {}
    lines = []
    for use in uses:
        before = spent.get(use.price, 0.0)
        after = spent[use.price] = before + use.quantity
        dollars = use.price.cost(after, free_tier=free_tier)
        dollars -= use.price.cost(before, free_tier=free_tier)
        lines.append(Line(use.group, use.name, use.quantity, use.price, dollars, use.how))
    return tuple(lines)


def bill(work: Workload) -> tuple[Line, ...]:
    """Return the bill of a month."""
    return price_uses(_uses(work, volumes.count_volumes(work)), free_tier=work.free_tier)


def total(lines: Iterable[Line]) -> float:
    """Return the sum of a bill, in dollars."""
    return sum(line.dollars for line in lines)


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another way to serve the traffic, with its bill and a note.

    There are no lines if the service does not offer so much. *extrapolated* means that the vendor
    publishes no price for so much, and that the price of its largest plan was used.
    """

    name: str
    lines: tuple[Line, ...]
    note: str
    source: str
    extrapolated: bool = False

    @property
    def dollars(self) -> float | None:
        """The cost of a month; None if the service does not offer so much."""
        return total(self.lines) if self.lines else None

    @property
    def confirmed(self) -> bool:
        """Whether all of its prices were read somewhere."""
        return all(line.price.confirmed for line in self.lines)


def _uses(work: Workload, month: Volumes) -> Iterator[Use]:
    yield from delivery(work, volumes.FUNCTIONS_A_VIEW, reads=1 + work.signed)
    yield from _edge(work, month)
    yield from _storage(work, month)
    yield from _lambda(work, month)
    yield from _catalog(month)
    yield from _watching(month)


def delivery(work: Workload, functions: int, reads: int) -> Iterator[Use]:
    """Yield what CloudFront bills for every view, with any origin."""
    group, viewers = "CloudFront", prices.Viewers(work.viewers)
    yield Use(group, "requests", work.views, prices.REQUESTS[viewers], "one per view, HTTPS")
    yield Use(
        group,
        "transfer",
        work.views * work.average_kb / volumes.KB_IN_GB,
        prices.TRANSFER[viewers],
        f"{format_amount(work.views)} views of {format_amount(work.average_kb)} KB",
    )
    if functions:
        yield Use(
            group,
            "functions",
            work.views * functions,
            prices.FUNCTIONS,
            f"{functions} per view, also for hits",
        )
    if reads:
        yield Use(
            group,
            "KeyValueStore reads",
            work.views * reads,
            prices.KEY_VALUE_READS,
            "the policy" + (", and the key of the signature" if reads > 1 else ""),
        )


def _edge(work: Workload, month: Volumes) -> Iterator[Use]:
    if work.shield:
        misses, renders = format_amount(month.misses), format_amount(month.renders)
        how = f"{misses} misses, and {renders} that continue to the function"
        yield Use("CloudFront", "Origin Shield", month.shield_requests, prices.SHIELD, how)
    how = f"two wildcards for each of {format_amount(month.replaced)} originals replaced"
    yield Use("CloudFront", "invalidations", month.paths, prices.INVALIDATIONS, how)
    if work.waf:
        yield Use("AWS WAF", "web ACL", 1, prices.FIREWALL, "one distribution")
        yield Use("AWS WAF", "rules", volumes.RULES, prices.FIREWALL_RULES, "of the web ACL")
        yield Use("AWS WAF", "requests", work.views, prices.FIREWALL_REQUESTS, "one per view")


def _storage(work: Workload, month: Volumes) -> Iterator[Use]:
    size = f"{format_amount(work.originals)} originals of"
    kept = f"{format_amount(month.derivatives)} of {format_amount(work.average_kb)} KB"
    yield Use(
        "S3",
        "originals",
        month.originals_gb,
        prices.STORAGE,
        f"{size} {format_amount(work.original_mb)} MB",
    )
    yield Use("S3", "derivatives", month.derivatives_gb, prices.STORAGE, kept)
    yield Use(
        "S3", "mips", month.mips_gb, prices.STORAGE, f"{size} {format_amount(work.mips_mb)} MB"
    )
    yield Use(
        "S3",
        "GET",
        month.gets,
        prices.READS,
        f"{format_amount(month.bucket_requests)} misses, 2 per render, 3 per ingest",
    )
    yield Use(
        "S3", "PUT", month.puts, prices.WRITES, "1 per render; an upload and 5 mips per ingest"
    )
    yield Use("S3", "LIST", month.lists, prices.WRITES, "4 per ingest: stale derivatives")


def _lambda(work: Workload, month: Volumes) -> Iterator[Use]:
    compute = prices.COMPUTE[work.architecture]
    at = f"at {format_amount(work.memory_mb)} MB"
    yield Use(
        "Lambda",
        "renders",
        month.renders,
        prices.INVOCATIONS,
        f"new, replaced, or {format_share(work.refreshed_per_month)} rendered again",
    )
    yield Use(
        "Lambda",
        "rendering",
        month.origin_gb_seconds,
        compute,
        f"{format_amount(work.render_ms)} ms {at}, and cold starts",
    )
    runs = month.ingests * volumes.INGEST_INVOCATIONS
    yield Use("Lambda", "ingests", runs, prices.INVOCATIONS, "each original, and its sweep")
    took = format_amount(work.ingest_ms + volumes.SWEEP_MS)
    how = f"{took} ms at {format_amount(work.ingest_memory_mb)} MB"
    yield Use("Lambda", "ingesting", month.ingest_gb_seconds, compute, how)
    if work.snapstart:
        memory_gb = work.memory_mb / volumes.MB_IN_GB
        cached = SECONDS * memory_gb
        yield Use("Lambda", "snapshot", cached, prices.SNAPSHOT_CACHE, f"one version {at}")
        restored = month.cold_starts * memory_gb
        how = f"{format_amount(month.cold_starts)} cold starts {at}"
        yield Use("Lambda", "restores", restored, prices.SNAPSHOT_RESTORE, how)
    how = "free, also the transfer to CloudFront"
    yield Use("Lambda", "function URL", month.renders, prices.FUNCTION_URL, how)


def _catalog(month: Volumes) -> Iterator[Use]:
    group, size = "DynamoDB", "2 KB an original"
    how = "1.5 a render, 5 an ingest"
    yield Use(group, "reads", month.read_units, prices.READ_UNITS, how)
    yield Use(group, "writes", month.write_units, prices.WRITE_UNITS, "6 an ingest")
    yield Use(group, "table", month.catalog_gb, prices.TABLE, size)
    yield Use(group, "point-in-time recovery", month.catalog_gb, prices.RECOVERY, size)


def _watching(month: Volumes) -> Iterator[Use]:
    yield Use("SQS", "requests", month.queue_requests, prices.QUEUE, "6 an ingest; empty polls")
    yield Use("SNS", "alerts", month.ingests, prices.TOPIC, "one an ingest, without deliveries")
    group, how = "CloudWatch", f"{volumes.LOG_KB} KB an invocation"
    yield Use(group, "logs", month.logs_gb, prices.LOGS, how)
    yield Use(group, "metrics", volumes.METRICS, prices.METRICS, "custom metrics")
    yield Use(group, "alarms", volumes.ALARMS, prices.ALARMS, "of the stack")
    group = "Secrets Manager"
    yield Use(group, "secrets", volumes.SECRETS, prices.SECRETS, "signing keys, upload tokens")
    yield Use(group, "calls", month.cold_starts, prices.SECRET_CALLS, "one a cold start")
