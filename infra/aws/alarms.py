"""The alarms of a deployment: each has a name, which docs/operations.md explains."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.aws.ingest_queue import INGEST_SECONDS
from infra.aws.origin_function import SECONDS
from infra.aws.stage import EDGE_REGION
from origin_lambda.log import NAMESPACE

if TYPE_CHECKING:
    from infra.aws.image_cdn import ImageCdn

_FIVE: Final = Duration.minutes(5)
_NEARLY: Final = 0.9

HOWS: Final = ("render", "stored", "original", "not-modified", "handed-off", "4xx", "5xx", "other")
"""How the origin answers: the values of a metric's dimension."""

BESIDE: Final = ("catalog", "alert", "store", "recheck", "stale", "derivative", "mip")
"""What a picture is answered without, where it fails (`origin_lambda.tolerance`)."""

_FEW: Final = 20
"""Answers in five minutes below which a share of them says nothing."""


class Alarm(NamedTuple):
    """What is watched, and above what it is too much, for how many times five minutes in a row."""

    name: str
    metric: cloudwatch.IMetric
    above: float
    periods: int = 1


class Alarms(Construct):
    """All alarms, told over a topic of their own, and to an address if the stage has one."""

    def __init__(self, scope: Construct, name: str, *, cdn: "ImageCdn", topic: sns.ITopic) -> None:
        super().__init__(scope, name)
        action = actions.SnsAction(topic)
        for each in _alarms(cdn):
            alarm = cloudwatch.Alarm(
                self,
                each.name.title().replace("-", ""),
                alarm_name=f"calotype-{cdn.stage.name}-{each.name}",
                alarm_description=f"docs/operations.md#{each.name}",
                metric=each.metric,
                threshold=each.above,
                evaluation_periods=each.periods,
                comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            alarm.add_alarm_action(action)
            alarm.add_ok_action(action)


def _alarms(cdn: "ImageCdn") -> Iterator[Alarm]:
    origin, ingest = cdn.origin.function, cdn.ingest.function
    yield Alarm("origin-5xx", _share_of_5xx(origin), 1)
    yield Alarm("origin-slow", _milliseconds(origin, "render", "p95"), 3_000, periods=3)
    yield Alarm("origin-near-timeout", _longest(origin), 1000 * SECONDS * _NEARLY)
    yield Alarm("origin-broken", origin.metric_errors(period=_FIVE), 0)
    yield Alarm("origin-throttled", origin.metric_throttles(period=_FIVE), 0)
    yield Alarm("origin-alone", _tolerated(origin), 10)
    yield Alarm("ingest-broken", ingest.metric_errors(period=_FIVE), 0)
    yield Alarm("ingest-near-timeout", _longest(ingest), 1000 * INGEST_SECONDS * _NEARLY)
    yield Alarm(
        "ingest-late",
        cdn.queue.queue.metric_approximate_age_of_oldest_message(period=_FIVE, statistic="max"),
        900,
    )
    yield Alarm(
        "dead-letters",
        cdn.queue.dead_letters.metric_approximate_number_of_messages_visible(
            period=_FIVE, statistic="max"
        ),
        0,
    )
    if cdn.stage.front.has_edge:
        yield Alarm(
            "invalidation-failed", counted(ingest, "InvalidationDeferred", {"what": "edge"}), 10
        )
    if cdn.upload:
        yield Alarm("upload-broken", cdn.upload.function.metric_errors(period=_FIVE), 0)
    if cdn.distribution and Stack.of(cdn).region == EDGE_REGION:
        rate = of_distribution(cdn, "5xxErrorRate", "avg")
        yield Alarm("edge-5xx", rate, 1, periods=2)


def counted(
    function: lambda_.IFunction, name: str, dimensions: Mapping[str, str], statistic: str = "sum"
) -> cloudwatch.Metric:
    """Return a metric that a function writes into its log (`origin_lambda.log`)."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"function": function.function_name, **dimensions},
        statistic=statistic,
        period=_FIVE,
        label=next(iter(dimensions.values()), name),
    )


def of_distribution(cdn: "ImageCdn", name: str, statistic: str) -> cloudwatch.Metric:
    """Return a metric of CloudFront, which has them in one region."""
    assert cdn.distribution  # noqa: S101 reason: for mypy
    number = cdn.distribution.distribution.distribution_id
    return cloudwatch.Metric(
        namespace="AWS/CloudFront",
        metric_name=name,
        dimensions_map={"DistributionId": number, "Region": "Global"},
        region=EDGE_REGION,
        statistic=statistic,
        period=_FIVE,
        label=name,
    )


def _milliseconds(function: lambda_.IFunction, how: str, statistic: str) -> cloudwatch.Metric:
    return counted(function, "Milliseconds", {"how": how}, statistic)


def _share_of_5xx(function: lambda_.IFunction) -> cloudwatch.IMetric:
    """Return the share of server errors among answers, in percent."""
    using = {
        f"m{number}": counted(function, "Answers", {"how": how}) for number, how in enumerate(HOWS)
    }
    bad = f"m{HOWS.index('5xx')}"
    total = "+".join(f"FILL({name},0)" for name in using)
    return cloudwatch.MathExpression(
        expression=f"IF({total} > {_FEW}, 100 * FILL({bad},0) / ({total}), 0)",
        using_metrics=dict(using),
        period=_FIVE,
        label="% of answers",
    )


def _tolerated(function: lambda_.IFunction) -> cloudwatch.IMetric:
    using = {
        f"m{number}": counted(function, "Tolerated", {"what": what})
        for number, what in enumerate(BESIDE)
    }
    return cloudwatch.MathExpression(
        expression="+".join(f"FILL({name},0)" for name in using),
        using_metrics=dict(using),
        period=_FIVE,
        label="failures passed over",
    )


def _longest(function: lambda_.IFunction) -> cloudwatch.Metric:
    return function.metric_duration(period=_FIVE, statistic="max")
