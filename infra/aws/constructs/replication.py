"""Copies of originals in another region's bucket, kept by S3."""

from typing import Final

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.aws.constructs.permission import may
from infra.aws.nag_suppressions import accept_objects

_OF_A_VERSION: Final = (
    "s3:GetObjectVersionForReplication",
    "s3:GetObjectVersionAcl",
    "s3:GetObjectVersionTagging",
)


class Replication(Construct):
    """The role that S3 takes, and its rule: every object and delete marker, to one bucket.

    What it may do is what S3's user guide says that it must ("Setting up permissions for live
    replication"). It takes from *bucket*, which must be versioned as the other one.
    """

    def __init__(self, scope: Construct, name: str, *, bucket: s3.Bucket, to: str) -> None:
        super().__init__(scope, name)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("s3.amazonaws.com"))
        for statement in (
            may("s3:GetReplicationConfiguration", "s3:ListBucket", on=[bucket.bucket_arn]),
            may(*_OF_A_VERSION, on=[bucket.arn_for_objects("*")]),
            may("s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags", on=[f"{to}/*"]),
        ):
            self.role.add_to_policy(statement)
            accept_objects(self.role, statement.resources)
        resource = bucket.node.default_child
        assert isinstance(resource, s3.CfnBucket)  # noqa: S101 reason: tells the type checker
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
