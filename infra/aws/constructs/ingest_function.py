"""The ingest function: analyses originals when the queue has messages about them."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.aws.constructs.function import Function, FunctionSpec
from infra.aws.constructs.ingest_queue import INGEST_SECONDS
from infra.aws.constructs.parts import Parts
from infra.aws.constructs.permission import allow, allow_with_key, list_arns
from infra.aws.nag_suppressions import suppress_object_wildcards

_BATCH: Final = 2
"""Messages of one invocation: each can take 20 s, and deferred invalidations are merged."""

_MEMORY: Final = 2048
"""MiB: 100 megapixels take 300 MB as a baseline JPEG, and up to 632 as a WebP (`python -m
bench.memory`)."""


class IngestFunction(Construct):
    """The function, and its subscription to the queue."""

    def __init__(self, scope: Construct, name: str, *, parts: Parts, topic: sns.ITopic) -> None:
        super().__init__(scope, name)
        stage, queue, derivatives = parts.stage, parts.queue, parts.derivatives
        self._derivatives = derivatives
        receive = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
        self.resources = Function(
            self,
            "Function",
            stage=stage,
            code=parts.code,
            spec=FunctionSpec(
                function="ingest",
                handler="origin_lambda.handler.ingest",
                memory=_MEMORY,
                seconds=INGEST_SECONDS,
                environment={
                    **parts.environment,
                    "INGEST_QUEUE_URL": queue.queue_url,
                    "ALERTS_TOPIC_ARN": topic.topic_arn,
                },
                statements=[
                    allow("s3:GetObject", on=list_arns(parts.originals, stage.original_keys)),
                    allow("s3:ListBucket", on=[parts.originals.bucket_arn]),
                    allow("s3:GetObject", "s3:DeleteObject", on=[derivatives.objects_arn]),
                    allow("s3:PutObject", on=[derivatives.mips_arn]),
                    allow("s3:ListBucket", on=[derivatives.bucket.bucket_arn]),
                    allow("dynamodb:GetItem", "dynamodb:PutItem", on=[parts.catalog.table_arn]),
                    allow("sns:Publish", on=[topic.topic_arn]),
                    allow(*receive, "sqs:SendMessage", on=[queue.queue_arn]),
                    *allow_with_key(stage.originals_key_arn, "kms:Decrypt"),
                ],
            ),
        )
        self.function = self.resources.function
        feed = lambda_.EventSourceMapping(
            self,
            "Feed",
            target=self.function,
            event_source_arn=queue.queue_arn,
            batch_size=_BATCH,
            enabled=stage.ingest_enabled,
            report_batch_item_failures=True,
            # Thousands of uploads at once must not use up the account's concurrency.
            max_concurrency=stage.ingest_concurrency,
        )
        feed.node.add_dependency(self.resources.role)  # Lambda checks the permission to receive

    def warm(self, settings: Mapping[str, str], traffic: dynamodb.ITableV2 | None) -> None:
        """Let the function store derivatives before they are requested.

        *settings* has the presets to store, *traffic* the views of what is popular.
        """
        role = self.resources.role
        objects = [self._derivatives.objects_arn]
        role.add_to_policy(allow("s3:PutObject", on=objects))
        suppress_object_wildcards(role, objects)
        if traffic is not None:
            settings = {**settings, "TRAFFIC_TABLE": traffic.table_name}
            role.add_to_policy(allow("dynamodb:Query", on=[traffic.table_arn]))
        for name, text in settings.items():
            self.function.add_environment(name, text)

    def invalidate(self, distribution: cloudfront.IDistribution) -> None:
        """Let the function invalidate a distribution, and set which one."""
        distribution_id = distribution.distribution_id
        self.function.add_environment("DISTRIBUTION_ID", distribution_id)
        arn = Stack.of(self).format_arn(
            service="cloudfront", region="", resource="distribution", resource_name=distribution_id
        )
        self.resources.role.add_to_policy(allow("cloudfront:CreateInvalidation", on=[arn]))
