"""Deploys a stage, or destroys it: checks, shows the changes, deploys, and runs the smoke test.

python -m infra.aws.commands.deploy STAGE [--destroy] [--approve WHEN] [--url https://img.example.com]
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from infra.aws.app import stack_name
from infra.aws.commands import smoke
from infra.aws.commands.alarm_receivers import ask_for_email, report_receivers, subscribe
from infra.aws.commands.cdk import APP, CdkMissing, find_command, install
from infra.aws.commands.preflight import (
    DestructiveChange,
    check_domains,
    create_session,
    is_bootstrapped,
)
from infra.aws.commands.readiness import NotReady, check_account
from infra.aws.commands.stack_state import StackNotReady, prepare_stack
from infra.aws.outputs import Outputs
from infra.aws.stage import Stage
from infra.checkout import find_work_folder

_ROOT: Final = find_work_folder()
_CDK: Final = find_command()
_RETAINED: Final = "The originals, the catalog, both secrets and access logs"


class StepFailed(Exception):
    """A step of the deployment failed; the message names it."""


_STOPS: Final = (
    *(StepFailed, DestructiveChange, StackNotReady, NotReady),
    *(BotoCoreError, ClientError),
)
"""Errors after which nothing more is deployed; their messages say what to do."""


def deploy(stage: Stage, approve: str, url: str | None) -> int:
    """Deploy a stage and run the smoke test; return 0 if the test passes, else 1.

    *approve* is CDK's option `--require-approval`; *url* replaces the deployment's own URL in the
    smoke test.

    Raises:
        StepFailed: a step failed.
        DestructiveChange: the deployment would remove a part that is in use.
        StackNotReady: the state of the stack does not allow a deployment.
        NotReady: AWS would refuse the deployment.

    """
    session = create_session(stage)
    check_domains(stage, session)
    is_first = prepare_stack(stage, session, print)
    email = "" if stage.alarm_email or not is_first else ask_for_email(input, sys.stdin.isatty())
    assembly, outputs = _ROOT / f"build/cdk-{stage.name}", _ROOT / f"build/{stage.name}.json"
    name = stack_name(stage.name)
    _synthesise(stage, assembly, is_first=is_first)
    template = assembly / f"{name}.template.json"
    check_account(stage, session, template, is_first=is_first, report=print)
    if not is_bootstrapped(stage, session):
        account = session.client("sts").get_caller_identity()["Account"]
        # In a folder without cdk.json CDK does not synthesise the app, which it does not need here.
        _run_cdk("bootstrap", f"aws://{account}/{stage.region}", folder=_CDK.parent)
    _run_cdk("diff", name, "--app", str(assembly))
    options = ("--require-approval", approve, "--outputs-file", str(outputs))
    _run_cdk("deploy", name, "--app", str(assembly), *options)
    if is_first and stage.protected:
        print("\nThe first deployment has succeeded: protecting the stack and its table.")
        _synthesise(stage, assembly, is_first=False)
        _run_cdk(
            "deploy", name, "--app", str(assembly), "--require-approval", "never", *options[2:]
        )
    print(f"\nThe outputs are in {outputs.relative_to(_ROOT)}.")
    deployed = Outputs.read(outputs)
    if deployed.edge_keys_function:
        _update_edge_keys(session.client("lambda"), deployed.edge_keys_function)
    if email:
        subscribe(deployed, session, email)
    report_receivers(deployed, session, print)
    print("Smoke test:", flush=True)
    return smoke.main([str(outputs), *(["--url", url] if url else [])])


def _synthesise(stage: Stage, assembly: Path, *, is_first: bool) -> None:
    """Write the template of a stage; that of its first deployment has no protection yet.

    Raises:
        StepFailed: the command fails.

    """
    context = ("-c", f"stage={stage.name}", *(("-c", "first=true") if is_first else ()))
    _run_cdk(
        *("synth", stack_name(stage.name), "--app", APP),
        *(*context, "--quiet", "--output", str(assembly)),
    )


def _update_edge_keys(client: Any, function: str) -> None:
    """Send the current keys to the edge: a changed secret does not change the template.

    Raises:
        StepFailed: the function that updates edge keys failed.

    """
    answer = client.invoke(FunctionName=function, Payload=b"{}")
    result = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        error = result.get("errorType")
        message = f"the edge keys could not be updated ({error}): see the log of {function}"
        raise StepFailed(message)
    print(f"Updated entries of the edge's keys: {result['changed']}.", flush=True)


def destroy(stage: Stage, approve: str) -> int:
    """Destroy a stage, except the data that must outlive it. Return 0.

    Raises:
        StepFailed: the stage is protected, or CDK could not delete a resource.

    """
    if stage.protected:
        message = f"{stage.name} is protected: deploy it with protected=False first"
        raise StepFailed(message)
    force = ["--force"] if approve == "never" else []
    assembly = str(_ROOT / f"build/cdk-{stage.name}")
    options = ("--app", APP, "-c", f"stage={stage.name}", "--output", assembly)
    _run_cdk("destroy", stack_name(stage.name), *options, *force)
    print(f"{_RETAINED} stay until you delete them: docs/deploy.md")
    return 0


def _run_cdk(*arguments: str, folder: Path = _ROOT) -> None:
    """Run the `cdk` command in a folder, with this Python for the app.

    Raises:
        StepFailed: the command fails, or is not installed.

    """
    if not _CDK.exists():
        try:
            install(_CDK)
        except CdkMissing as error:
            raise StepFailed(str(error)) from error
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    print(f"\n$ cdk {' '.join(arguments)}", flush=True)
    result = subprocess.run(  # noqa: S603 reason: a command of this repository
        [str(_CDK), *arguments, "--no-notices"],
        cwd=folder,
        env={**os.environ, "PATH": path},
        check=False,
    )
    if result.returncode:
        message = f"cdk {arguments[0]} failed"
        raise StepFailed(message)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 if a step fails, 2 if there is no such stage."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.aws.commands.deploy", description=__doc__
    )
    parser.add_argument("stage")
    parser.add_argument("--destroy", action="store_true", help="destroy the stage")
    parser.add_argument(
        "--approve",
        default="broadening",
        choices=("broadening", "any-change", "never"),
        help="when to ask before deploying; by default if the change adds permissions",
    )
    parser.add_argument("--url", help="the base URL of pictures, if it is your own domain")
    options = parser.parse_args(arguments)
    try:
        from infra.aws.stages import find_stage  # raises for a bad row

        stage = find_stage(options.stage)
        if options.destroy:
            return destroy(stage, options.approve)
        return deploy(stage, options.approve, options.url)
    except ValueError as error:
        print(f"calotype: {error}", file=sys.stderr)
        return 2
    except _STOPS as error:
        print(f"calotype: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
