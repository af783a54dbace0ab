"""Logs of the functions that CDK adds to a stack, for instance to empty a bucket."""

from typing import Final

from aws_cdk import CfnResource, RemovalPolicy, Stack
from aws_cdk import aws_logs as logs

from infra.aws.stage import Stage

_HELPERS: Final = ("BucketNotificationsHandler", "Custom::S3AutoDeleteObjects")
"""How the names of CDK's functions in a stack begin."""

_LOG: Final = "HelperLog"


def expire_helper_logs(stack: Stack, stage: Stage) -> None:
    """Let the functions of CDK in a stack write to one log group that expires, and is deleted.

    By default Lambda creates a group for each, which lasts for ever and outlives the stack.
    """
    handlers = [
        each
        for helper in stack.node.children
        if helper.node.id.startswith(_HELPERS)
        for each in helper.node.find_all()
        if isinstance(each, CfnResource) and each.cfn_resource_type == "AWS::Lambda::Function"
    ]
    if not handlers:
        return
    log = stack.node.try_find_child(_LOG) or logs.CfnLogGroup(
        stack, _LOG, retention_in_days=stage.log_days
    )
    assert isinstance(log, logs.CfnLogGroup)  # noqa: S101 reason: for mypy
    log.apply_removal_policy(RemovalPolicy.DESTROY)
    for handler in handlers:
        handler.add_property_override("LoggingConfig", {"LogGroup": log.ref})
