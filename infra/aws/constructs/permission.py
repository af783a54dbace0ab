"""Statements of what a role may do: actions by name, on ARNs by name."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam


def may(*actions: str, on: Sequence[str]) -> iam.PolicyStatement:
    """Return the statement that some actions are allowed on some resources."""
    return iam.PolicyStatement(actions=list(actions), resources=list(on))


def may_not(*actions: str, on: Sequence[str]) -> iam.PolicyStatement:
    """Return the statement that they are not, whatever else allows them."""
    return iam.PolicyStatement(effect=iam.Effect.DENY, actions=list(actions), resources=list(on))


def may_with(key: str, *actions: str) -> list[iam.PolicyStatement]:
    """Return the statement that some actions are allowed with a key of KMS, if there is one."""
    return [may(*actions, on=[key])] if key else []
