"""Deploys a stage, or takes it down: looks first, shows what changes, tries what was made.

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
from infra.aws.commands.preflight import (
    WouldTakeAway,
    insist_on_domains,
    is_bootstrapped,
    new_session,
)
from infra.aws.outputs import Outputs
from infra.aws.stage import Stage

_ROOT: Final = Path(__file__).parents[3]
_CDK: Final = Path(__file__).parents[1] / "node_modules" / ".bin" / "cdk"
_STAYS: Final = "The originals, the catalog, both secrets and access logs"


class StepFailed(Exception):
    """A command failed, and has said why."""


def deploy(stage: Stage, approve: str, url: str | None) -> int:
    """Deploy a stage; return 0 once a picture went all the way through it.

    Raises:
        StepFailed: a step did.
        WouldTakeAway: it would.

    """
    session = new_session(stage)
    insist_on_domains(stage, session)
    if not is_bootstrapped(stage, session):
        account = session.client("sts").get_caller_identity()["Account"]
        # Where there is no cdk.json, CDK does not synthesise the app, of which nothing is needed.
        _cdk("bootstrap", f"aws://{account}/{stage.region}", folder=_CDK.parent)
    made, outputs = _ROOT / f"build/cdk-{stage.name}", _ROOT / f"build/{stage.name}.json"
    name = stack_name(stage.name)
    _cdk("synth", name, "-c", f"stage={stage.name}", "--quiet", "--output", str(made))
    _cdk("diff", name, "--app", str(made))
    told = ("--require-approval", approve, "--outputs-file", str(outputs))
    _cdk("deploy", name, "--app", str(made), *told)
    print(f"\nThe outputs are in {outputs.relative_to(_ROOT)}.")
    if keeper := Outputs.read(outputs).edge_keys_function:
        _bring_keys_up_to_date(session.client("lambda"), keeper)
    print("Trying it:", flush=True)
    return smoke.main([str(outputs), *(["--url", url] if url else [])])


def _bring_keys_up_to_date(client: Any, keeper: str) -> None:
    """Have the edge told the keys that its secrets hold now: no template changes with them.

    Raises:
        StepFailed: it was not.

    """
    answer = client.invoke(FunctionName=keeper, Payload=b"{}")
    told = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        message = f"the edge was not told its keys ({told.get('errorType')}): see {keeper}'s log"
        raise StepFailed(message)
    print(f"Entries that the edge was behind its secrets: {told['changed']}.", flush=True)


def destroy(stage: Stage, approve: str) -> int:
    """Take a stage down.

    Raises:
        StepFailed: it is protected, or a resource would not go.

    """
    if stage.protected:
        message = f"{stage.name} is protected: deploy it with protected=False first"
        raise StepFailed(message)
    unasked = ["--force"] if approve == "never" else []
    made = str(_ROOT / f"build/cdk-{stage.name}")
    told = ("-c", f"stage={stage.name}", "--output", made)
    _cdk("destroy", stack_name(stage.name), *told, *unasked)
    print(f"{_STAYS} stay, until you delete them: docs/deploy.md")
    return 0


def _cdk(*arguments: str, folder: Path = _ROOT) -> None:
    """Run CDK with this Python, in a folder.

    Raises:
        StepFailed: it fails, or is not installed.

    """
    if not _CDK.exists():
        message = "CDK's command is not installed: (cd infra/aws && npm ci)"
        raise StepFailed(message)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    print(f"\n$ cdk {' '.join(arguments)}", flush=True)
    ran = subprocess.run(  # noqa: S603 reason: a command of this repository's own
        [str(_CDK), *arguments, "--no-notices"],
        cwd=folder,
        env={**os.environ, "PATH": path},
        check=False,
    )
    if ran.returncode:
        message = f"cdk {arguments[0]} failed"
        raise StepFailed(message)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 1 where a step fails, 2 where there is no such stage."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.aws.commands.deploy", description=__doc__
    )
    parser.add_argument("stage")
    parser.add_argument("--destroy", action="store_true", help="take it down")
    parser.add_argument(
        "--approve",
        default="broadening",
        choices=("broadening", "any-change", "never"),
        help="when to ask before deploying; by default where somebody may do more than before",
    )
    parser.add_argument("--url", help="where pictures are had, if at a domain of yours")
    asked = parser.parse_args(arguments)
    try:
        from infra.aws.stages import stage_named  # a row that cannot be raises

        stage = stage_named(asked.stage)
        return (
            destroy(stage, asked.approve)
            if asked.destroy
            else deploy(stage, asked.approve, asked.url)
        )
    except ValueError as error:
        print(f"calotype: {error}", file=sys.stderr)
        return 2
    except (StepFailed, WouldTakeAway, BotoCoreError, ClientError) as error:
        print(f"calotype: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
