"""Builds policy statements, which allow or deny a role actions on ARNs."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from origin_lambda.url.keys import KeyFilter


def allow(*actions: str, on: Sequence[str]) -> iam.PolicyStatement:
    """Return a statement that allows actions on the resources with these ARNs."""
    return iam.PolicyStatement(actions=list(actions), resources=list(on))


def deny(*actions: str, on: Sequence[str]) -> iam.PolicyStatement:
    """Return a statement that denies actions, which overrides any statement that allows them."""
    return iam.PolicyStatement(effect=iam.Effect.DENY, actions=list(actions), resources=list(on))


def allow_with_key(key: str, *actions: str) -> list[iam.PolicyStatement]:
    """Return a statement that allows actions with an AWS KMS key; none if *key* is empty."""
    return [allow(*actions, on=[key])] if key else []


def list_arns(bucket: s3.IBucket, keys: KeyFilter) -> list[str]:
    """Return the ARNs of a bucket's objects whose keys match a filter."""
    return [bucket.arn_for_objects(f"{keys.prefix}*{suffix}") for suffix in keys.suffixes or ("",)]
