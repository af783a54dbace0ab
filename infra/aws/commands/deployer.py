"""Writes the least permissions of a deployment into docs/deployer/, as IAM policies.

python -m infra.aws.commands.deployer [--check]

`data.json` and `services.json` are for the role with which CloudFormation creates resources. They
come from the handlers of each type of resource, which AWS publishes and cfn-lint contains.
`operator.json` is for the person, or the CI, that runs `calotype deploy`.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from infra.aws.commands.permissions import synthesise
from infra.checkout import find_pages

_FOLDER: Final = find_pages() / "deployer"
_ANY: Final = "*"
_STACK: Final = "calotype-*"
"""CloudFormation begins the names of resources with that of their stack, `calotype-STAGE`."""

_ARNS: Final[Mapping[str, tuple[str, ...]]] = {
    "dynamodb": (f"arn:aws:dynamodb:*:*:table/{_STACK}",),
    "events": (f"arn:aws:events:*:*:rule/{_STACK}",),
    "iam": (f"arn:aws:iam::*:role/{_STACK}",),
    "lambda": (
        f"arn:aws:lambda:*:*:function:{_STACK}",
        "arn:aws:lambda:*:*:event-source-mapping:*",
    ),
    "s3": (f"arn:aws:s3:::{_STACK}", f"arn:aws:s3:::{_STACK}/*"),
    "sns": (f"arn:aws:sns:*:*:{_STACK}",),
    "sqs": (f"arn:aws:sqs:*:*:{_STACK}",),
    # These have no names, or names without the stack's.
    "apigateway": ("arn:aws:apigateway:*::/*",),
    "budgets": (_ANY,),
    "cloudfront": (_ANY,),
    "cloudwatch": (_ANY,),
    "logs": (_ANY,),
    "secretsmanager": (_ANY,),
}
"""The resources of each service that a deployment may create, change and delete."""

_UNNAMED: Final = frozenset(
    {"lambda:CreateEventSourceMapping", "lambda:GetEventSourceMapping", "s3:ListAllMyBuckets"}
)
"""Actions that IAM checks without a resource."""

_DATA: Final = ("dynamodb", "s3", "secretsmanager", "sns", "sqs")
_ASSETS: Final = "arn:aws:s3:::cdk-hnb659fds-assets-*"
_VERSION: Final = "arn:aws:ssm:*:*:parameter/cdk-bootstrap/hnb659fds/version"
_LARGEST_POLICY: Final = 6_144
"""Characters of a managed policy without white space (IAM user guide, "IAM and STS quotas")."""

_STACKS: Final = f"arn:aws:cloudformation:*:*:stack/{_STACK}/*"
_FUNCTIONS: Final = f"arn:aws:lambda:*:*:function:{_STACK}"
_SMOKE_QUEUES: Final = "arn:aws:sqs:*:*:calotype-smoke-*"

_OPERATOR: Final = (
    (("sts:AssumeRole",), ("arn:aws:iam::*:role/cdk-hnb659fds-*",)),
    (("ssm:GetParameter",), (_VERSION,)),
    (
        (
            "cloudformation:DeleteStack",
            "cloudformation:DescribeStackEvents",
            "cloudformation:DescribeStacks",
            "cloudformation:UpdateTerminationProtection",
        ),
        (_STACKS,),
    ),
    (
        (
            "acm:DescribeCertificate",
            "acm:ListCertificates",
            "cloudformation:ValidateTemplate",
            "cloudfront:DescribeFunction",
            "cloudfront:GetDistributionConfig",
            "cloudfront:ListCachePolicies",
            "cloudfront:ListDistributions",
            "cloudfront:ListFunctions",
            "cloudfront:ListKeyValueStores",
            "cloudfront:ListOriginAccessControls",
            "cloudfront:ListResponseHeadersPolicies",
            "cloudfront:TestFunction",
            "cloudwatch:DescribeAlarms",
            "lambda:GetAccountSettings",
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetSecretValue",
            "sns:Unsubscribe",
        ),
        (_ANY,),
    ),
    (
        (
            "lambda:GetFunctionConfiguration",
            "lambda:InvokeFunction",
            "lambda:InvokeFunctionUrl",
        ),
        (_FUNCTIONS,),
    ),
    (("logs:FilterLogEvents",), (f"arn:aws:logs:*:*:log-group:{_STACK}:*",)),
    (("s3:DeleteObject", "s3:PutObject"), (f"arn:aws:s3:::{_STACK}/*calotype-smoke*",)),
    (("s3:GetBucketLocation", "s3:GetBucketNotification"), ("arn:aws:s3:::*",)),
    (("dynamodb:GetItem",), (f"arn:aws:dynamodb:*:*:table/{_STACK}",)),
    (
        (
            "sqs:CreateQueue",
            "sqs:DeleteQueue",
            "sqs:GetQueueAttributes",
            "sqs:ReceiveMessage",
            "sqs:SetQueueAttributes",
        ),
        (_SMOKE_QUEUES,),
    ),
    (("sns:ListSubscriptionsByTopic", "sns:Subscribe"), (f"arn:aws:sns:*:*:{_STACK}",)),
)
"""What the steps of `calotype deploy` do themselves: find stacks, update keys, test pictures."""


class PolicyTooLarge(Exception):
    """A policy has more characters than IAM accepts; the message names it."""


def list_actions(types: Iterable[str]) -> set[str]:
    """Return the actions with which CloudFormation handles types of resources.

    Actions of services from which the stack has no resource are left out: they are for features
    that it does not use, such as a file system of a function.
    """
    return {
        action
        for kind in types
        for handler in _read_handlers(kind).values()
        for action in handler.get("permissions", [])
        if action.partition(":")[0] in _ARNS
    }


def _read_handlers(kind: str) -> Mapping[str, Any]:
    import cfnlint  # type: ignore[import-untyped]  # reason: it has no types

    schemas = Path(cfnlint.__file__).parent / "data" / "schemas"
    names = json.loads((schemas / "providers" / "us-east-1.json").read_text(encoding="utf-8"))
    if kind not in names:  # a custom resource: its function does the work
        return {}
    schema = json.loads((schemas / "resources" / f"{names[kind]}.json").read_text(encoding="utf-8"))
    handlers: Mapping[str, Any] = schema.get("handlers", {})
    return handlers


def build_policies(types: Iterable[str]) -> dict[str, Any]:
    """Return all policies by their names.

    Raises:
        PolicyTooLarge: one does not fit into a managed policy.

    """
    by_service: dict[str, set[str]] = {}
    for action in list_actions(types) | {"lambda:GetEventSourceMapping"}:
        by_service.setdefault(action.partition(":")[0], set()).add(action)
    data = [
        *_allow_all(by_service, lambda service: service in _DATA),
        _allow(["s3:GetObject"], [f"{_ASSETS}/*"]),
        _allow(["ssm:GetParameters"], [_VERSION]),
    ]
    services = _allow_all(by_service, lambda service: service not in _DATA)
    policies = {
        "data": _wrap(data),
        "services": _wrap(services),
        "operator": _wrap(_allow(actions, arns) for actions, arns in _OPERATOR),
    }
    for name, policy in policies.items():
        if (size := len(json.dumps(policy, separators=(",", ":")))) > _LARGEST_POLICY:
            message = f"the policy {name} has {size:,} of {_LARGEST_POLICY:,} characters"
            raise PolicyTooLarge(message)
    return policies


def _allow_all(by_service: Mapping[str, set[str]], chosen: Any) -> Iterator[dict[str, Any]]:
    for service in sorted(filter(chosen, by_service)):
        actions = by_service[service]
        yield _allow(actions - _UNNAMED, _ARNS[service])
        if actions & _UNNAMED:
            yield _allow(actions & _UNNAMED, [_ANY])


def _allow(actions: Iterable[str], arns: Iterable[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": sorted(actions), "Resource": list(arns)}


def _wrap(statements: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def main(arguments: list[str]) -> int:
    """Write the policies; with --check, return 1 if the written ones are not up to date."""
    template = synthesise(refine_budget=1)
    types = {resource["Type"] for resource in template["Resources"].values()}
    texts = {
        _FOLDER / f"{name}.json": json.dumps(policy, indent=1) + "\n"
        for name, policy in build_policies(types).items()
    }
    if "--check" in arguments:
        if all(path.exists() and path.read_text() == text for path, text in texts.items()):
            return 0
        print("docs/deployer/ is not up to date; run: make generate")
        return 1
    _FOLDER.mkdir(exist_ok=True)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
