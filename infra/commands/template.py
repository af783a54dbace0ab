"""`calotype template`: write a CloudFormation template that anyone can launch."""

import argparse
from typing import Any

from infra.commands.arguments import format_examples


def add_to(commands: Any) -> None:
    """Declare the command; `infra.aws.commands.template` parses its arguments."""
    template = commands.add_parser(
        "template",
        help="write a CloudFormation template that anyone can launch",
        description="Write a CloudFormation template and its zips into build/template, to be "
        "launched from your own bucket: docs/deploy.md. Needs node and Python 3.13.",
        epilog=format_examples(
            "calotype template",
            "calotype template --bucket my-bucket --prefix calotype/ --region eu-west-1",
        ),
        add_help=False,
        prefix_chars="\0",  # so that options are passed on
    )
    template.add_argument("arguments", nargs="*", help="see calotype template --help")
    template.set_defaults(run=run, extra="deploy")


def run(options: argparse.Namespace) -> int:
    """Write the template; return 1 if a function cannot be packaged."""
    from infra.aws.commands import template

    return template.main(options.arguments)
