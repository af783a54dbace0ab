"""Checks before a deployment: what it would destroy, and whether the region is prepared."""

from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

from infra.aws.commands.stack_state import read_state
from infra.aws.stage import Front, Stage

_BOOTSTRAPPED: Final = "/cdk-bootstrap/hnb659fds/version"
_MIN_BOOTSTRAP: Final = 6


_REMEDY: Final = {
    True: ": add it to domain_names, and set certificate_arn, in infra/aws/stages.py",
    False: " with its distribution: move the domain to another distribution before you change"
    " the front",
}
"""What to do, by whether the stage keeps its CloudFront distribution."""


class DestructiveChange(Exception):
    """A deployment would remove a part that is in use; the message names it."""


def check_domains(stage: Stage, session: Any) -> None:
    """Check that a stage names all domains of its distribution.

    CloudFormation writes all of a distribution's configuration, so an update removes a domain that
    was added by hand. With another front it deletes the distribution itself.

    Raises:
        DestructiveChange: the deployment would remove a domain.

    """
    distribution = read_state(stage, session).outputs.get("DistributionId")
    if distribution is None:
        return
    client = session.client("cloudfront")
    config = client.get_distribution_config(Id=distribution)["DistributionConfig"]
    lost = sorted(set(config.get("Aliases", {}).get("Items", [])) - set(stage.domain_names))
    if lost:
        message = (
            f"{stage.name} would lose {', '.join(lost)}{_REMEDY[stage.front is Front.CLOUDFRONT]}"
        )
        raise DestructiveChange(message)


def is_bootstrapped(stage: Stage, session: Any) -> bool:
    """Return whether the stage's region has the bucket and roles that CDK needs."""
    client = session.client("ssm", region_name=stage.region)
    try:
        version = client.get_parameter(Name=_BOOTSTRAPPED)["Parameter"]["Value"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return False
        raise
    return int(version) >= _MIN_BOOTSTRAP


def create_session(stage: Stage) -> Any:
    """Return a boto3 session in the stage's region."""
    return boto3.Session(region_name=stage.region)
