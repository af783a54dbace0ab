"""The `calotype` command line: serve, build URLs, render, ingest, deploy, measure, price."""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from infra.commands import (
    bench,
    completion,
    cost,
    deploy,
    docs,
    ingest,
    originals,
    render,
    serve,
    template,
    traffic,
    urls,
)
from infra.commands.arguments import CommandParser, format_examples
from infra.terminal import discard_output
from origin_lambda.errors import CalotypeError
from origin_lambda.settings import BadSetting

_INTERRUPTED: Final = 130
"""The exit code of shells after Ctrl-C."""
_OWN_PACKAGES: Final = ("bench", "edge", "infra", "origin_lambda")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 2 if it is refused, or if the cloud fails.

    Raises:
        SystemExit: after the help, or if the parser refuses the arguments.

    """
    parser = build_parser()
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["help"]:  # `calotype help`, `calotype help originals set`
        given = [*given[1:], "--help"]
    if not given:
        parser.print_help()
        return 0
    options = _parse(parser, given)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in _OWN_PACKAGES:
            raise
        message = f"{error.name} is missing; run: pip install {_name_extra(options)}"
    except CalotypeError as error:
        message = f"{error.message} ({error.detail})" if error.detail else error.message
    except BrokenPipeError:  # the reader has ended: `calotype originals list | head`
        discard_output()
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    except (BadSetting, ValueError) as error:
        message = str(error)
    else:
        return code
    return _print_error(message)


def _parse(parser: CommandParser, given: Sequence[str]) -> argparse.Namespace:
    """Parse arguments; a list may continue after an option, as in `url KEY --base URL w=640`.

    argparse alone would refuse `w=640` there.
    """
    options, rest = parser.parse_known_args(given)
    for name in ("parameters", "keys"):
        if isinstance(getattr(options, name, None), list) and not _has_option(rest):
            getattr(options, name).extend(rest)
            return options
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return options


def _has_option(words: Sequence[str]) -> bool:
    return any(word.startswith("-") for word in words)


def _name_extra(options: argparse.Namespace) -> str:
    """Return what pip has to install for a command."""
    extra = getattr(options, "extra", "")
    return f"'calotype[{extra}]'" if extra else "calotype"


def _print_error(message: str) -> int:
    print(f"calotype: {message}", file=sys.stderr)
    return 2


def build_parser() -> CommandParser:
    """Return the parser of all commands."""
    parser = CommandParser(
        prog="calotype",
        description="Calotype: any size, crop and format of your pictures is a URL.",
        epilog=format_examples(
            "calotype serve ~/Pictures",
            "calotype url cats/tom.jpg w=640 auto=format",
            "calotype render in.jpg out.webp 'w=400&h=300&fit=crop'",
            "calotype help COMMAND",
        ),
    )
    parser.add_argument(
        "--version", action="version", version=f"calotype {_version()}", help="print the version"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in (
        serve,
        urls,
        render,
        ingest,
        originals,
        traffic,
        deploy,
        template,
        bench,
        cost,
        docs,
    ):
        module.add_to(commands)
    completion.add_to(commands, parser)
    return parser


def _version() -> str:
    try:
        return version("calotype")
    except PackageNotFoundError:  # run from a folder, not installed
        return "unknown"


if __name__ == "__main__":
    sys.exit(main())
