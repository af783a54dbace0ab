"""The origin function: answers with derivatives, behind a CDN or a load balancer."""

from typing import Final

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.aws.constructs.derivatives import Derivatives
from infra.aws.constructs.function import Function, FunctionSpec
from infra.aws.constructs.parts import Parts
from infra.aws.constructs.permission import allow, allow_with_key, deny, list_arns
from infra.aws.stage import Stage
from origin_lambda.url.keys import KeyFilter

SECONDS: Final = 25
"""Time-out of a request: CloudFront waits for 30 s, and a sweep comes after 90 s."""

ONE_CPU: Final = 1769
"""MB of memory at which Lambda gives one whole vCPU (Lambda developer guide, "Memory")."""

_STREAMING: Final = {
    "STREAM_ANSWERS": "true",
    # Lambda starts this script instead of its client for Python (docs/decisions/0066).
    "AWS_LAMBDA_EXEC_WRAPPER": "/var/task/origin_lambda/stream",
}


class OriginFunction(Construct):
    """The function, and its alias `live`, which points to the version that answers."""

    def __init__(self, scope: Construct, name: str, *, parts: Parts, signing_keys: str) -> None:
        super().__init__(scope, name)
        stage, queue = parts.stage, parts.queue
        # If an edge applies these settings, the function must not apply them again.
        policy = dict(stage.edge_settings) | {"SIGNING_KEYS": signing_keys}
        front = {"BUCKET_IN_FRONT": "true"} if stage.front.has_edge else policy
        own = {"INGEST_QUEUE_URL": queue.queue_url} | (_STREAMING if stage.streaming else {})
        self.resources = Function(
            self,
            "Function",
            stage=stage,
            code=parts.code,
            spec=FunctionSpec(
                function="origin",
                handler="origin_lambda.handler.origin",
                memory=ONE_CPU,
                seconds=SECONDS,
                environment=dict(parts.environment) | front | own,
                concurrency=stage.origin_concurrency,
                snap_start=stage.snap_start,
                statements=[
                    *_allow_reading(parts.originals, stage.original_keys),
                    *_allow_storing(parts.derivatives),
                    allow("dynamodb:GetItem", on=[parts.catalog.table_arn]),
                    allow("sqs:SendMessage", on=[queue.queue_arn]),
                    *_allow_reading_keys(stage, signing_keys),
                    *allow_with_key(stage.originals_key_arn, "kms:Decrypt"),
                ],
            ),
        )
        self.function = self.resources.function
        self.alias = lambda_.Alias(
            self,
            "Live",
            alias_name="live",
            version=self.function.current_version,
            provisioned_concurrent_executions=stage.provisioned_concurrency or None,
        )
        self.url = self.alias.add_function_url(
            auth_type=lambda_.FunctionUrlAuthType.AWS_IAM,
            invoke_mode=lambda_.InvokeMode.RESPONSE_STREAM
            if stage.streaming
            else lambda_.InvokeMode.BUFFERED,
        )


def _allow_reading_keys(stage: Stage, signing_keys: str) -> list[iam.PolicyStatement]:
    """Return the permission to read the signing keys, for an origin that checks signatures."""
    if stage.front.has_edge:
        return []
    return [allow("secretsmanager:GetSecretValue", on=[signing_keys])]


def _allow_reading(originals: s3.IBucket, keys: KeyFilter) -> list[iam.PolicyStatement]:
    """Return the permission to read and copy originals.

    Without the permission to list, S3 answers 403 instead of 404 for a missing object. Tags are
    included because S3 copies an object together with its tags.
    """
    return [
        allow("s3:GetObject", "s3:GetObjectTagging", on=list_arns(originals, keys)),
        allow("s3:ListBucket", on=[originals.bucket_arn]),
    ]


def _allow_storing(derivatives: Derivatives) -> list[iam.PolicyStatement]:
    """Return the permission to store derivatives, but not mips: only ingest writes those."""
    return [
        allow("s3:GetObject", on=[derivatives.objects_arn]),
        allow(
            "s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObject", on=[derivatives.objects_arn]
        ),
        deny("s3:PutObject", "s3:DeleteObject", on=[derivatives.mips_arn]),
        allow("s3:ListBucket", on=[derivatives.bucket.bucket_arn]),
    ]
