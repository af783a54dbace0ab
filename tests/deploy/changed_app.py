"""The stage `local` with another setting, to test an update; it also learns from its traffic."""

import dataclasses

import aws_cdk as cdk

from infra.aws.app import CONTEXT, CalotypeStack, add_stage
from infra.aws.constructs.access_logs import AccessLogs
from infra.aws.constructs.edge_package import package
from infra.aws.constructs.traffic import Traffic
from infra.aws.stage import Front
from infra.aws.stages import STAGES

STAGE = dataclasses.replace(STAGES["local"], settings={"LIMIT_SIDE": "240"})
DISTRIBUTION = "arn:aws:cloudfront::123456789012:distribution/E1"


def add_traffic(stack: CalotypeStack) -> None:
    """Add what `refine_budget` adds to a stage with CloudFront, which the emulator lacks.

    The bucket of the access logs has the same properties and policy. CloudFront's delivery to it is
    left out.
    """
    cdn = stack.cdn
    logs = AccessLogs(
        stack, "AccessLogs", distribution_arn=DISTRIBUTION, days=30, with_queries=True
    )
    for delivery in ("Source", "Destination", "Delivery"):
        logs.node.try_remove_child(delivery)
    stage = dataclasses.replace(STAGE, front=Front.CLOUDFRONT, access_log_days=30, refine_budget=5)
    parts = dataclasses.replace(cdn.parts, stage=stage)
    traffic = Traffic(stack, "Traffic", parts=parts, logs=logs.bucket)
    cdn.ingest.warm(STAGE.warm_settings, traffic.table)
    outputs = {
        "AccessLogsBucket": logs.bucket.bucket_name,
        "TrafficTable": traffic.table.table_name,
        "CounterFunction": traffic.counter.function.function_name,
        "RefinerFunction": traffic.refiner.function_name,
    }
    for name, value in outputs.items():
        cdk.CfnOutput(stack, name, value=value)


if __name__ == "__main__":
    app = cdk.App(context=CONTEXT)
    add_traffic(add_stage(app, STAGE, package))
    app.synth()
