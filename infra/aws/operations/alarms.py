"""The alarms of a deployment: docs/operations.md explains each by its name."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from aws_cdk import Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.aws.operations.metrics import (
    BEST_EFFORT_STEPS,
    MESSAGE_KINDS,
    PERIOD,
    distribution_metric,
    edge_function_metric,
    function_url_metric,
    log_metric,
    web_acl_metric,
)
from infra.aws.operations.monitored import Monitored
from infra.aws.stage import EDGE_REGION
from origin_lambda.log import NAMESPACE

_NEAR_TIMEOUT: Final = 0.9
"""The share of its time-out above which an invocation is too long."""

_MIN_RENDERS: Final = 20
"""Renders in five minutes: a percentile of fewer means nothing."""

_EMULATED: Final = "local"
"""The stage for an emulator: ministack 1.5 refuses alarms on expressions."""

_MANY_REFUSED: Final = 5
"""Percent of the requests of a function's URL: single ones are strangers who found the URL."""

_MANY_BLOCKED: Final = 1000
"""Requests in five minutes that a web ACL blocks: more than one visitor who reloads a page."""

MAX_UTILIZATION: Final = 70
"""Percent of the time that CloudFront allows a function; it ends a function at 100."""

_LATE_SECONDS: Final = 900
"""SQS delivers a failed message again after six minutes, so 900 s are three tries."""


class Alarm(NamedTuple):
    """A metric, and its upper limit in so many consecutive periods of five minutes."""

    name: str
    metric: cloudwatch.IMetric
    above: float
    periods: int = 1


