"""`calotype ingest`: ingest the originals of a bucket that was filled before deployment."""

import argparse
import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from typing import Any, Final

from infra.commands import open_ingest
from infra.commands.arguments import format_examples
from infra.commands.backfill import Tally, backfill
from infra.terminal import make_printable
from origin_lambda.originals.catalog import find_record
from origin_lambda.originals.ingest import Ingest

_REPORT_SECONDS: Final = 10.0  # between two lines without a terminal
_MIN_SECONDS: Final = 0.1  # of a rate: the first originals say little about it
_INTERRUPTED: Final = 130  # the exit code of shells after Ctrl-C


def add_to(commands: Any) -> None:
    """Declare the command."""
    ingest = commands.add_parser(
        "ingest",
        help="analyse originals that are already in the bucket, and make their mips",
        description="Ingest originals. Those that have been ingested are skipped.",
        epilog=format_examples(
            "calotype ingest --all",
            "calotype ingest --all --prefix cats/ --workers 2",
            "calotype ingest cats/tom.jpg cats/tim.jpg --again",
        ),
    )
    ingest.add_argument(
        "keys", nargs="*", metavar="KEY", help="the originals' keys; not with --all"
    )
    ingest.add_argument(
        "--all", action="store_true", help="every original of the bucket and of the catalog"
    )
    ingest.add_argument(
        "--prefix", default="", metavar="TEXT", help="with --all: only keys that begin with it"
    )
    ingest.add_argument(
        "--again", action="store_true", help="include originals that have been ingested"
    )
    ingest.add_argument(
        "--workers",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="the number of originals that are ingested at a time",
    )
    ingest.add_argument("--json", action="store_true", help="print the summary as JSON")
    ingest.set_defaults(run=run, extra="serve")


def run(options: argparse.Namespace) -> int:
    """Ingest; return 1 if some originals failed.

    Raises:
        ValueError: the arguments contradict each other.

    """
    _check_options(options)
    ingest = open_ingest()
    keys = list(dict.fromkeys(options.keys)) or _list_keys(ingest, options.prefix)
    with _show_progress(len(keys)) as report:
        tally = backfill(partial(ingest.ingest, again=options.again), keys, options.workers, report)
    if not options.all:
        tally.failed |= dict.fromkeys(tally.gone, "there is no original of this key")
        tally.gone.clear()
    return _print_summary(tally, as_json=options.json)


def _check_options(options: argparse.Namespace) -> None:
    if options.all == bool(options.keys):
        message = "name the keys to ingest, or use --all"
    elif options.prefix and not options.all:
        message = "--prefix goes with --all"
    elif options.workers < 1:
        message = "--workers accepts a whole number from 1"
    else:
        return
    raise ValueError(message)


def _list_keys(ingest: Ingest, prefix: str) -> list[str]:
    """Return all keys of originals, so that the progress is known; skip what is no original.

    Keys that only the catalog has, not as deleted, are included: their deletion went unnoticed.
    A million keys take about 100 MB, and 1,000 requests to S3.
    """
    print("Listing the originals", file=sys.stderr)
    keys = dict.fromkeys(ingest.originals.keys(prefix, deep=True))
    keys |= dict.fromkeys(
        key
        for key in ingest.catalog.keys(prefix)
        if key not in keys and (record := find_record(ingest.catalog, key)) and not record.is_gone
    )
    return [key for key in keys if ingest.is_original(key)]


@contextmanager
def _show_progress(total: int) -> Iterator[Callable[[Tally], None]]:
    """Show a progress bar, or print a line every 10 seconds without a terminal or rich."""
    began = time.monotonic()

    def describe(tally: Tally) -> str:
        rate = tally.done / max(time.monotonic() - began, _MIN_SECONDS)
        return f"{tally}, {rate:.1f} a second"

    if not sys.stderr.isatty() or find_spec("rich") is None:
        yield _print_regularly(describe)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(str(Tally(total)), total=total)
        yield lambda tally: progress.update(task, completed=tally.done, description=describe(tally))


def _print_regularly(describe: Callable[[Tally], str]) -> Callable[[Tally], None]:
    last = time.monotonic()

    def report(tally: Tally) -> None:
        nonlocal last
        if time.monotonic() - last >= _REPORT_SECONDS:
            last = time.monotonic()
            print(describe(tally), file=sys.stderr, flush=True)

    return report


def _print_summary(tally: Tally, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(dataclasses.asdict(tally), indent=2, ensure_ascii=False))
    else:
        for key, reason in sorted(tally.rejected.items()):
            print(f"rejected  {make_printable(key)}  {reason}")
        for key, error in sorted(tally.failed.items()):
            print(f"failed    {make_printable(key)}  {make_printable(error)}")
        print(tally)
    if tally.is_stopped:
        print("Stopped. The same command continues from here.", file=sys.stderr)
        return _INTERRUPTED
    return 1 if tally.failed else 0
