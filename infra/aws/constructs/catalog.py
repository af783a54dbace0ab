"""The catalog: a table with a record of each original."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.aws.stage import Stage


class Catalog(Construct):
    """A new on-demand table by key, or an existing one.

    Records of deleted originals expire at `expires`; no other record expires. In a second region
    the existing table is the replica of the first region's.
    """

    def __init__(self, scope: Construct, name: str, *, stage: Stage) -> None:
        super().__init__(scope, name)
        self.table: dynamodb.ITableV2
        if stage.catalog_table:
            self.table = dynamodb.TableV2.from_table_name(self, "Table", stage.catalog_table)
            return
        self.table = dynamodb.TableV2(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="key", type=dynamodb.AttributeType.STRING),
            billing=dynamodb.Billing.on_demand(),
            time_to_live_attribute="expires",
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=stage.protected,
            # A rollback cannot delete a protected table, so it must not try to.
            removal_policy=RemovalPolicy.RETAIN
            if stage.protected
            else RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
            replicas=[dynamodb.ReplicaTableProps(region=region) for region in stage.replicas],
        )
