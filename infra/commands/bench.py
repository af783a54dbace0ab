"""`calotype bench`: pass the arguments to `bench.latency`, which only a checkout contains."""

import argparse
import importlib
from typing import Any, Final

from infra.commands.arguments import format_examples

_MODULE: Final = "bench.latency.__main__"
_LIBRARIES: Final = frozenset({"aiohttp", "msgspec", "rich"})


def add_to(commands: Any) -> None:
    """Declare the command; `bench.latency` parses its arguments, including `--help`."""
    bench = commands.add_parser(
        "bench",
        help="measure latencies under load, and compare two runs",
        description="Measure how long answers take under load: docs/benchmarking.md.",
        epilog=format_examples("calotype bench local", "calotype bench --help"),
        add_help=False,
        prefix_chars="\0",  # so that options are passed on like other arguments
    )
    bench.add_argument("arguments", nargs="*", help="see calotype bench --help")
    bench.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the benchmark; return its exit code.

    Raises:
        ValueError: the benchmark, or a library that it needs, is not installed.

    """
    try:
        benchmark = importlib.import_module(_MODULE)
    except ModuleNotFoundError as error:
        if error.name in _LIBRARIES:
            message = f"{error.name} is missing: make .venv/ready, or pip install '.[latency]'"
        elif error.name and _MODULE.startswith(error.name):
            message = (
                "calotype bench runs from a checkout of the repository: clone it, "
                "run make .venv/ready, and use .venv/bin/calotype bench"
            )
        else:
            raise
        raise ValueError(message) from error
    code: int = benchmark.main(options.arguments)
    return code
