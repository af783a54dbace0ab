"""The dashboard of a deployment: cache hits, speed, savings and cost."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.aws.operations.metrics import (
    ANSWER_KINDS,
    BEST_EFFORT_STEPS,
    MESSAGE_KINDS,
    PERIOD,
    distribution_metric,
    log_metric,
)
from infra.aws.operations.monitored import Monitored
from infra.costs.prices import COMPUTE, INVOCATIONS
from origin_lambda.derivatives.refine import Outcome

TIMED_STAGES: Final = (
    *("Catalog", "Fetch", "Decode", "Resize", "Steps", "Encode", "Survey"),
    *("Clean", "Store", "Recheck", "Queue"),
)
"""The stages that the origin times (`origin_lambda.stopwatch`), in the order of a request."""

_PERCENTILES: Final = ("p50", "p95", "p99")
_MB_IN_GB: Final = 1024
_FULL_WIDTH: Final = 24
_HALF_WIDTH: Final = _FULL_WIDTH // 2


class Dashboard(Construct):
    """One page of graphs with a point for every five minutes."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        monitored: Monitored,
        alarms: Sequence[cloudwatch.IAlarm],
    ) -> None:
        super().__init__(scope, name)
        board = cloudwatch.Dashboard(self, "Page", default_interval=Duration.days(1))
        board.add_widgets(
            cloudwatch.AlarmStatusWidget(
                title="Alarms", alarms=list(alarms), width=_FULL_WIDTH, height=3
            )
        )
        if monitored.distribution:
            board.add_widgets(*_show_edge(monitored, monitored.distribution))
        board.add_widgets(*_show_origin(monitored.origin))
        board.add_widgets(*_show_savings_and_cost(monitored))
        if monitored.refiner:
            board.add_widgets(*_show_refinement(monitored.refiner))
        board.add_widgets(*_show_ingest(monitored))


def _show_edge(
    monitored: Monitored, distribution: cloudfront.IDistribution
) -> Iterator[cloudwatch.IWidget]:
    tiers = _share_by_tier(monitored, distribution)
    yield _draw_graph("Requests by tier", "%", tiers, stacked=True)
    requests = distribution_metric(distribution, "Requests", "sum")
    yield _draw_graph("CloudFront: requests", "", [requests])
    rates = [
        distribution_metric(distribution, each, "avg") for each in ("4xxErrorRate", "5xxErrorRate")
    ]
    yield _draw_graph("CloudFront: errors", "%", rates)
    downloaded = distribution_metric(distribution, "BytesDownloaded", "sum")
    yield _draw_graph("CloudFront: bytes", "", [downloaded])


def _show_origin(origin: lambda_.IFunction) -> Iterator[cloudwatch.IWidget]:
    answers = [log_metric(origin, "Answers", {"how": how}) for how in ANSWER_KINDS]
    yield _draw_graph("Origin: answers by kind", "", answers, stacked=True)
    renders = [
        log_metric(origin, "Milliseconds", {"how": "render"}, each).with_(label=each)
        for each in _PERCENTILES
    ]
    yield _draw_graph("Origin: render time", "ms", renders)
    for each in _PERCENTILES:
        stages = [
            log_metric(origin, f"{stage}Milliseconds", {}, each).with_(label=stage.lower())
            for stage in TIMED_STAGES
        ]
        yield _draw_graph(f"Origin: time by stage, {each}", "ms", stages)
    tolerated = [log_metric(origin, "Tolerated", {"what": what}) for what in BEST_EFFORT_STEPS]
    yield _draw_graph("Origin: tolerated failures", "", tolerated, stacked=True)
    failures = [origin.metric_errors(period=PERIOD), origin.metric_throttles(period=PERIOD)]
    yield _draw_graph("Origin: errors and throttles", "", failures)


def _show_savings_and_cost(monitored: Monitored) -> Iterator[cloudwatch.IWidget]:
    origin = monitored.origin
    yield _draw_graph("Bytes saved by new derivatives", "MB", [_saved_bytes(origin)])
    cost = _origin_cost(origin, monitored.stage.architecture, monitored.origin_memory)
    yield _draw_graph("Origin: cost of 1,000 answers, at list price", "$", [cost])


def _show_refinement(refiner: lambda_.IFunction) -> Iterator[cloudwatch.IWidget]:
    tries = [log_metric(refiner, "Refinements", {"what": each}) for each in Outcome]
    yield _draw_graph("Refiner: tries by outcome", "", tries, stacked=True)
    saved = log_metric(refiner, "RefinedBytes", {})
    yield _draw_graph("Refiner: bytes saved in files", "B", [saved])


