"""The alarms of a deployment: each has a name, which docs/operations.md explains."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, get_args

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.aws.constructs.ingest_queue import INGEST_SECONDS
from infra.aws.constructs.origin_function import SECONDS
from infra.aws.stage import EDGE_REGION
from origin_lambda.log import NAMESPACE
from origin_lambda.originals.messages import Notice

if TYPE_CHECKING:
    from infra.aws.constructs.image_cdn import ImageCdn

FIVE: Final = Duration.minutes(5)
_NEARLY: Final = 0.9

HOWS: Final = ("render", "stored", "original", "not-modified", "handed-off", "4xx", "5xx", "other")
"""How the origin answers: the values of a metric's dimension."""

BESIDE: Final = ("catalog", "queue", "store", "recheck", "stale", "derivative", "mip")
"""What a picture is answered without, where it fails (`origin_lambda.best_effort`)."""

DELIVERED: Final = ("message", *(kind.__name__.lower() for kind in get_args(Notice)))
"""What ingest may fail at (`origin_lambda.originals.dispatch`)."""

_FEW: Final = 20
"""Renders in five minutes below which a percentile of them says nothing."""

_EMULATED: Final = "local"
"""The stage for an emulator: ministack 1.5 refuses alarms on expressions."""

_LATE: Final = 900
"""Seconds: a message that failed comes again after six minutes, so these are three tries."""


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
        self.alarms: list[cloudwatch.IAlarm] = []
        for each in _alarms(cdn, _crashes(self, cdn)):
            if cdn.stage.name == _EMULATED and isinstance(each.metric, cloudwatch.MathExpression):
                continue
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
            self.alarms.append(alarm)


def _alarms(cdn: "ImageCdn", crashes: cloudwatch.Metric) -> Iterator[Alarm]:
    yield from _of_origin(cdn, crashes)
    yield from _of_ingest(cdn)
    if cdn.upload:
        failed = cdn.upload.api.metric_server_error(period=FIVE, statistic="sum")
        yield Alarm("upload-broken", failed, 0)
    if cdn.balancer:
        failed = cdn.balancer.balancer.metrics.http_code_elb(
            elbv2.HttpCodeElb.ELB_5XX_COUNT, period=FIVE, statistic="sum"
        )
        yield Alarm("balancer-5xx", failed, 2)
    # CloudFront has its metrics in one region, and an alarm sees no other than its own.
    if cdn.distribution and Stack.of(cdn).region == EDGE_REGION:
        yield Alarm("edge-5xx", _share_at_the_edge(cdn), 1, periods=2)


def _of_origin(cdn: "ImageCdn", crashes: cloudwatch.Metric) -> Iterator[Alarm]:
    origin = cdn.origin.function
    asked, errors = origin.metric_invocations(period=FIVE), origin.metric_errors(period=FIVE)
    refused = counted(origin, "Answers", {"how": "5xx"})
    beside = [counted(origin, "Tolerated", {"what": what}) for what in BESIDE]
    yield Alarm("origin-5xx", _share([refused, crashes, errors], of=asked, beyond=2), 1)
    yield Alarm("origin-slow", _slow(origin), 3_000, periods=3)
    yield Alarm("origin-near-timeout", _longest(origin), 1000 * SECONDS * _NEARLY)
    yield Alarm("origin-broken", _sum([crashes, errors]), 0)
    yield Alarm("origin-throttled", origin.metric_throttles(period=FIVE), 0)
    yield Alarm("origin-alone", _share(beside, of=asked, beyond=10), 1)


