"""The derivatives bucket: derivatives and mips, which can all be rendered again."""

from typing import Final

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.aws.nag_suppressions import suppress
from infra.aws.stage import Stage
from origin_lambda.url.keys import MIPS


class Derivatives(Construct):
    """Derivatives under their canonical paths, mips under a prefix that no edge may read.

    Everything expires, mips too: a lifecycle rule cannot exclude a prefix, and tags would cost
    more than the mips. The origin reports a missing mip, and ingest makes it again.
    """

    def __init__(self, scope: Construct, name: str, *, stage: Stage) -> None:
        super().__init__(scope, name)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            removal_policy=RemovalPolicy.DESTROY,
            auto_delete_objects=stage.derivatives_emptied or None,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            # Without an edge, the origin redirects to large derivatives here (decision 0004).
            cors=None if stage.front.has_edge else [_ANY_PAGE_MAY_READ],
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(stage.derivatives_days),
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                )
            ],
        )
        suppress(self, {"S1": "CloudFront's own log has the requests."})
        if stage.front.has_edge:
            self.bucket.add_to_resource_policy(
                iam.PolicyStatement(
                    effect=iam.Effect.DENY,
                    principals=[iam.ServicePrincipal("cloudfront.amazonaws.com")],
                    actions=["s3:GetObject"],
                    resources=[self.mips_arn],
                )
            )

    @property
    def objects_arn(self) -> str:
        """The ARN of all objects."""
        return self.bucket.arn_for_objects("*")

    @property
    def mips_arn(self) -> str:
        """The ARN of all mips."""
        return self.bucket.arn_for_objects(f"{MIPS}*")


_ANY_PAGE_MAY_READ: Final = s3.CorsRule(
    allowed_methods=[s3.HttpMethods.GET, s3.HttpMethods.HEAD], allowed_origins=["*"], max_age=86_400
)