def _show_ingest(monitored: Monitored) -> Iterator[cloudwatch.IWidget]:
    ingest, queue, dead_letters = monitored.ingest, monitored.queue, monitored.dead_letters
    age = queue.metric_approximate_age_of_oldest_message(period=PERIOD, statistic="max")
    yield _draw_graph("Ingest: oldest message", "s", [age])
    dead = dead_letters.metric_approximate_number_of_messages_visible(
        period=PERIOD, statistic="max"
    )
    yield _draw_graph("Dead letters", "", [dead])
    batches = [
        ingest.metric_duration(period=PERIOD, statistic=each, label=each)
        for each in ("p50", "p95", "max")
    ]
    yield _draw_graph("Ingest: time of a batch", "ms", batches)
    failed = [log_metric(ingest, "IngestFailed", {"what": what}) for what in MESSAGE_KINDS]
    invalidations = log_metric(ingest, "InvalidationDeferred", {"what": "edge"})
    deferred = invalidations.with_(label="deferred invalidation")
    yield _draw_graph("Ingest: failures and deferred invalidations", "", [*failed, deferred])


def _draw_graph(
    title: str, unit: str, metrics: Sequence[cloudwatch.IMetric], *, stacked: bool = False
) -> cloudwatch.GraphWidget:
    axis = cloudwatch.YAxisProps(min=0, label=unit or None, show_units=False)
    return cloudwatch.GraphWidget(
        title=title, left=list(metrics), left_y_axis=axis, stacked=stacked, width=_HALF_WIDTH
    )


def _share_by_tier(
    monitored: Monitored, distribution: cloudfront.IDistribution
) -> list[cloudwatch.IMetric]:
    """Return the share of requests that each tier answers, in percent."""
    origin = monitored.origin
    requests = distribution_metric(distribution, "Requests", "sum")
    stored, unmodified = (
        log_metric(origin, "Answers", {"how": how}) for how in ("stored", "not-modified")
    )
    return [
        *_share_before_the_function(monitored, distribution, requests),
        _compute(
            "100 * (FILL(stored,0) + FILL(same,0)) / requests",
            {"stored": stored, "same": unmodified, "requests": requests},
            "function, from the bucket",
        ),
        _compute(
            "100 * FILL(renders,0) / requests",
            {"renders": log_metric(origin, "Answers", {"how": "render"}), "requests": requests},
            "function, rendered",
        ),
    ]


def _share_before_the_function(
    monitored: Monitored, distribution: cloudfront.IDistribution, requests: cloudwatch.IMetric
) -> Iterator[cloudwatch.IMetric]:
    """Yield cache hits and bucket hits: separate only with CloudFront's paid metrics."""
    measured = {
        "invocations": monitored.origin.metric_invocations(period=PERIOD),
        "requests": requests,
    }
    both = "100 * (1 - FILL(invocations,0) / requests)"
    if not monitored.stage.edge_metrics:
        yield _compute(both, measured, "edge or bucket")
        return
    hits = distribution_metric(distribution, "CacheHitRate", "avg")
    yield hits.with_(label="edge")
    rest = f"{both} - FILL(hits,0)"
    yield _compute(f"IF({rest} > 0, {rest}, 0)", measured | {"hits": hits}, "bucket")


def _saved_bytes(origin: lambda_.IFunction) -> cloudwatch.IMetric:
    return _compute(
        "(original - derivative) / 1000000",
        {
            "original": log_metric(origin, "OriginalBytes", {}),
            "derivative": log_metric(origin, "DerivativeBytes", {}),
        },
        "MB",
    )


def _origin_cost(origin: lambda_.IFunction, architecture: str, memory: int) -> cloudwatch.IMetric:
    """Return the cost of 1,000 answers in dollars, at list price; *memory* is in MB."""
    second = memory / _MB_IN_GB * COMPUTE[architecture].bands[0].dollars
    request = INVOCATIONS.bands[0].dollars
    return _compute(
        f"1000 * (duration / 1000 * {second:.12f} / invocations + {request:.12f})",
        {
            "duration": origin.metric_duration(period=PERIOD, statistic="sum"),
            "invocations": origin.metric_invocations(period=PERIOD),
        },
        "$",
    )


def _compute(
    expression: str, using: Mapping[str, cloudwatch.IMetric], label: str
) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(
        expression=expression, using_metrics=dict(using), period=PERIOD, label=label
    )
