"""`calotype deploy`: deploy a stage to AWS, and test it."""

import argparse
from pathlib import Path
from typing import Any

from infra.commands.arguments import format_examples


def add_to(commands: Any) -> None:
    """Declare the command."""
    deploy = commands.add_parser(
        "deploy",
        help="deploy a stage to AWS, and test it",
        description="Deploy a stage to AWS, and test it: docs/deploy.md. The stage is a table of "
        "calotype.toml in the current directory. Deploying a new one writes its table, with the "
        "options below. Needs AWS credentials, Node 22 and Python 3.13.",
        epilog=format_examples(
            "calotype deploy --stage dev",
            "calotype deploy --stage prod --domain img.example.com --alarm-email me@example.com",
            "calotype deploy --stage prod --destroy",
        ),
    )
    deploy.add_argument("--stage", required=True, help="the name of the stage")
    deploy.add_argument("--domain", action="append", help="your domain; can be given several times")
    deploy.add_argument(
        "--certificate",
        metavar="ARN",
        help="the certificate of the domain, in us-east-1 (default: the one that covers it)",
    )
    deploy.add_argument("--region", help="the region of a new stage (default: us-east-1)")
    deploy.add_argument(
        "--bucket", help="your existing bucket of originals, for a new stage (default: a new one)"
    )
    deploy.add_argument("--alarm-email", help="the address that receives a new stage's alarms")
    deploy.add_argument("--destroy", action="store_true", help="delete the stage, not its data")
    deploy.add_argument(
        "--approve",
        default="broadening",
        choices=("broadening", "any-change", "never"),
        help="when to ask before deploying",
    )
    deploy.set_defaults(run=run, extra="deploy")


def run(options: argparse.Namespace) -> int:
    """Deploy, or destroy; return 1 if a step fails.

    Raises:
        ValueError: there is no such stage, or it cannot be deployed.

    """
    from infra.aws.commands import deploy
    from infra.aws.commands.certificates import find_certificate
    from infra.aws.stage_file import STAGE_FILE, add_stage_row
    from infra.aws.stages import STAGES

    settings = _read_settings(options)
    if settings:
        if options.stage in STAGES:
            message = f"{options.stage} is one of Calotype's own stages: choose another name"
            raise ValueError(message)
        if options.domain and not options.certificate:
            settings["certificate_arn"] = find_certificate(options.domain)
        add_stage_row(Path(STAGE_FILE), options.stage, settings)
        print(f"Wrote the stage {options.stage} to {STAGE_FILE}: keep that file, and change it.")
    destroy = ["--destroy"] if options.destroy else []
    return deploy.main([options.stage, "--approve", options.approve, *destroy])


def _read_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings of a stage that options name."""
    settings = {
        "region": options.region,
        "originals_bucket": options.bucket,
        "domain_names": options.domain,
        "certificate_arn": options.certificate,
        "alarm_email": options.alarm_email,
    }
    return {name: value for name, value in settings.items() if value}
