"""The upload API: creates presigned POSTs for uploads, and reports their progress."""

import json
from typing import Final

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.aws.constructs.function import Function, FunctionSpec
from infra.aws.constructs.parts import Parts
from infra.aws.constructs.permission import allow, allow_with_key
from infra.aws.nag_suppressions import suppress
from infra.aws.stage import Stage

_LOG_FIELDS: Final = {
    "request": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "method": "$context.httpMethod",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
    "error": "$context.integrationErrorMessage",
}
"""Logged fields: no path, which contains a file name, and nothing about the sender."""


class UploadApi(Construct):
    """An HTTP API with one route: the function checks paths, methods, tokens and CORS itself."""

    def __init__(self, scope: Construct, name: str, *, parts: Parts, tokens: str) -> None:
        super().__init__(scope, name)
        stage, originals = parts.stage, parts.originals
        uploads = originals.arn_for_objects(f"{stage.upload_prefix}*")
        own = {"UPLOAD_TOKENS": tokens}
        if stage.upload_prefix:
            own["UPLOAD_PREFIX"] = stage.upload_prefix
        self.resources = Function(
            self,
            "Function",
            stage=stage,
            code=parts.code,
            spec=FunctionSpec(
                function="upload",
                handler="origin_lambda.handler.upload",
                memory=512,
                seconds=20,
                environment=dict(parts.environment) | own,
                statements=[
                    # A presigned POST can do what its signer may do; a HEAD needs s3:GetObject.
                    allow("s3:PutObject", "s3:GetObject", on=[uploads]),
                    allow("s3:ListBucket", on=[originals.bucket_arn]),
                    allow("dynamodb:GetItem", on=[parts.catalog.table_arn]),
                    allow("secretsmanager:GetSecretValue", on=[tokens]),
                    *allow_with_key(stage.originals_key_arn, "kms:GenerateDataKey", "kms:Decrypt"),
                ],
            ),
        )
        self.function = self.resources.function
        self.api = api.HttpApi(
            self,
            "Api",
            api_name=f"calotype-{stage.name}",
            description="Calotype: presigned POSTs for uploads",
            create_default_stage=False,
            default_integration=integrations.HttpLambdaIntegration("Upload", self.function),
        )
        suppress(self, {"APIG4": "The function checks bearer tokens, each with its own prefix."})
        self.stage = self._add_stage(stage)
        self.url = self.api.api_endpoint

    def _add_stage(self, stage: Stage) -> api.HttpStage:
        log = logs.LogGroup(
            self,
            "AccessLog",
            retention=self.resources.retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        api_stage = api.HttpStage(
            self,
            "Stage",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            throttle=api.ThrottleSettings(
                rate_limit=stage.upload_rate, burst_limit=stage.upload_burst
            ),
        )
        resource = api_stage.node.default_child
        assert isinstance(resource, api.CfnStage)  # noqa: S101 reason: for mypy
        resource.access_log_settings = api.CfnStage.AccessLogSettingsProperty(
            destination_arn=log.log_group_arn, format=json.dumps(_LOG_FIELDS)
        )
        return api_stage
