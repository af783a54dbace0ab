"""Metrics of a deployment: from the logs of its functions, and from CloudFront."""

from collections.abc import Mapping
from typing import Final, get_args

from aws_cdk import Duration
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_

from infra.aws.stage import EDGE_REGION
from origin_lambda.log import NAMESPACE
from origin_lambda.originals.messages import Notice

PERIOD: Final = Duration.minutes(5)
"""The period of every metric."""

ANSWER_KINDS: Final = (
    *("render", "stored", "original", "not-modified"),
    *("handed-off", "4xx", "5xx", "other"),
)
"""How the origin answers: the values of the dimension `how`."""

BEST_EFFORT_STEPS: Final = ("catalog", "queue", "store", "recheck", "stale", "derivative", "mip")
"""Steps that can fail without failing the answer (`origin_lambda.best_effort`)."""

MESSAGE_KINDS: Final = ("message", *(kind.__name__.lower() for kind in get_args(Notice)))
"""Messages that ingest can fail to process (`origin_lambda.originals.dispatch`)."""


def log_metric(
    function: lambda_.IFunction, name: str, dimensions: Mapping[str, str], statistic: str = "sum"
) -> cloudwatch.Metric:
    """Return a metric that a function writes into its log (`origin_lambda.log`)."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"function": function.function_name, **dimensions},
        statistic=statistic,
        period=PERIOD,
        label=next(iter(dimensions.values()), name),
    )


def edge_function_metric(function: str, name: str, statistic: str) -> cloudwatch.Metric:
    """Return a metric of a CloudFront function, by its name.

    Source: CloudFront developer guide, "Values for CloudFront functions metrics".
    """
    return cloudwatch.Metric(
        namespace="AWS/CloudFront",
        metric_name=name,
        dimensions_map={"FunctionName": function, "Region": "Global"},
        region=EDGE_REGION,
        statistic=statistic,
        period=PERIOD,
        label=name,
    )


def function_url_metric(function: lambda_.IFunction, name: str) -> cloudwatch.Metric:
    """Return a metric of the URLs of a function.

    Source: Lambda developer guide, "Monitoring Lambda function URLs".
    """
    return cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name=name,
        dimensions_map={"FunctionName": function.function_name},
        statistic="sum",
        period=PERIOD,
        label=name,
    )


def web_acl_metric(web_acl: str, region: str, name: str) -> cloudwatch.Metric:
    """Return a metric of a web ACL; *region* is empty for CloudFront (AWS WAF developer guide)."""
    return cloudwatch.Metric(
        namespace="AWS/WAFV2",
        metric_name=name,
        dimensions_map={
            "WebACL": web_acl,
            "Rule": "ALL",
            **({"Region": region} if region else {}),
        },
        statistic="sum",
        period=PERIOD,
        label=name,
    )


def distribution_metric(
    distribution: cloudfront.IDistribution, name: str, statistic: str
) -> cloudwatch.Metric:
    """Return a metric of CloudFront, which publishes all of them in one region."""
    return cloudwatch.Metric(
        namespace="AWS/CloudFront",
        metric_name=name,
        dimensions_map={"DistributionId": distribution.distribution_id, "Region": "Global"},
        region=EDGE_REGION,
        statistic=statistic,
        period=PERIOD,
        label=name,
    )
