"""The dashboard of a deployment: who answers, how fast, what is saved and what it costs."""

from typing import TYPE_CHECKING, Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.aws.alarms import HOWS, counted, of_distribution
from infra.costs.prices import COMPUTE, INVOCATIONS

if TYPE_CHECKING:
    from infra.aws.image_cdn import ImageCdn

_FIVE: Final = Duration.minutes(5)
_STAGES: Final = ("Catalog", "Fetch", "Decode", "Resize", "Steps", "Encode", "Store", "Recheck")
_MB_IN_GB: Final = 1024
_HALF: Final = 12  # of a dashboard's 24 columns


class Dashboard(Construct):
    """One page; graphs of five minutes."""

    def __init__(self, scope: Construct, name: str, *, cdn: "ImageCdn", memory: int) -> None:
        super().__init__(scope, name)
        origin = cdn.origin.function
        board = cloudwatch.Dashboard(self, "Page", default_interval=Duration.days(1))
        if cdn.distribution:
            board.add_widgets(
                _graph("CloudFront: requests", [of_distribution(cdn, "Requests", "sum")]),
                _graph("CloudFront: % answered by the edge or a bucket", [_by_the_edge(cdn)]),
                _graph(
                    "CloudFront: % of errors",
                    [
                        of_distribution(cdn, each, "avg")
                        for each in ("4xxErrorRate", "5xxErrorRate")
                    ],
                ),
            )
        board.add_widgets(
            _graph(
                "Origin: answers, by how",
                [counted(origin, "Answers", {"how": how}) for how in HOWS],
                stacked=True,
            ),
            _graph(
                "Origin: ms of a render",
                [_percentile(origin, each) for each in ("p50", "p95", "p99")],
            ),
        )
        for statistic in ("p50", "p95", "p99"):
            board.add_widgets(
                _graph(f"Origin: ms by stage, {statistic}", _stages(origin, statistic))
            )
        board.add_widgets(
            _graph("MB saved against the originals", [_saved(origin)]),
            _graph("Origin: $ per 1,000 answers", [_cost(origin, cdn.stage.architecture, memory)]),
        )
        queue, dead = cdn.queue.queue, cdn.queue.dead_letters
        board.add_widgets(
            _graph("Ingest: oldest message, s", [queue.metric_approximate_age_of_oldest_message()]),
            _graph("Dead letters", [dead.metric_approximate_number_of_messages_visible()]),
            _graph(
                "Ingest: ms", [cdn.ingest.function.metric_duration(statistic=each) for each in _PS]
            ),
        )


_PS: Final = ("p50", "p95", "max")


def _graph(
    title: str, metrics: list[cloudwatch.IMetric], *, stacked: bool = False
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=metrics, stacked=stacked, width=_HALF)


def _percentile(origin: lambda_.IFunction, statistic: str) -> cloudwatch.IMetric:
    metric = counted(origin, "Milliseconds", {"how": "render"}, statistic)
    return metric.with_(label=statistic)


def _stages(origin: lambda_.IFunction, statistic: str) -> list[cloudwatch.IMetric]:
    return [counted(origin, f"{stage}Milliseconds", {}, statistic) for stage in _STAGES]


def _by_the_edge(cdn: "ImageCdn") -> cloudwatch.IMetric:
    """Return the share of requests that never came to the origin function, in percent."""
    return cloudwatch.MathExpression(
        expression="100 * (1 - invocations / requests)",
        using_metrics={
            "invocations": cdn.origin.function.metric_invocations(period=_FIVE),
            "requests": of_distribution(cdn, "Requests", "sum"),
        },
        period=_FIVE,
        label="%",
    )


def _saved(origin: lambda_.IFunction) -> cloudwatch.IMetric:
    return cloudwatch.MathExpression(
        expression="(original - derivative) / 1000000",
        using_metrics={
            "original": counted(origin, "OriginalBytes", {}),
            "derivative": counted(origin, "DerivativeBytes", {}),
        },
        period=_FIVE,
        label="MB, once for each derivative",
    )


def _cost(origin: lambda_.IFunction, architecture: str, memory: int) -> cloudwatch.IMetric:
    """Return what 1,000 answers of the function cost, at list price and for the memory it has."""
    second = memory / _MB_IN_GB * COMPUTE[architecture].bands[0].dollars
    request = INVOCATIONS.bands[0].dollars
    return cloudwatch.MathExpression(
        expression=f"1000 * (duration / 1000 * {second:.12f} / invocations + {request:.12f})",
        using_metrics={
            "duration": origin.metric_duration(period=_FIVE, statistic="sum"),
            "invocations": origin.metric_invocations(period=_FIVE),
        },
        period=_FIVE,
        label="$",
    )
