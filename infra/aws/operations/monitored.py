"""The parts of a deployment that its alarms and its dashboard watch."""

from dataclasses import dataclass

from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs

from infra.aws.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitored:
    """Functions, queues and fronts of one stage; a part that the stage does not have is None.

    *origin_seconds* and *ingest_seconds* are the time-outs of the functions, *origin_memory* is in
    MB. *edge_functions* are the names of CloudFront's functions, *web_acl* is that of the stack's
    own web ACL. Operations know nothing else of a deployment: the construct of the whole image CDN
    imports them, so they must not import it.
    """

    stage: Stage
    origin: lambda_.IFunction
    origin_log: logs.ILogGroup
    origin_seconds: int
    origin_memory: int
    ingest: lambda_.IFunction
    ingest_seconds: int
    queue: sqs.IQueue
    dead_letters: sqs.IQueue
    upload_api: api.IHttpApi | None = None
    balancer: elbv2.IApplicationLoadBalancer | None = None
    distribution: cloudfront.IDistribution | None = None
    edge_functions: tuple[str, ...] = ()
    web_acl: str = ""
    refiner: lambda_.IFunction | None = None
