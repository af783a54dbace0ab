"""What the edge's KeyValueStore holds: entries of the template, and secrets that are in none."""

import json
from collections.abc import Mapping

from aws_cdk import CustomResource, Duration
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

from edge.build import key_values
from infra.aws.constructs.edge_keys import SECRET_ENTRY
from infra.aws.constructs.function import Duty, Function, Packager
from infra.aws.constructs.permission import may
from infra.aws.stage import Stage


class EdgeSecrets(Construct):
    """Brings a store up to date at every deployment that changes what it should hold.

    Its function can be invoked by hand too, with `{}`: after a secret was changed.
    """

    def __init__(  # noqa: PLR0913 reason: all that it works with
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
        self.made = Function(
            self,
            "Function",
            stage=stage,
            code=code,
            duty=Duty(
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
                    may(
                        "cloudfront-keyvaluestore:DescribeKeyValueStore",
                        "cloudfront-keyvaluestore:ListKeys",
                        "cloudfront-keyvaluestore:UpdateKeys",
                        on=[store.key_value_store_arn],
                    ),
                    may("secretsmanager:GetSecretValue", on=arns),
                ],
            ),
        )
        self.function = self.made.function
        self.resource = CustomResource(
            self,
            "Entries",
            service_token=self.function.function_arn,
            service_timeout=Duration.minutes(5),
            resource_type="Custom::CalotypeEdgeEntries",
            properties={
                "Entries": json.dumps(entries_of(stage), sort_keys=True),
                # Another secret, or another store, is a reason to begin anew.
                "Store": store.key_value_store_arn,
                "Secrets": arns,
            },
        )
        self.resource.node.add_dependency(self.made.role)


def entries_of(stage: Stage) -> Mapping[str, str]:
    """Return the entries that are no secret."""
    entries = key_values(stage.policy)
    return {name: text for name, text in entries.items() if not name.startswith(SECRET_ENTRY)}
