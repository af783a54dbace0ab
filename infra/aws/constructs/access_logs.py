"""Access logs of the distribution (CloudFront's standard logging v2), in a bucket of their own."""

from typing import Final

from aws_cdk import Duration, Names, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.aws.nag_suppressions import suppress

_FIELDS: Final = (
    "date",
    "time",
    "x-edge-location",
    "cs-method",
    "cs-uri-stem",
    "cs-protocol",
    "cs-protocol-version",
    "sc-status",
    "sc-bytes",
    "sc-content-type",
    "time-taken",
    "time-to-first-byte",
    "x-edge-result-type",
    "x-edge-response-result-type",
    "x-edge-detailed-result-type",
    "x-edge-request-id",
)
"""No addresses, referrers or browsers of viewers, and no queries, which contain signatures."""

_QUERY: Final = "cs-uri-query"
"""Only where views are counted: a log has the viewer's URL, so the transform is in its query."""


def list_fields(*, with_queries: bool) -> list[str]:
    """Return the fields of a log line, as CloudFront names them."""
    return [*_FIELDS, *([_QUERY] if with_queries else [])]


class AccessLogs(Construct):
    """One JSON line for each request, kept for *days* days; *with_queries* says what to log."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        distribution_arn: str,
        days: int,
        with_queries: bool = False,
    ) -> None:
        super().__init__(scope, name)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(days))],
        )
        suppress(self, {"S1": "It holds logs itself; its policy names the only writer."})
        stack = Stack.of(self)
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("delivery.logs.amazonaws.com")],
                actions=["s3:PutObject"],
                resources=[self.bucket.arn_for_objects("*")],
                conditions={
                    "StringEquals": {
                        "aws:SourceAccount": stack.account,
                        "s3:x-amz-acl": "bucket-owner-full-control",
                    },
                    "ArnLike": {
                        "aws:SourceArn": stack.format_arn(
                            service="logs",
                            resource="delivery-source",
                            resource_name="*",
                        ).replace("delivery-source/", "delivery-source:")
                    },
                },
            )
        )
        delivery_name = Names.unique_resource_name(self, max_length=50, separator="-")
        source = logs.CfnDeliverySource(
            self,
            "Source",
            name=delivery_name,
            resource_arn=distribution_arn,
            log_type="ACCESS_LOGS",
        )
        destination = logs.CfnDeliveryDestination(
            self,
            "Destination",
            name=delivery_name,
            destination_resource_arn=self.bucket.bucket_arn,
            output_format="json",
        )
        if self.bucket.policy is not None:  # AWS checks whether CloudFront may write
            destination.node.add_dependency(self.bucket.policy)
        delivery = logs.CfnDelivery(
            self,
            "Delivery",
            delivery_source_name=delivery_name,
            delivery_destination_arn=destination.attr_arn,
            record_fields=list_fields(with_queries=with_queries),
            s3_suffix_path="{yyyy}/{MM}/{dd}",
        )
        delivery.node.add_dependency(source)
