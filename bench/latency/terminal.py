"""What the terminal shows: a bar while a scenario runs, tables afterwards."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from bench.latency.comparison import Comparison, Row
from bench.latency.histogram import Histogram
from bench.latency.judgement import GRAVE
from bench.latency.result import PERCENTILES, Measured
from bench.latency.run import Progress as Step

_SHOWN_EVERY: Final = 0.2
_TOLD_EVERY: Final = 10.0  # seconds between two lines where there is no terminal
_WIDE: Final = 110


@contextmanager
def bar(name: str, console: Console) -> Iterator[Callable[[Step], None]]:
    """Show how far a run is, for as long as the block lasts."""
    if not console.is_terminal:
        yield _seldom(_TOLD_EVERY, lambda step: console.print(_line(name, step), highlight=False))
        return
    columns = (TextColumn(f"{escape(name):<12}"), BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=1.0)
        yield _seldom(
            _SHOWN_EVERY,
            lambda step: progress.update(task, completed=step.share, description=_doing(step)),
        )


def _seldom(seconds: float, show: Callable[[Step], None]) -> Callable[[Step], None]:
    """Return what shows a step now and then: showing each would slow the generator down."""
    last = time.monotonic() - (seconds if seconds < 1 else 0)

    def told(step: Step) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= seconds:
            last = now
            show(step)

    return told


def _line(name: str, step: Step) -> str:
    return f"{escape(name)}: {_doing(step)} ({step.share:.0%})"


def _doing(step: Step) -> str:
    failed = step.tally.errors.total()
    told = f"{step.doing}, {step.tally.answered:,} answers"
    return f"{told}, {failed:,} failures" if failed else told


def show(run: Measured, console: Console) -> None:
    """Print what a run has found."""
    tally = run.tally
    console.print(f"\n[bold]{escape(run.name)}[/]  {escape(run.load)}")
    console.print(f"{escape(run.description)}\n", style="dim", highlight=False)
    console.print(_latencies(run))
    if tally.stages:
        console.print(_table("Server-Timing", tally.stages))
    console.print(_counts(run), highlight=False)
    for check in run.checks:
        mark = "[green]held  [/]" if check.held else "[bold red]FAILED[/]"
        found = escape(f"{check.name}: {check.limit}; found {check.found}")
        console.print(f"{mark}  {found}", highlight=False)
    for doubt in run.doubts:
        style = "bold yellow" if doubt.startswith(GRAVE) else "dim"
        console.print(escape(doubt), style=style, highlight=False)


def _latencies(run: Measured) -> Table:
    tally = run.tally
    rows = {"all": tally.latency.whole} | dict(sorted(tally.tiers.items()))
    if tally.groups.seconds:
        rows = {"last of group": tally.groups.whole} | rows
    if tally.failed:
        rows["failed"] = tally.failed
    return _table("latency, ms", rows)


def _table(title: str, rows: dict[str, Histogram]) -> Table:
    table = Table(title, box=None, pad_edge=False)
    for heading in ("count", *(f"p{percent:g}" for percent in PERCENTILES), "max"):
        table.add_column(heading, justify="right")
    for name, histogram in rows.items():
        figures = [histogram.percentile(percent) for percent in PERCENTILES]
        cells = (_milliseconds(each) for each in (*figures, histogram.greatest))
        table.add_row(escape(name), f"{len(histogram):,}", *cells)
    return table


def _milliseconds(microseconds: int) -> str:
    if microseconds >= 100_000:
        return f"{microseconds / 1000:,.0f}"
    return f"{microseconds / 1000:.1f}" if microseconds >= 10_000 else f"{microseconds / 1000:.2f}"


def _counts(run: Measured) -> str:
    tally = run.tally
    formats = [
        f"{size.answers:,} {name} ({size.octets / max(1, size.answers) / 1000:.1f} KB each)"
        for name, size in sorted(tally.formats.items())
    ]
    errors = [f"{count:,} {name}" for name, count in tally.errors.most_common()]
    told = [", ".join(formats) or "no answers"]
    if errors:
        told.append(f"failures: {', '.join(errors)}")
    if tally.groups.seconds:
        told.append(f"{tally.renders:,} renders for {len(tally.groups.whole):,} groups")
    if tally.redirects:
        told.append(f"{tally.redirects:,} redirects followed")
    return escape("\n".join(told))


def show_comparison(comparison: Comparison, console: Console) -> None:
    """Print a row for each percentile that was compared."""
    table = Table("scenario", "", box=None, pad_edge=False)
    for heading in ("", "first ms", "second ms", "ratio", "95 % interval", ""):
        table.add_column(heading, justify="right" if heading else "left")
    for row in comparison.rows:
        table.add_row(
            escape(row.scenario),
            row.what,
            f"p{row.percent:g}",
            _milliseconds(row.before),
            _milliseconds(row.after),
            f"{row.ratio:.2f}",
            f"{row.low:.2f} to {row.high:.2f}",
            _verdict(row),
        )
    console.print(table)
    for doubt in comparison.doubts:
        console.print(escape(doubt), style="yellow", highlight=False)


def _verdict(row: Row) -> str:
    if row.doubt:
        return f"[dim]{row.doubt}[/]"
    return "[bold red]slower[/]" if row.ratio > 1 else "[bold green]faster[/]"


def console() -> Console:
    """Return the terminal; a pipe gets lines wide enough for the tables."""
    made = Console()
    return made if made.is_terminal else Console(width=_WIDE)
