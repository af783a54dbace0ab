"""Looks before a deployment at what is there: whether it would take something away."""

from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

from infra.aws.app import stack_name
from infra.aws.stage import Front, Stage

_BOOTSTRAPPED: Final = "/cdk-bootstrap/hnb659fds/version"
_LEAST_BOOTSTRAP: Final = 6


_REMEDY: Final = {
    True: ": add to its domain_names, and its certificate_arn, in infra/aws/stages.py",
    False: " with its distribution: have something else answer for it, and take it off the"
    " distribution, before the front is another",
}


class WouldTakeAway(Exception):
    """A deployment would remove what somebody relies on; the message says what."""


def insist_on_domains(stage: Stage, session: Any) -> None:
    """See to it that a stage names every domain that its distribution answers for.

    CloudFormation writes the whole of a distribution's configuration: a domain that was added by
    hand would be gone after the next update. And with another front the distribution itself is.

    Raises:
        WouldTakeAway: it does not.

    """
    distribution = _outputs(stage, session).get("DistributionId")
    if distribution is None:
        return
    client = session.client("cloudfront")
    config = client.get_distribution_config(Id=distribution)["DistributionConfig"]
    lost = sorted(set(config.get("Aliases", {}).get("Items", [])) - set(stage.domain_names))
    if lost:
        message = (
            f"{stage.name} would lose {', '.join(lost)}{_REMEDY[stage.front is Front.CLOUDFRONT]}"
        )
        raise WouldTakeAway(message)


def is_bootstrapped(stage: Stage, session: Any) -> bool:
    """Whether CDK has what it needs in the stage's region: a bucket, and roles."""
    client = session.client("ssm", region_name=stage.region)
    try:
        version = client.get_parameter(Name=_BOOTSTRAPPED)["Parameter"]["Value"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return False
        raise
    return int(version) >= _LEAST_BOOTSTRAP


def _outputs(stage: Stage, session: Any) -> dict[str, str]:
    """Return the outputs of a stage's stack, if there is one."""
    client = session.client("cloudformation", region_name=stage.region)
    try:
        (stack,) = client.describe_stacks(StackName=stack_name(stage.name))["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":  # there is none
            return {}
        raise
    return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


def new_session(stage: Stage) -> Any:
    """Return a session of boto3 in the stage's region."""
    return boto3.Session(region_name=stage.region)
