"""The origin function: answers with derivatives, behind whatever stands in front of it."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.aws.constructs.derivatives import Derivatives
from infra.aws.constructs.function import Duty, Function, Packager
from infra.aws.constructs.permission import may, may_not, may_with
from infra.aws.stage import Stage

SECONDS: Final = 25
"""How long a render may take: CloudFront waits for 30 s, a sweep comes after 90 s."""

ONE_CPU: Final = 1769
"""MB of memory that come with one whole vCPU (Lambda developer guide, "Memory")."""


class OriginFunction(Construct):
    """The function, and `live`: the alias that is asked, on one of its versions."""

    def __init__(  # noqa: PLR0913 reason: all that it works with
        self,
        scope: Construct,
        name: str,
        *,
        stage: Stage,
        code: Packager,
        environment: Mapping[str, str],
        originals: s3.IBucket,
        derivatives: Derivatives,
        table: dynamodb.ITableV2,
        queue: sqs.IQueue,
        signing_keys: str,
    ) -> None:
        super().__init__(scope, name)
        # Behind the edge it must not repeat what the edge has done; else it has to do it.
        front = {"BUCKET_IN_FRONT": "true"} if stage.front.has_edge else dict(stage.edge_settings)
        own = {"SIGNING_KEYS": signing_keys, "INGEST_QUEUE_URL": queue.queue_url}
        self.made = Function(
            self,
            "Function",
            stage=stage,
            code=code,
            duty=Duty(
                function="origin",
                handler="origin_lambda.handler.origin",
                memory=ONE_CPU,
                seconds=SECONDS,
                environment=dict(environment) | front | own,
                concurrency=stage.origin_concurrency,
                snap_start=stage.snap_start,
                statements=[
                    *_reads(originals),
                    *_keeps(derivatives),
                    may("dynamodb:GetItem", on=[table.table_arn]),
                    may("sqs:SendMessage", on=[queue.queue_arn]),
                    may("secretsmanager:GetSecretValue", on=[signing_keys]),
                    *may_with(stage.originals_key_arn, "kms:Decrypt"),
                ],
            ),
        )
        self.function = self.made.function
        self.alias = lambda_.Alias(
            self, "Live", alias_name="live", version=self.function.current_version
        )
        self.url = self.alias.add_function_url(
            auth_type=lambda_.FunctionUrlAuthType.AWS_IAM,
            invoke_mode=lambda_.InvokeMode.BUFFERED,
        )


def _reads(originals: s3.IBucket) -> list[iam.PolicyStatement]:
    """Return what reading originals takes: who may not list gets 403 for what is not there.

    Tags, since S3 copies an object's tags with it.
    """
    return [
        may("s3:GetObject", "s3:GetObjectTagging", on=[originals.arn_for_objects("*")]),
        may("s3:ListBucket", on=[originals.bucket_arn]),
    ]


def _keeps(derivatives: Derivatives) -> list[iam.PolicyStatement]:
    """Return what keeping derivatives takes; mips are ingest's to write."""
    return [
        may("s3:GetObject", on=[derivatives.all]),
        may("s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObject", on=[derivatives.all]),
        may_not("s3:PutObject", "s3:DeleteObject", on=[derivatives.mips]),
        may("s3:ListBucket", on=[derivatives.bucket.bucket_arn]),
    ]
