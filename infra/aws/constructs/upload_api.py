"""The upload API: hands out forms to upload with, and says how an upload goes on."""

import json
from collections.abc import Mapping
from typing import Final

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.aws.constructs.function import Duty, Function, Packager
from infra.aws.constructs.permission import may, may_with
from infra.aws.nag_suppressions import accept
from infra.aws.stage import Stage

_LOGGED: Final = {
    "request": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "method": "$context.httpMethod",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
    "error": "$context.integrationErrorMessage",
}
"""What is logged of a request: neither its path, which names a file, nor whose it is."""


class UploadApi(Construct):
    """An HTTP API of one route: the function tells paths, methods, tokens and CORS apart itself."""

    def __init__(  # noqa: PLR0913 reason: all that it works with
        self,
        scope: Construct,
        name: str,
        *,
        stage: Stage,
        code: Packager,
        environment: Mapping[str, str],
        originals: s3.IBucket,
        table: dynamodb.ITableV2,
        tokens: str,
    ) -> None:
        super().__init__(scope, name)
        uploads = originals.arn_for_objects(f"{stage.upload_prefix}*")
        told = {"UPLOAD_TOKENS": tokens}
        if stage.upload_prefix:
            told["UPLOAD_PREFIX"] = stage.upload_prefix
        self.made = Function(
            self,
            "Function",
            stage=stage,
            code=code,
            duty=Duty(
                function="upload",
                handler="origin_lambda.handler.upload",
                memory=512,
                seconds=20,
                environment=dict(environment) | told,
                statements=[
                    # The forms that it signs can do what it may; a HEAD takes s3:GetObject.
                    may("s3:PutObject", "s3:GetObject", on=[uploads]),
                    may("s3:ListBucket", on=[originals.bucket_arn]),
                    may("dynamodb:GetItem", on=[table.table_arn]),
                    may("secretsmanager:GetSecretValue", on=[tokens]),
                    *may_with(stage.originals_key_arn, "kms:GenerateDataKey", "kms:Decrypt"),
                ],
            ),
        )
        self.function = self.made.function
        self.api = api.HttpApi(
            self,
            "Api",
            api_name=f"calotype-{stage.name}",
            description="Calotype: forms to upload with",
            create_default_stage=False,
            default_integration=integrations.HttpLambdaIntegration("Upload", self.function),
        )
        accept(self, {"APIG4": "The function checks bearer tokens, each with a prefix of its own."})
        self.stage = self._stage(stage)
        self.url = self.api.api_endpoint

    def _stage(self, stage: Stage) -> api.HttpStage:
        log = logs.LogGroup(
            self,
            "AccessLog",
            retention=self.made.retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        made = api.HttpStage(
            self,
            "Stage",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            throttle=api.ThrottleSettings(
                rate_limit=stage.upload_rate, burst_limit=stage.upload_burst
            ),
        )
        resource = made.node.default_child
        assert isinstance(resource, api.CfnStage)  # noqa: S101 reason: tells the type checker
        resource.access_log_settings = api.CfnStage.AccessLogSettingsProperty(
            destination_arn=log.log_group_arn, format=json.dumps(_LOGGED)
        )
        return made
