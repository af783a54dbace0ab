"""The generated policy of the person, or the CI, that deploys."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.session import Session

from tests.deploy.stacks import REPOSITORY

POLICY = REPOSITORY / "docs" / "deployer" / "operator.json"
FOLDERS = [REPOSITORY / "infra" / "aws" / name for name in ("commands", "smoke")]
ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
}
"""IAM's actions that are not called like the operation."""

NOT_NEEDED = {
    "dynamodb:Query",  # the query of a URL
    "lambda:ListFunctions",  # CloudFront's operation has the same name
    "sts:GetCallerIdentity",  # always allowed
}


def find_words(path: Path) -> Iterator[str]:
    """Yield the names of attributes and the texts of a module, such as methods and services."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def list_operations() -> set[str]:
    """Return the operations of AWS that the commands may call, as `service:Operation`."""
    words = {path: set(find_words(path)) for folder in FOLDERS for path in folder.glob("*.py")}
    session = Session()
    services = set(session.get_available_services()) & set().union(*words.values())
    found = set()
    for service in services:
        model = session.get_service_model(service)
        for operation in model.operation_names:
            name = xform_name(operation)
            if any(name in each for each in words.values()):
                found.add(f"{service}:{operation}")
    return found


@pytest.fixture(scope="module")
def operations() -> set[str]:
    return list_operations()


def test_the_operator_may_call_what_the_commands_call(operations: set[str]) -> None:
    policy = json.loads(POLICY.read_text(encoding="utf-8"))
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}
    needed = {ACTIONS.get(each, each) for each in operations - NOT_NEEDED}

    assert {"cloudfront:TestFunction", "sns:Subscribe", "s3:PutObject"} <= needed
    assert needed - allowed == set()


def test_the_operator_may_call_nothing_else(operations: set[str]) -> None:
    policy = json.loads(POLICY.read_text(encoding="utf-8"))
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}
    needed = {ACTIONS.get(each, each) for each in operations}
    by_cdk = {"sts:AssumeRole"}  # CDK takes its own roles
    signed = {"lambda:InvokeFunctionUrl"}  # a signed request, not an operation

    assert allowed - needed == by_cdk | signed
