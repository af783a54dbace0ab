"""Replicates originals to a bucket in another region, by S3."""

from typing import Final

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.aws.constructs.permission import allow
from infra.aws.nag_suppressions import suppress_object_wildcards

_READ_VERSIONS: Final = (
    "s3:GetObjectVersionForReplication",
    "s3:GetObjectVersionAcl",
    "s3:GetObjectVersionTagging",
)


class Replication(Construct):
    """The role and the rule with which S3 copies all objects and delete markers to one bucket.

    The permissions are those of S3's user guide ("Setting up permissions for live replication").
    Both buckets must be versioned; *to* is the ARN of the other one.
    """

    def __init__(self, scope: Construct, name: str, *, bucket: s3.Bucket, to: str) -> None:
        super().__init__(scope, name)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("s3.amazonaws.com"))
        for statement in (
            allow("s3:GetReplicationConfiguration", "s3:ListBucket", on=[bucket.bucket_arn]),
            allow(*_READ_VERSIONS, on=[bucket.arn_for_objects("*")]),
            allow("s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags", on=[f"{to}/*"]),
        ):
            self.role.add_to_policy(statement)
            suppress_object_wildcards(self.role, statement.resources)
        resource = bucket.node.default_child
        assert isinstance(resource, s3.CfnBucket)  # noqa: S101 reason: for mypy
        resource.replication_configuration = s3.CfnBucket.ReplicationConfigurationProperty(
            role=self.role.role_arn,
            rules=[
                s3.CfnBucket.ReplicationRuleProperty(
                    id="all",
                    status="Enabled",
                    priority=1,
                    filter=s3.CfnBucket.ReplicationRuleFilterProperty(prefix=""),
                    delete_marker_replication=s3.CfnBucket.DeleteMarkerReplicationProperty(
                        status="Enabled"
                    ),
                    destination=s3.CfnBucket.ReplicationDestinationProperty(bucket=to),
                )
            ],
        )
