"""`calotype completion`: print what makes a shell complete commands and options."""

import argparse
from functools import partial
from typing import Any, Final

from infra.commands.arguments import format_examples

_SHELLS: Final = ("bash", "zsh", "tcsh")


def add_to(commands: Any, parser: argparse.ArgumentParser) -> None:
    """Declare the command; *parser* is that of all commands."""
    completion = commands.add_parser(
        "completion",
        help="print the completion of commands and options for a shell",
        description="Print a script that makes a shell complete commands, options and their values "
        "when you press Tab. docs/local.md says which file to write it to.",
        epilog=format_examples(
            "calotype completion bash",
            "calotype completion zsh",
        ),
    )
    completion.add_argument("shell", choices=_SHELLS, help="the shell")
    completion.set_defaults(run=partial(_run, parser), extra="serve")


def _run(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    """Print the script of a shell."""
    import shtab

    print(shtab.complete(parser, options.shell))
    return 0
