"""What learns from traffic: a table of views, a function that counts them, one that refines."""

from typing import Final

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.aws.constructs.function import Function, FunctionSpec
from infra.aws.constructs.origin_function import ONE_CPU
from infra.aws.constructs.parts import Parts
from infra.aws.constructs.permission import allow, allow_with_key, deny
from infra.aws.stage import Stage
from infra.costs.prices import COMPUTE, TRANSFER, Viewers
from origin_lambda.traffic.worker import RUN_SECONDS

_COUNT_SECONDS: Final = 120
_COUNT_MEMORY: Final = 1024
_MB_IN_GB: Final = 1024


class Traffic(Construct):
    """Counts the views in the *logs*, and makes popular derivatives smaller every hour.

    One worker runs at a time: a second one would only spend the same budget sooner.
    """

    def __init__(self, scope: Construct, name: str, *, parts: Parts, logs: s3.Bucket) -> None:
        super().__init__(scope, name)
        stage, originals, derivatives = parts.stage, parts.originals, parts.derivatives
        self.table = dynamodb.TableV2(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="part", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="name", type=dynamodb.AttributeType.STRING),
            billing=dynamodb.Billing.on_demand(),
            time_to_live_attribute="expires",
            removal_policy=RemovalPolicy.DESTROY,
        )
        table = self.table.table_arn
        common = dict(parts.environment) | {"TRAFFIC_TABLE": self.table.table_name}
        policy = {
            name: text
            for name, text in stage.edge_settings.items()
            if name in {"PRESETS", "SIZE_LADDER"}
        }
        self.counter = Function(
            self,
            "CounterFunction",
            stage=stage,
            code=parts.code,
            spec=FunctionSpec(
                function="refine",
                handler="origin_lambda.handler.count_views",
                memory=_COUNT_MEMORY,
                seconds=_COUNT_SECONDS,
                environment=common | policy,
                statements=[
                    allow("dynamodb:UpdateItem", on=[table]),
                ],
            ),
        )
        _send_logs(logs, self.counter)
        prices = {
            "REFINE_BUDGET": str(stage.refine_budget),
            "DELIVERED_PRICE": f"{TRANSFER[Viewers.NORTH_AMERICA].bands[0].dollars:.12f}",
            "REFINE_PRICE": f"{_price_of_second(stage):.12f}",
        }
        self.refiner = Function(
            self,
            "RefinerFunction",
            stage=stage,
            code=parts.code,
            spec=FunctionSpec(
                function="refine",
                handler="origin_lambda.handler.refine",
                memory=ONE_CPU,
                seconds=round(RUN_SECONDS),
                environment=common | prices | {"INGEST_QUEUE_URL": parts.queue.queue_url},
                statements=[
                    allow("s3:GetObject", on=[originals.arn_for_objects("*")]),
                    allow("s3:ListBucket", on=[originals.bucket_arn]),
                    allow(
                        *("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
                        on=[derivatives.objects_arn],
                    ),
                    deny("s3:PutObject", "s3:DeleteObject", on=[derivatives.mips_arn]),
                    allow("s3:ListBucket", on=[derivatives.bucket.bucket_arn]),
                    allow("dynamodb:GetItem", on=[parts.catalog.table_arn]),
                    allow(
                        *("dynamodb:Query", "dynamodb:UpdateItem", "dynamodb:PutItem"), on=[table]
                    ),
                    allow("sqs:SendMessage", on=[parts.queue.queue_arn]),
                    *allow_with_key(stage.originals_key_arn, "kms:Decrypt"),
                ],
            ),
        ).function
        events.Rule(
            self,
            "EveryHour",
            schedule=events.Schedule.rate(Duration.hours(1)),
            targets=[targets.LambdaFunction(self.refiner, retry_attempts=0)],
        )


def _send_logs(logs: s3.Bucket, counter: Function) -> None:
    """Notify the counter of each log file, by CloudFormation itself, and let it read them.

    The function must exist before the bucket that notifies it. So the bucket's policy has the
    permission to read, and not the function's role, which would have to name the bucket.
    """
    logs.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[counter.role],
            actions=["s3:GetObject"],
            resources=[logs.arn_for_objects("*")],
        )
    )
    logs.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[counter.role], actions=["s3:ListBucket"], resources=[logs.bucket_arn]
        )
    )
    permission = lambda_.CfnPermission(
        counter,
        "Notify",
        action="lambda:InvokeFunction",
        function_name=counter.function.function_arn,
        principal="s3.amazonaws.com",
        source_account=Stack.of(counter).account,
    )
    resource = logs.node.default_child
    assert isinstance(resource, s3.CfnBucket)  # noqa: S101 reason: for mypy
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        lambda_configurations=[
            s3.CfnBucket.LambdaConfigurationProperty(
                event="s3:ObjectCreated:*", function=counter.function.function_arn
            )
        ]
    )
    resource.node.add_dependency(permission)


def _price_of_second(stage: Stage) -> float:
    """Return the dollars of a second of the function that refines."""
    return COMPUTE[stage.architecture].bands[0].dollars * ONE_CPU / _MB_IN_GB
