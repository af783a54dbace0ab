"""`calotype ingest`: brings the catalog up to date with a bucket that was filled before."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from infra.commands import opened
from infra.commands.arguments import examples
from infra.commands.backfill import Tally, backfill
from infra.terminal import in_a_line
from origin_lambda.originals.catalog import find_record
from origin_lambda.originals.ingest import Ingest
from origin_lambda.url.keys import is_original_key

_TELL_SECONDS: Final = 10.0  # between two lines where there is no terminal
_STOPPED: Final = 130  # what shells answer for Ctrl-C


def add_to(commands: Any) -> None:
    """Declare the command."""
    ingest = commands.add_parser(
        "ingest",
        help="analyse originals that are in the bucket already, and make their mips",
        description="Ingest originals. Those that have been ingested are skipped.",
        epilog=examples(
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
    ingest.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Ingest; return 1 where some originals failed.

    Raises:
        ValueError: the arguments contradict each other.

    """
    _insist(asked)
    ingest = opened()
    keys = list(dict.fromkeys(asked.keys)) or _listed(ingest, asked.prefix)
    with _progress(len(keys)) as told:
        tally = backfill(partial(ingest.ingest, again=asked.again), keys, asked.workers, told)
    if not asked.all:
        tally.failed |= dict.fromkeys(tally.gone, "there is no original of this key")
        tally.gone.clear()
    return _summary(tally)


def _insist(asked: argparse.Namespace) -> None:
    if asked.all == bool(asked.keys):
        message = "name the keys to ingest, or use --all"
    elif asked.prefix and not asked.all:
        message = "--prefix goes with --all"
    elif asked.workers < 1:
        message = "--workers accepts a whole number from 1"
    else:
        return
    raise ValueError(message)


def _listed(ingest: Ingest, prefix: str) -> list[str]:
    """Return all keys, so that it can be said how many are left; folders' markers are no originals.

    Those come as well that only the catalog has, though not as deleted: nobody heard of that. A
    million keys are about 100 MB, and 1,000 requests of S3.
    """
    print("Listing the originals", file=sys.stderr)
    keys = dict.fromkeys(ingest.originals.keys(prefix, deep=True))
    keys |= dict.fromkeys(
        key
        for key in ingest.catalog.keys(prefix)
        if key not in keys and (item := find_record(ingest.catalog, key)) and not item.is_gone
    )
    return [key for key in keys if is_original_key(key)]


@contextmanager
def _progress(total: int) -> Iterator[Callable[[Tally], None]]:
    """Show a bar, or a line now and then where nobody would see one move."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(str(Tally(total)), total=total)
        yield lambda tally: progress.update(task, completed=tally.done, description=str(tally))


def _lines() -> Callable[[Tally], None]:
    last = time.monotonic()

    def told(tally: Tally) -> None:
        nonlocal last
        if time.monotonic() - last >= _TELL_SECONDS:
            last = time.monotonic()
            print(tally, file=sys.stderr, flush=True)

    return told


def _summary(tally: Tally) -> int:
    for key, reason in sorted(tally.rejected.items()):
        print(f"rejected  {in_a_line(key)}  {reason}")
    for key, error in sorted(tally.failed.items()):
        print(f"failed    {in_a_line(key)}  {in_a_line(error)}")
    print(tally)
    if tally.is_stopped:
        print("Stopped. The same command goes on from here.", file=sys.stderr)
        return _STOPPED
    return 1 if tally.failed else 0
