"""The CDK app: `cdk deploy -c stage=dev`."""

import dataclasses
import os
import sys
from collections.abc import Mapping
from typing import Any, Final

import aws_cdk as cdk
from constructs import Construct

from infra.aws.constructs.function import Packager
from infra.aws.constructs.image_cdn import ImageCdn
from infra.aws.operations.operations import STAGE_TAG
from infra.aws.stage import Stage

_DEFAULT: Final = "dev"
CONTEXT: Final[Mapping[str, Any]] = {
    "@aws-cdk/aws-cloudfront:defaultSecurityPolicyTLSv1.2_2021": True,
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-lambda:recognizeLayerVersion": True,
    "@aws-cdk/aws-lambda:recognizeVersionProps": True,
    "@aws-cdk/core:checkSecretUsage": True,
    "@aws-cdk/core:enablePartitionLiterals": True,
    "@aws-cdk/core:target-partitions": ["aws"],
}
"""CDK's feature flags. They are here, not in cdk.json: an installed package has no such file."""


class CalotypeStack(cdk.Stack):
    """The stack of one stage: an image CDN and its outputs."""

    def __init__(
        self, scope: Construct, name: str, *, stage: Stage, code: Packager, **options: Any
    ) -> None:
        super().__init__(
            scope,
            name,
            description="Calotype: any size, crop and format of your pictures is a URL",
            termination_protection=stage.protected,
            **options,
        )
        self.cdn = ImageCdn(self, "Cdn", stage=stage, code=code)
        cdk.Tags.of(self).add(STAGE_TAG, stage.name)
        for output, value in _list_outputs(self.cdn).items():
            cdk.CfnOutput(self, output, value=value)


def _list_outputs(cdn: ImageCdn) -> dict[str, str]:
    """Return the values of the stack's outputs, by name."""
    outputs = {
        "Url": cdn.url,
        "OriginalsBucket": cdn.originals.bucket.bucket_name,
        "DerivativesBucket": cdn.derivatives.bucket.bucket_name,
        "CatalogTable": cdn.catalog.table.table_name,
        "AlertsTopic": cdn.alerts.topic.topic_arn,
        "AlarmsTopic": cdn.operations.topic.topic_arn,
        "IngestQueueUrl": cdn.queue.queue.queue_url,
        "DeadLettersUrl": cdn.queue.dead_letters.queue_url,
        "SigningKeys": cdn.secrets.signing_keys,
        "OriginFunction": cdn.origin.function.function_name,
        "OriginUrl": cdn.origin.url.url,
    }
    keys = cdn.stage.original_keys
    for name, value in (("Prefix", keys.prefix), ("Suffixes", ",".join(keys.suffixes))):
        if value:
            outputs[f"Originals{name}"] = value
    if cdn.access_logs:
        outputs["AccessLogsBucket"] = cdn.access_logs.bucket.bucket_name
    if cdn.traffic:
        outputs["TrafficTable"] = cdn.traffic.table.table_name
    if presets := cdn.stage.warm_settings.get("WARM_PRESETS"):
        outputs["WarmPresets"] = presets
    if cdn.upload and cdn.secrets.upload_tokens:
        outputs["UploadApi"] = cdn.upload.url
        outputs["UploadTokens"] = cdn.secrets.upload_tokens
    if cdn.distribution:
        outputs["DistributionId"] = cdn.distribution.distribution.distribution_id
    if cdn.edge:
        outputs["EdgeKeysFunction"] = cdn.edge.secrets.function.function_name
        outputs["EdgeFunction"] = cdn.edge.function_names[0]
    return outputs


def stack_name(stage: str) -> str:
    """Return the name of a stage's stack."""
    return f"calotype-{stage}"


def add_stage(app: cdk.App, stage: Stage, code: Packager) -> CalotypeStack:
    """Add the stack of a stage to an app; *code* packages its functions."""
    return CalotypeStack(
        app,
        stack_name(stage.name),
        stage=stage,
        code=code,
        env=cdk.Environment(account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=stage.region),
    )


def unprotect(stage: Stage) -> Stage:
    """Return the stage for its first deployment: if that fails, it can be deleted and repeated."""
    return dataclasses.replace(stage, protected=False)


def main() -> int:
    """Synthesise the stage that the context names; return 2 if there is no such stage."""
    from infra.aws.constructs.edge_package import package

    app = cdk.App(context=CONTEXT)
    try:
        from infra.aws.stages import find_stage  # raises for a bad row

        stage = find_stage(app.node.try_get_context("stage") or _DEFAULT)
        if app.node.try_get_context("first"):
            stage = unprotect(stage)
    except ValueError as error:
        print(f"calotype: {error}", file=sys.stderr)
        return 2
    add_stage(app, stage, package)
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
