"""Reads the state of a stage's stack, and removes what a failed first deployment left."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError, WaiterError

from infra.aws.app import stack_name
from infra.aws.stage import Stage

_FAILED_AT_FIRST: Final = {"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}
"""States of a stack whose first deployment did not succeed; CloudFormation cannot update it."""

_REVIEWED: Final = "REVIEW_IN_PROGRESS"
"""The state of a stack that has no resources yet, only a change set; CDK creates it from there."""

_ADVICE: Final = {
    "DELETE_FAILED": "could not be deleted: run make destroy again, and look at its events",
    "UPDATE_ROLLBACK_FAILED": "could not be rolled back: repair the cause that its events name,"
    " then run aws cloudformation continue-update-rollback",
}
"""What to do in states from which a deployment cannot go on."""


class StackNotReady(Exception):
    """A deployment cannot start from the state of the stack; the message says what to do."""


@dataclass(frozen=True, slots=True)
class StackState:
    """The state of a stack; *status* is empty if there is no stack."""

    status: str
    outputs: dict[str, str]
    is_protected: bool = False

    @property
    def is_first(self) -> bool:
        """Whether no deployment of the stack has succeeded yet."""
        return self.status in {"", _REVIEWED, *_FAILED_AT_FIRST}


def read_state(stage: Stage, session: Any) -> StackState:
    """Return the state of a stage's stack.

    Raises:
        ClientError: CloudFormation does not answer, or refuses.

    """
    client = session.client("cloudformation", region_name=stage.region)
    try:
        (stack,) = client.describe_stacks(StackName=stack_name(stage.name))["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":  # no such stack
            return StackState("", {})
        raise
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    return StackState(
        stack["StackStatus"], outputs, bool(stack.get("EnableTerminationProtection", False))
    )


def prepare_stack(stage: Stage, session: Any, report: Callable[[str], object]) -> bool:
    """Make sure that a deployment can start; return whether it is the stage's first one.

    A stack whose first deployment failed is deleted, so that it can be created again. It never
    served a picture. Resources that the deletion leaves are reported.

    Raises:
        StackNotReady: the stack is in use by another operation, or needs a repair by hand.

    """
    state = read_state(stage, session)
    name = stack_name(stage.name)
    if advice := _ADVICE.get(state.status):
        message = f"the stack {name} {advice} (docs/operations.md#if-a-deployment-fails)"
        raise StackNotReady(message)
    if state.status in _FAILED_AT_FIRST:
        report(f"The first deployment of {name} failed ({state.status}): deleting what it left.")
        _delete(session.client("cloudformation", region_name=stage.region), name, state, report)
    elif state.status.endswith("_IN_PROGRESS") and state.status != _REVIEWED:
        message = f"the stack {name} is busy ({state.status}): wait until that has ended"
        raise StackNotReady(message)
    return state.is_first


def _delete(client: Any, name: str, state: StackState, report: Callable[[str], object]) -> None:
    """Delete a stack, and report the resources that stay.

    Raises:
        StackNotReady: CloudFormation could not delete it.

    """
    if state.is_protected:
        client.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    stack_id = stack["StackId"]  # a deleted stack can only be found by its id
    client.delete_stack(StackName=stack_id)
    try:
        client.get_waiter("stack_delete_complete").wait(
            StackName=stack_id, WaiterConfig={"Delay": 5, "MaxAttempts": 240}
        )
    except WaiterError as error:
        message = (
            f"the failed stack {name} could not be deleted: its events name the resource."
            " Delete that by hand, then run make deploy again"
        )
        raise StackNotReady(message) from error
    for kind, resource in _list_left(client, stack_id):
        report(f"It leaves {kind} {resource}: delete it by hand, if nothing in it is yours.")


def _list_left(client: Any, stack_id: str) -> list[tuple[str, str]]:
    """Return type and name of the resources that CloudFormation kept, in a fixed order."""
    pages = client.get_paginator("describe_stack_events").paginate(StackName=stack_id)
    left = {
        (event["ResourceType"], event["PhysicalResourceId"])
        for page in pages
        for event in page["StackEvents"]
        if event["ResourceStatus"] == "DELETE_SKIPPED" and event.get("PhysicalResourceId")
    }
    return sorted(left)
