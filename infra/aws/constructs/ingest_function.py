"""The ingest function: keeps up with the originals bucket, fed by the queue."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.aws.constructs.derivatives import Derivatives
from infra.aws.constructs.function import Duty, Function, Packager
from infra.aws.constructs.ingest_queue import INGEST_SECONDS
from infra.aws.constructs.permission import may, may_with
from infra.aws.stage import Stage

_BATCH: Final = 2
"""Messages of one invocation: each may take 20 s, and invalidations that waited are merged."""

_MEMORY: Final = 2048
"""MiB: 100 megapixels take 300 MB as a baseline JPEG, and up to 1,750 as a WebP (`python -m
bench.memory`)."""


class IngestFunction(Construct):
    """The function, and what feeds it."""

    def __init__(  # noqa: PLR0913 reason: all that it works with
        self,
        scope: Construct,
        name: str,
        *,
        stage: Stage,
        code: Packager,
        environment: Mapping[str, str],
        queue: sqs.IQueue,
        originals: s3.IBucket,
        derivatives: Derivatives,
        table: dynamodb.ITableV2,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, name)
        received = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
        self.made = Function(
            self,
            "Function",
            stage=stage,
            code=code,
            duty=Duty(
                function="ingest",
                handler="origin_lambda.handler.ingest",
                memory=_MEMORY,
                seconds=INGEST_SECONDS,
                environment={
                    **environment,
                    "INGEST_QUEUE_URL": queue.queue_url,
                    "ALERTS_TOPIC_ARN": topic.topic_arn,
                },
                statements=[
                    may("s3:GetObject", on=[originals.arn_for_objects("*")]),
                    may("s3:ListBucket", on=[originals.bucket_arn]),
                    may("s3:GetObject", "s3:DeleteObject", on=[derivatives.all]),
                    may("s3:PutObject", on=[derivatives.mips]),
                    may("s3:ListBucket", on=[derivatives.bucket.bucket_arn]),
                    may("dynamodb:GetItem", "dynamodb:PutItem", on=[table.table_arn]),
                    may("sns:Publish", on=[topic.topic_arn]),
                    may(*received, "sqs:SendMessage", on=[queue.queue_arn]),
                    *may_with(stage.originals_key_arn, "kms:Decrypt"),
                ],
            ),
        )
        self.function = self.made.function
        feed = lambda_.EventSourceMapping(
            self,
            "Feed",
            target=self.function,
            event_source_arn=queue.queue_arn,
            batch_size=_BATCH,
            enabled=stage.ingest_enabled,
            report_batch_item_failures=True,
            # Thousands of uploads at once must not take all of the account's concurrency.
            max_concurrency=stage.ingest_concurrency,
        )
        feed.node.add_dependency(self.made.role)  # Lambda looks whether it may receive

    def invalidate(self, distribution: cloudfront.IDistribution) -> None:
        """Have a distribution forget what has changed."""
        number = distribution.distribution_id
        self.function.add_environment("DISTRIBUTION_ID", number)
        arn = Stack.of(self).format_arn(
            service="cloudfront", region="", resource="distribution", resource_name=number
        )
        self.made.role.add_to_policy(may("cloudfront:CreateInvalidation", on=[arn]))
