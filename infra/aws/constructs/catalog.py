"""The catalog: a table of what is known about each original."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.aws.stage import Stage


class Catalog(Construct):
    """A table on demand, by key; deleted originals are forgotten at `expires`, nothing else is.

    Or one that is there already: in a second region, the copy of the first one's.
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
            removal_policy=RemovalPolicy.RETAIN,
            replicas=[dynamodb.ReplicaTableProps(region=region) for region in stage.replicas],
        )
