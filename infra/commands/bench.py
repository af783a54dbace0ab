"""`calotype bench`: pass the arguments to `bench.latency`, which nothing else here imports."""

import argparse
import importlib
from typing import Any, Final

from infra.commands.arguments import format_examples

_MODULE: Final = "bench.latency.__main__"


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
    bench.set_defaults(run=run, extra="bench")


def run(options: argparse.Namespace) -> int:
    """Run the benchmark; return its exit code."""
    benchmark = importlib.import_module(_MODULE)
    code: int = benchmark.main(options.arguments)
    return code
