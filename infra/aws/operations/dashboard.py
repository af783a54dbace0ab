"""The dashboard of a deployment: who answers, how fast, what is saved and what it costs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.aws.operations.alarms import BESIDE, DELIVERED, FIVE, HOWS, counted, of_distribution
from infra.costs.prices import COMPUTE, INVOCATIONS

if TYPE_CHECKING:
    from infra.aws.constructs.image_cdn import ImageCdn

STAGES: Final = (
    *("Catalog", "Fetch", "Decode", "Resize", "Steps", "Encode", "Survey"),
    *("Clean", "Store", "Recheck", "Queue"),
)
"""What the origin times (`origin_lambda.stopwatch`), about in the order that it comes to."""

_PERCENTILES: Final = ("p50", "p95", "p99")
_MB_IN_GB: Final = 1024
_WIDE: Final = 24
_HALF: Final = _WIDE // 2


class Dashboard(Construct):
    """One page; graphs of five minutes."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        cdn: "ImageCdn",
        memory: int,
        alarms: Sequence[cloudwatch.IAlarm],
    ) -> None:
        super().__init__(scope, name)
        board = cloudwatch.Dashboard(self, "Page", default_interval=Duration.days(1))
        board.add_widgets(
            cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=_WIDE, height=3)
        )
        if cdn.distribution:
            board.add_widgets(*_edge(cdn))
        board.add_widgets(*_origin(cdn.origin.function))
        board.add_widgets(*_worth(cdn.origin.function, cdn.stage.architecture, memory))
        board.add_widgets(*_ingest(cdn))


def _edge(cdn: "ImageCdn") -> Iterator[cloudwatch.IWidget]:
    yield _graph("Requests, by who answers", "%", _by_tier(cdn), stacked=True)
    yield _graph("CloudFront: requests", "", [of_distribution(cdn, "Requests", "sum")])
    rates = [of_distribution(cdn, each, "avg") for each in ("4xxErrorRate", "5xxErrorRate")]
    yield _graph("CloudFront: errors", "%", rates)
    yield _graph("CloudFront: bytes", "", [of_distribution(cdn, "BytesDownloaded", "sum")])


def _origin(origin: lambda_.IFunction) -> Iterator[cloudwatch.IWidget]:
    answers = [counted(origin, "Answers", {"how": how}) for how in HOWS]
    yield _graph("Origin: answers, by how", "", answers, stacked=True)
    renders = [
        counted(origin, "Milliseconds", {"how": "render"}, each).with_(label=each)
        for each in _PERCENTILES
    ]
    yield _graph("Origin: a render", "ms", renders)
    for each in _PERCENTILES:
        stages = [
            counted(origin, f"{stage}Milliseconds", {}, each).with_(label=stage.lower())
            for stage in STAGES
        ]
        yield _graph(f"Origin: its stages, {each}", "ms", stages)
    beside = [counted(origin, "Tolerated", {"what": what}) for what in BESIDE]
    yield _graph("Origin: done without", "", beside, stacked=True)
    lambdas = [origin.metric_errors(period=FIVE), origin.metric_throttles(period=FIVE)]
    yield _graph("Origin: errors and throttles", "", lambdas)


def _worth(
    origin: lambda_.IFunction, architecture: str, memory: int
) -> Iterator[cloudwatch.IWidget]:
    yield _graph("Saved against the originals, once for each derivative", "MB", [_saved(origin)])
    cost = _cost(origin, architecture, memory)
    yield _graph("Origin: cost of 1,000 answers, at list price", "$", [cost])


def _ingest(cdn: "ImageCdn") -> Iterator[cloudwatch.IWidget]:
    queue, dead, ingest = cdn.queue.queue, cdn.queue.dead_letters, cdn.ingest.function
    age = queue.metric_approximate_age_of_oldest_message(period=FIVE, statistic="max")
    yield _graph("Ingest: oldest message", "s", [age])
    depth = dead.metric_approximate_number_of_messages_visible(period=FIVE, statistic="max")
    yield _graph("Dead letters", "", [depth])
    batches = [
        ingest.metric_duration(period=FIVE, statistic=each, label=each)
        for each in ("p50", "p95", "max")
    ]
    yield _graph("Ingest: a batch", "ms", batches)
    failed = [counted(ingest, "IngestFailed", {"what": what}) for what in DELIVERED]
    waiting = counted(ingest, "InvalidationDeferred", {"what": "edge"})
    late = waiting.with_(label="invalidation has to wait")
    yield _graph("Ingest: failures, and invalidations that wait", "", [*failed, late])


def _graph(
    title: str, unit: str, metrics: Sequence[cloudwatch.IMetric], *, stacked: bool = False
) -> cloudwatch.GraphWidget:
    axis = cloudwatch.YAxisProps(min=0, label=unit or None, show_units=False)
    return cloudwatch.GraphWidget(
        title=title, left=list(metrics), left_y_axis=axis, stacked=stacked, width=_HALF
    )


def _by_tier(cdn: "ImageCdn") -> list[cloudwatch.IMetric]:
    """Return who answers what viewers ask, in percent."""
    origin = cdn.origin.function
    requests = of_distribution(cdn, "Requests", "sum")
    kept = [counted(origin, "Answers", {"how": how}) for how in ("stored", "not-modified")]
    return [
        *_before_the_function(cdn, requests),
        _math(
            "100 * (FILL(stored,0) + FILL(same,0)) / requests",
            {"stored": kept[0], "same": kept[1], "requests": requests},
            "function, from the bucket",
        ),
        _math(
            "100 * FILL(renders,0) / requests",
            {"renders": counted(origin, "Answers", {"how": "render"}), "requests": requests},
            "function, rendered",
        ),
    ]


def _before_the_function(
    cdn: "ImageCdn", requests: cloudwatch.IMetric
) -> Iterator[cloudwatch.IMetric]:
    """Yield who answers without it: CloudFront tells its cache from the bucket for money alone."""
    asked = {
        "invocations": cdn.origin.function.metric_invocations(period=FIVE),
        "requests": requests,
    }
    either = "100 * (1 - FILL(invocations,0) / requests)"
    if not cdn.stage.edge_metrics:
        yield _math(either, asked, "edge or bucket")
        return
    hits = of_distribution(cdn, "CacheHitRate", "avg")
    yield hits.with_(label="edge")
    rest = f"{either} - FILL(hits,0)"
    yield _math(f"IF({rest} > 0, {rest}, 0)", asked | {"hits": hits}, "bucket")


def _saved(origin: lambda_.IFunction) -> cloudwatch.IMetric:
    return _math(
        "(original - derivative) / 1000000",
        {
            "original": counted(origin, "OriginalBytes", {}),
            "derivative": counted(origin, "DerivativeBytes", {}),
        },
        "MB",
    )


def _cost(origin: lambda_.IFunction, architecture: str, memory: int) -> cloudwatch.IMetric:
    """Return what 1,000 answers of the function cost, at list price and for the memory it has."""
    second = memory / _MB_IN_GB * COMPUTE[architecture].bands[0].dollars
    request = INVOCATIONS.bands[0].dollars
    return _math(
        f"1000 * (duration / 1000 * {second:.12f} / invocations + {request:.12f})",
        {
            "duration": origin.metric_duration(period=FIVE, statistic="sum"),
            "invocations": origin.metric_invocations(period=FIVE),
        },
        "$",
    )


def _math(
    expression: str, using: Mapping[str, cloudwatch.IMetric], label: str
) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(
        expression=expression, using_metrics=dict(using), period=FIVE, label=label
    )
