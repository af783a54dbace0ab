"""Print to the terminal: a progress bar while a scenario runs, and tables afterwards."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar
from rich.table import Table

from bench.latency.checks import SERIOUS
from bench.latency.comparison import Comparison, Row
from bench.latency.result import PERCENTILES, Figures, RunResult
from bench.latency.run import Progress

_WIDTH: Final = 110


@contextmanager
def show_progress(name: str, console: Console) -> Iterator[Callable[[Progress], None]]:
    """Yield a function that shows the progress of a run, on a terminal."""
    columns = (TextColumn(f"{escape(name):<12}"), BarColumn(), TextColumn("{task.description}"))
    # Not on *console* itself, which records what is printed for HTML.
    screen = Console(file=console.file, force_terminal=console.is_terminal)
    with Bar(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda now: bar.update(task, completed=now.share, description=_describe(now))


def _describe(progress: Progress) -> str:
    failures = len(progress.tally.failed)
    text = f"{progress.phase}, {progress.tally.answered:,} answers"
    return f"{text}, {failures:,} failures" if failures else text


def show(run: RunResult, console: Console) -> None:
    """Print the result of a run."""
    console.print(f"\n[bold]{escape(run.name)}[/]  {escape(run.load)}")
    console.print(f"{escape(run.description)}\n", style="dim", highlight=False)
    rows = {"last of group": run.groups, "all": run.latency, **run.tiers, "failed": run.failed}
    console.print(_make_table("latency, ms", rows))
    if run.stages:
        console.print(_make_table("Server-Timing", run.stages))
    console.print(_describe_counts(run), highlight=False)
    for check in run.checks:
        mark = "[green]passed[/]" if check.passed else "[bold red]FAILED[/]"
        text = escape(f"{check.name}: {check.limit}; measured {check.measured}")
        console.print(f"{mark}  {text}", highlight=False)
    for warning in run.warnings:
        style = "bold yellow" if warning.startswith(SERIOUS) else "dim"
        console.print(escape(warning), style=style, highlight=False)


def _make_table(title: str, rows: dict[str, Figures]) -> Table:
    table = Table(title, box=None, pad_edge=False)
    for heading in ("count", *(f"p{percent:g}" for percent in PERCENTILES), "max"):
        table.add_column(heading, justify="right")
    for name, figures in rows.items():
        if figures.count or name == "all":
            values = (*figures.percentiles_ms.values(), figures.max_ms)
            table.add_row(escape(name), f"{figures.count:,}", *map(_format_milliseconds, values))
    return table


def _format_milliseconds(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _describe_counts(run: RunResult) -> str:
    formats = [
        f"{size.answers:,} {name} ({size.bytes / max(1, size.answers) / 1000:.1f} KB each)"
        for name, size in run.formats.items()
    ]
    lines = [", ".join(formats) or "no answers"]
    if run.errors:
        errors = (f"{count:,} {name}" for name, count in run.errors.items())
        lines.append(f"failures: {', '.join(errors)}")
    if run.groups.count:
        lines.append(f"{run.counts['renders']:,} renders for {run.groups.count:,} groups")
    if run.counts["redirects"]:
        lines.append(f"{run.counts['redirects']:,} redirects followed")
    return escape("\n".join(lines))


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
            _format_milliseconds(row.before / 1000),
            _format_milliseconds(row.after / 1000),
            f"{row.ratio:.2f}",
            f"{row.low:.2f} to {row.high:.2f}",
            _format_verdict(row),
        )
    console.print(table)
    for warning in comparison.warnings:
        console.print(escape(warning), style="yellow", highlight=False)


def _format_verdict(row: Row) -> str:
    if row.inconclusive:
        return f"[dim]{row.inconclusive}[/]"
    return "[bold red]slower[/]" if row.ratio > 1 else "[bold green]faster[/]"


def make_console() -> Console:
    """Return the terminal, which also records for HTML; a pipe gets lines for whole tables."""
    width = None if Console().is_terminal else _WIDTH
    return Console(width=width, record=True)
