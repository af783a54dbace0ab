"""Suppresses findings of cdk-nag's AwsSolutions and warnings of CDK: each with a reason."""

from collections.abc import Mapping
from typing import Any, Final

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct

_OBJECTS: Final = "Callers choose the names of objects; the prefix is as narrow as possible."


def suppress(scope: IConstruct, reasons: Mapping[str, str]) -> None:
    """Suppress findings at and below a construct; *reasons* are by the rule's name."""
    Validations.of(scope).acknowledge(
        *(
            Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason)
            for rule, reason in reasons.items()
        )
    )


def suppress_warning(scope: IConstruct, warning: str, reason: str) -> None:
    """Suppress a warning of CDK at and below a construct; *warning* is such as `aws-ec2:name`."""
    acknowledged = Acknowledgment(id=f"Annotation::@aws-cdk/{warning}", reason=reason)
    Validations.of(scope).acknowledge(acknowledged)


def suppress_object_wildcards(scope: IConstruct, arns: list[str]) -> None:
    """Suppress the findings about ARNs of a role that have a wildcard for objects."""
    resolved = [_format_arn(Stack.of(scope).resolve(arn)) for arn in arns]
    suppress(scope, {f"IAM5[Resource::{text}]": _OBJECTS for text in resolved if "*" in text})


def _format_arn(value: Any) -> str:
    """Return an ARN as cdk-nag writes it, with references in angle brackets."""
    match value:
        case str():
            return value
        case {"Fn::Join": [_, parts]}:
            return "".join(map(_format_arn, parts))
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"<{resource}.{attribute}>"
        case {"Ref": name}:
            return f"<{name}>"
        case _:
            return ""
