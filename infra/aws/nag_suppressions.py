"""Findings of cdk-nag's AwsSolutions that are accepted, each with its reason, where they arise."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct

_OBJECTS = "What a bucket holds is named by its visitors; the prefix is as narrow as it can be."


def accept(scope: IConstruct, reasons: Mapping[str, str]) -> None:
    """Accept findings below a construct, by rule; each has a reason."""
    Validations.of(scope).acknowledge(
        *(
            Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason)
            for rule, reason in reasons.items()
        )
    )


def accept_objects(scope: IConstruct, arns: list[str]) -> None:
    """Accept, of some ARNs of a role's statements, those of all objects below a prefix."""
    resolved = [_written(Stack.of(scope).resolve(arn)) for arn in arns]
    accept(scope, {f"IAM5[Resource::{text}]": _OBJECTS for text in resolved if text[-1:] == "*"})


def _written(value: Any) -> str:
    """Return an ARN as cdk-nag writes one that CloudFormation is yet to put together."""
    match value:
        case str():
            return value
        case {"Fn::Join": [_, parts]}:
            return "".join(map(_written, parts))
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"<{resource}.{attribute}>"
        case {"Ref": name}:
            return f"<{name}>"
        case _:
            return ""