class Alarms(Construct):
    """All alarms of a deployment; each notifies a topic when it starts and when it ends."""

    def __init__(
        self, scope: Construct, name: str, *, monitored: Monitored, topic: sns.ITopic
    ) -> None:
        super().__init__(scope, name)
        action = actions.SnsAction(topic)
        stage = monitored.stage.name
        self.alarms: list[cloudwatch.IAlarm] = []
        for each in self._define_alarms(monitored):
            if stage == _EMULATED and isinstance(each.metric, cloudwatch.MathExpression):
                continue
            alarm = cloudwatch.Alarm(
                self,
                each.name.title().replace("-", ""),
                alarm_name=f"calotype-{stage}-{each.name}",
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

    def _define_alarms(self, monitored: Monitored) -> Iterator[Alarm]:
        yield from _define_origin_alarms(monitored, _count_crashes(self, monitored))
        yield from _define_ingest_alarms(monitored)
        if monitored.upload_api:
            failed = monitored.upload_api.metric_server_error(period=PERIOD, statistic="sum")
            yield Alarm("upload-broken", failed, 0)
        if monitored.balancer:
            failed = monitored.balancer.metrics.http_code_elb(
                elbv2.HttpCodeElb.ELB_5XX_COUNT, period=PERIOD, statistic="sum"
            )
            yield Alarm("balancer-5xx", failed, 2)
        if monitored.web_acl:
            region = "" if monitored.distribution else monitored.stage.region
            blocked = web_acl_metric(monitored.web_acl, region, "BlockedRequests")
            yield Alarm("web-acl-blocking", blocked, _MANY_BLOCKED)
        # CloudFront publishes metrics in one region; an alarm reads those of its own region only.
        if monitored.distribution and Stack.of(self).region == EDGE_REGION:
            yield from define_edge_alarms(monitored.distribution, monitored.edge_functions)


def define_edge_alarms(
    distribution: cloudfront.IDistribution, functions: Sequence[str]
) -> Iterator[Alarm]:
    """Yield the alarms on metrics of CloudFront, which only exist in its own region.

    *functions* are the names of its functions.
    """
    failures = [
        edge_function_metric(function, name, "sum")
        for function in functions
        for name in ("FunctionExecutionErrors", "FunctionValidationErrors", "FunctionThrottles")
    ]
    yield Alarm("edge-5xx", _edge_error_rate(distribution), 1, periods=2)
    if functions:
        yield Alarm("edge-function-failing", _add(failures), 0)
        # The first function of a request has all the work: the other one only removes headers.
        utilization = edge_function_metric(functions[0], "FunctionComputeUtilization", "avg")
        yield Alarm("edge-function-slow", utilization, MAX_UTILIZATION, periods=3)


def _define_origin_alarms(monitored: Monitored, crashes: cloudwatch.Metric) -> Iterator[Alarm]:
    origin = monitored.origin
    invocations = origin.metric_invocations(period=PERIOD)
    errors = origin.metric_errors(period=PERIOD)
    refused = log_metric(origin, "Answers", {"how": "5xx"})
    tolerated = [log_metric(origin, "Tolerated", {"what": what}) for what in BEST_EFFORT_STEPS]
    failures = _percentage([refused, crashes, errors], of=invocations, more_than=2)
    near_timeout = 1000 * monitored.origin_seconds * _NEAR_TIMEOUT
    yield Alarm("origin-5xx", failures, 1)
    yield Alarm("origin-slow", _slow_renders(origin), 3_000, periods=3)
    yield Alarm("origin-near-timeout", _longest_invocation(origin), near_timeout)
    yield Alarm("origin-broken", _add([crashes, errors]), 0)
    yield Alarm("origin-throttled", origin.metric_throttles(period=PERIOD), 0)
    if monitored.stage.front.has_edge:
        yield Alarm("origin-refused", _refused_requests(origin), _MANY_REFUSED, periods=2)
    yield Alarm("origin-alone", _percentage(tolerated, of=invocations, more_than=10), 1)


def _define_ingest_alarms(monitored: Monitored) -> Iterator[Alarm]:
    ingest, queue, dead_letters = monitored.ingest, monitored.queue, monitored.dead_letters
    failed = [log_metric(ingest, "IngestFailed", {"what": what}) for what in MESSAGE_KINDS]
    age = queue.metric_approximate_age_of_oldest_message(period=PERIOD, statistic="max")
    dead = dead_letters.metric_approximate_number_of_messages_visible(
        period=PERIOD, statistic="max"
    )
    near_timeout = 1000 * monitored.ingest_seconds * _NEAR_TIMEOUT
    yield Alarm("ingest-failing", _add(failed), 10)
    yield Alarm("ingest-broken", ingest.metric_errors(period=PERIOD), 0)
    yield Alarm("ingest-near-timeout", _longest_invocation(ingest), near_timeout)
    if monitored.stage.ingest_enabled:
        yield Alarm("ingest-late", age, _LATE_SECONDS)
    yield Alarm("dead-letters", dead, 0)
    if monitored.stage.front.has_edge:
        # Ingest retries a deferred invalidation every 30 s: ten times in five minutes.
        deferred = log_metric(ingest, "InvalidationDeferred", {"what": "edge"})
        yield Alarm("invalidation-failed", deferred, 5, periods=3)


def _count_crashes(scope: Construct, monitored: Monitored) -> cloudwatch.Metric:
    """Count the origin's answers to exceptions, which Lambda does not count as errors."""
    crashes = logs.MetricFilter(
        scope,
        "Crashes",
        log_group=monitored.origin_log,
        filter_pattern=logs.FilterPattern.string_value("$.event", "=", "crashed"),
        # Dimensions can only come from the log line, which does not name the function.
        metric_namespace=f"{NAMESPACE}/{monitored.stage.name}",
        metric_name="Crashed",
    )
    return crashes.metric(period=PERIOD, statistic="sum")


def _sum_expression(
    metrics: Sequence[cloudwatch.IMetric],
) -> tuple[str, dict[str, cloudwatch.IMetric]]:
    """Return the sum of metrics as an expression, and its names; missing values count as 0."""
    using = {f"m{number}": metric for number, metric in enumerate(metrics)}
    return "+".join(f"FILL({name},0)" for name in using), using


def _add(metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.IMetric:
    total, using = _sum_expression(metrics)
    return cloudwatch.MathExpression(
        expression=total, using_metrics=using, period=PERIOD, label="failures"
    )


def _percentage(
    metrics: Sequence[cloudwatch.IMetric], *, of: cloudwatch.IMetric, more_than: int
) -> cloudwatch.IMetric:
    """Return a sum in percent of another metric; 0 if the sum is not above *more_than*."""
    total, using = _sum_expression(metrics)
    return cloudwatch.MathExpression(
        expression=f"IF({total} > {more_than}, 100 * ({total}) / asked, 0)",
        using_metrics=using | {"asked": of},
        period=PERIOD,
        label="% of invocations",
    )


def _refused_requests(origin: lambda_.IFunction) -> cloudwatch.IMetric:
    """Return the percentage of requests that Lambda refuses before it runs the function.

    The URL's `4xx` contain the function's own, and throttled requests, which other alarms cover.
    """
    return cloudwatch.MathExpression(
        expression=(
            "IF(FILL(refused,0) - FILL(own,0) - FILL(throttled,0) > 10,"
            " 100 * (refused - FILL(own,0) - FILL(throttled,0)) / requests, 0)"
        ),
        using_metrics={
            "refused": function_url_metric(origin, "Url4xxCount"),
            "own": log_metric(origin, "Answers", {"how": "4xx"}),
            "throttled": origin.metric_throttles(period=PERIOD),
            "requests": function_url_metric(origin, "UrlRequestCount"),
        },
        period=PERIOD,
        label="% of requests",
    )


def _slow_renders(origin: lambda_.IFunction) -> cloudwatch.IMetric:
    """Return the 95th percentile of render times in milliseconds; 0 if there are few renders."""
    render = {"how": "render"}
    return cloudwatch.MathExpression(
        expression=f"IF(renders > {_MIN_RENDERS}, slow, 0)",
        using_metrics={
            "renders": log_metric(origin, "Answers", render),
            "slow": log_metric(origin, "Milliseconds", render, "p95"),
        },
        period=PERIOD,
        label="ms",
    )


def _edge_error_rate(distribution: cloudfront.IDistribution) -> cloudwatch.IMetric:
    return cloudwatch.MathExpression(
        # The rate is in percent, so this is true for more than two failed requests.
        expression="IF(rate * requests > 200, rate, 0)",
        using_metrics={
            "rate": distribution_metric(distribution, "5xxErrorRate", "avg"),
            "requests": distribution_metric(distribution, "Requests", "sum"),
        },
        period=PERIOD,
        label="% of requests",
    )


def _longest_invocation(function: lambda_.IFunction) -> cloudwatch.Metric:
    return function.metric_duration(period=PERIOD, statistic="max")
