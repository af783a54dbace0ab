"""The content of the edge's KeyValueStore: entries of the template, and secrets."""

import json
from collections.abc import Mapping

from aws_cdk import CustomResource, Duration
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

from edge.build import build_key_values
from infra.aws.constructs.edge_keys import SECRET_ENTRY
from infra.aws.constructs.function import Function, FunctionSpec, Packager
from infra.aws.constructs.permission import allow
from infra.aws.stage import Stage


class EdgeSecrets(Construct):
    """Updates a store at each deployment that changes its content.

    Its function can also be invoked by hand, with `{}`, after a secret has changed. The template
    contains no secret: the function reads them from Secrets Manager.
    """

    def __init__(  # noqa: PLR0913 reason: each is a resource that it uses
        self,
        scope: Construct,
        name: str,
        *,
        stage: Stage,
        code: Packager,
        store: cloudfront.KeyValueStore,
        signing_keys: str,
    ) -> None:
        super().__init__(scope, name)
        arns = [signing_keys, *filter(None, [stage.imgix_token_arn])]
        self.resources = Function(
            self,
            "Function",
            stage=stage,
            code=code,
            spec=FunctionSpec(
                function="edge_keys",
                handler="edge_keys.handle",
                memory=512,
                seconds=120,
                environment={
                    "STORE_ARN": store.key_value_store_arn,
                    "SIGNING_KEYS": signing_keys,
                }
                | ({"IMGIX_TOKEN": stage.imgix_token_arn} if stage.imgix_token_arn else {}),
                statements=[
                    allow(
                        "cloudfront-keyvaluestore:DescribeKeyValueStore",
                        "cloudfront-keyvaluestore:ListKeys",
                        "cloudfront-keyvaluestore:UpdateKeys",
                        on=[store.key_value_store_arn],
                    ),
                    allow("secretsmanager:GetSecretValue", on=arns),
                ],
            ),
        )
        self.function = self.resources.function
        self.resource = CustomResource(
            self,
            "Entries",
            service_token=self.function.function_arn,
            service_timeout=Duration.minutes(5),
            resource_type="Custom::CalotypeEdgeEntries",
            properties={
                "Entries": json.dumps(list_public_entries(stage), sort_keys=True),
                # A change of these makes CloudFormation update the entries.
                "Store": store.key_value_store_arn,
                "Secrets": arns,
            },
        )
        self.resource.node.add_dependency(self.resources.role)


def list_public_entries(stage: Stage) -> Mapping[str, str]:
    """Return the entries of a stage that are not secret."""
    entries = build_key_values(stage.policy)
    return {name: text for name, text in entries.items() if not name.startswith(SECRET_ENTRY)}