def _of_ingest(cdn: "ImageCdn") -> Iterator[Alarm]:
    ingest, queue, dead = cdn.ingest.function, cdn.queue.queue, cdn.queue.dead_letters
    failed = [counted(ingest, "IngestFailed", {"what": what}) for what in DELIVERED]
    age = queue.metric_approximate_age_of_oldest_message(period=FIVE, statistic="max")
    depth = dead.metric_approximate_number_of_messages_visible(period=FIVE, statistic="max")
    yield Alarm("ingest-failing", _sum(failed), 10)
    yield Alarm("ingest-broken", ingest.metric_errors(period=FIVE), 0)
    yield Alarm("ingest-near-timeout", _longest(ingest), 1000 * INGEST_SECONDS * _NEARLY)
    if cdn.stage.ingest_enabled:
        yield Alarm("ingest-late", age, _LATE)
    yield Alarm("dead-letters", depth, 0)
    if cdn.stage.front.has_edge:
        # What has to wait is asked for again every 30 s: ten times in five minutes.
        waiting = counted(ingest, "InvalidationDeferred", {"what": "edge"})
        yield Alarm("invalidation-failed", waiting, 5, periods=3)


def counted(
    function: lambda_.IFunction, name: str, dimensions: Mapping[str, str], statistic: str = "sum"
) -> cloudwatch.Metric:
    """Return a metric that a function writes into its log (`origin_lambda.log`)."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"function": function.function_name, **dimensions},
        statistic=statistic,
        period=FIVE,
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
        period=FIVE,
        label=name,
    )


def _crashes(scope: Construct, cdn: "ImageCdn") -> cloudwatch.Metric:
    """Return how often the origin answered for a mistake of ours: to Lambda that is no error."""
    found = logs.MetricFilter(
        scope,
        "Crashes",
        log_group=cdn.origin.made.log_group,
        filter_pattern=logs.FilterPattern.string_value("$.event", "=", "crashed"),
        # Its dimensions could only be facts of the line, which does not name its function.
        metric_namespace=f"{NAMESPACE}/{cdn.stage.name}",
        metric_name="Crashed",
    )
    return found.metric(period=FIVE, statistic="sum")


def _named(metrics: Sequence[cloudwatch.IMetric]) -> tuple[str, dict[str, cloudwatch.IMetric]]:
    """Return a sum of metrics, where one that has nothing to say is nothing, and its names."""
    using = {f"m{number}": metric for number, metric in enumerate(metrics)}
    return "+".join(f"FILL({name},0)" for name in using), using


def _sum(metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.IMetric:
    total, using = _named(metrics)
    return cloudwatch.MathExpression(
        expression=total, using_metrics=using, period=FIVE, label="failures"
    )


def _share(
    metrics: Sequence[cloudwatch.IMetric], *, of: cloudwatch.IMetric, beyond: int
) -> cloudwatch.IMetric:
    """Return a sum in percent of another metric; 0 up to so many, which may be an accident."""
    total, using = _named(metrics)
    return cloudwatch.MathExpression(
        expression=f"IF({total} > {beyond}, 100 * ({total}) / asked, 0)",
        using_metrics=using | {"asked": of},
        period=FIVE,
        label="% of invocations",
    )


def _slow(origin: lambda_.IFunction) -> cloudwatch.IMetric:
    render = {"how": "render"}
    return cloudwatch.MathExpression(
        expression=f"IF(renders > {_FEW}, slow, 0)",
        using_metrics={
            "renders": counted(origin, "Answers", render),
            "slow": counted(origin, "Milliseconds", render, "p95"),
        },
        period=FIVE,
        label="ms",
    )


def _share_at_the_edge(cdn: "ImageCdn") -> cloudwatch.IMetric:
    return cloudwatch.MathExpression(
        expression="IF(rate * requests > 200, rate, 0)",  # more than two, as for the origin
        using_metrics={
            "rate": of_distribution(cdn, "5xxErrorRate", "avg"),
            "requests": of_distribution(cdn, "Requests", "sum"),
        },
        period=FIVE,
        label="% of requests",
    )


def _longest(function: lambda_.IFunction) -> cloudwatch.Metric:
    return function.metric_duration(period=FIVE, statistic="max")
