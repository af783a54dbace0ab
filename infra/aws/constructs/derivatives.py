"""The derivatives bucket: what was rendered, and mips; all of it can be made again."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.aws.nag_suppressions import accept
from infra.aws.stage import Stage
from origin_lambda.url.keys import MIPS


class Derivatives(Construct):
    """Derivatives under their canonical paths, mips under a prefix that no edge may read.

    Everything expires after a while. A lifecycle rule cannot leave a prefix out, and tags would
    cost more than the mips do: one that is missed is reported by the origin, and made again.
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
            # Without an edge in front, large derivatives are handed off to links (decision 0004).
            cors=None if stage.front.has_edge else [_READABLE],
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(stage.derivatives_days),
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                )
            ],
        )
        accept(self, {"S1": "CloudFront's own log says who asked for what."})
        if stage.front.has_edge:
            self.bucket.add_to_resource_policy(
                iam.PolicyStatement(
                    effect=iam.Effect.DENY,
                    principals=[iam.ServicePrincipal("cloudfront.amazonaws.com")],
                    actions=["s3:GetObject"],
                    resources=[self.mips],
                )
            )

    @property
    def all(self) -> str:
        """The ARN of every object."""
        return self.bucket.arn_for_objects("*")

    @property
    def mips(self) -> str:
        """The ARN of every mip."""
        return self.bucket.arn_for_objects(f"{MIPS}*")


_READABLE = s3.CorsRule(
    allowed_methods=[s3.HttpMethods.GET, s3.HttpMethods.HEAD], allowed_origins=["*"], max_age=86_400
)
