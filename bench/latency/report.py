"""A result as one page of HTML that needs nothing else: no script, no style or picture from afar.

All that came from outside (names, headers' values, errors) is escaped, and a policy in the page
itself would stop whatever was missed.
"""

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.latency import plots
from bench.latency.histogram import Histogram
from bench.latency.judgement import GRAVE
from bench.latency.plots import Line
from bench.latency.result import PERCENTILES, Measured, Result
from bench.latency.tally import Series, Size

_MOST_NAME: Final = 60

_STYLE: Final = Path(__file__).parent / "report.css"

_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>{style}</style>
<h1>{title}</h1>
{facts}
{runs}
</html>
"""


def page(result: Result) -> str:
    """Return the page."""
    title = f"Latency of {_text(result.target.get('base', ''))}"
    facts = {"started": result.started, "seed": str(result.seed)} | dict(result.target)
    told = _facts({name: value for name, value in facts.items() if value})
    told += _facts(result.environment)
    runs = "\n".join(map(_section, result.runs)) or "<p>Nothing was measured.</p>"
    return _PAGE.format(
        title=title, style=_STYLE.read_text(encoding="utf-8"), facts=told, runs=runs
    )


def _text(text: str) -> str:
    return html.escape(text)


def _facts(facts: Mapping[str, str]) -> str:
    rows = (f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>" for name, value in facts.items())
    return f"<dl>{''.join(rows)}</dl>"


def _section(run: Measured) -> str:
    parts = [
        f"<h2>{_text(run.name)}</h2><p>{_text(run.description)}</p>",
        f'<p class="faint">{_text(run.load)}</p>',
        *_judged(run),
        _latencies(run),
        f'<div class="plots">{"".join(_plots(run))}</div>',
        _counts(run),
        f"<details><summary>The scenario</summary><pre>{_text(run.text)}</pre></details>",
    ]
    return "\n".join(parts)


def _judged(run: Measured) -> Iterator[str]:
    for doubt in run.doubts:
        manner = "grave" if doubt.startswith(GRAVE) else "faint"
        yield f'<p class="{manner}">{_text(doubt)}</p>'
    for check in run.checks:
        said = _text(f"{check.name}: {check.limit}; found {check.found}")
        yield f"<p>Held: {said}</p>" if check.held else f'<p class="failed">Failed: {said}</p>'


def _latencies(run: Measured) -> str:
    tally = run.tally
    rows: dict[str, Histogram] = {"all": tally.latency.whole}
    if tally.groups.seconds:
        rows = {"last of group": tally.groups.whole} | rows
    rows |= dict(sorted(tally.tiers.items()))
    rows |= {f"Server-Timing {name}": each for name, each in tally.stages.items()}
    for name, histogram in (("failed", tally.failed), ("begun late", tally.late)):
        if len(histogram):
            rows[name] = histogram
    head = ("latency, ms", "count", *(f"p{percent:g}" for percent in PERCENTILES), "max")
    return _table(head, (_row(name, histogram) for name, histogram in rows.items()))


def _row(name: str, histogram: Histogram) -> Sequence[str]:
    figures = [*map(histogram.percentile, PERCENTILES), histogram.greatest]
    return name, f"{len(histogram):,}", *(f"{figure / 1000:,.2f}" for figure in figures)


def _table(head: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{_text(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f'<div class="scroll"><table><tr>{top}</tr>{body}</table></div>'


def _plots(run: Measured) -> Iterator[str]:
    tally = run.tally
    curves = {"all": tally.latency.whole}
    if len(tally.tiers) > 1:
        curves |= dict(sorted(tally.tiers.items()))
    if tally.groups.seconds:
        curves = {"last of group": tally.groups.whole} | curves
    yield _plot("Latency by percentile", plots.percentile_curve(curves))
    shown = tally.groups if tally.groups.seconds else tally.latency
    yield _plot("Latency by second", plots.time_series(list(_lines(shown))))
    sizes = {
        name[:_MOST_NAME]: (float(size.octets), _size(size))
        for name, size in sorted(tally.formats.items())
    }
    yield _plot("Bytes by format", plots.bars(sizes))


def _size(size: Size) -> str:
    each = size.octets / max(1, size.answers) / 1e3
    return f"{size.octets / 1e6:,.2f} MB in {size.answers:,}, {each:,.1f} KB each"


def _lines(series: Series) -> Iterator[Line]:
    for percent in (50.0, 99.0):
        points = [
            (float(second), each.percentile(percent) / 1000)
            for second, each in sorted(series.seconds.items())
        ]
        yield Line(f"p{percent:g}", points)


def _plot(title: str, drawn: str) -> str:
    return f'<section class="plot"><h3>{title}</h3>{drawn}</section>' if drawn else ""


def _counts(run: Measured) -> str:
    tally = run.tally
    facts = {
        "asked": f"{tally.asked:,}",
        "answered": f"{tally.answered:,}",
        "failures": ", ".join(f"{count:,} {kind}" for kind, count in tally.errors.most_common()),
        "statuses": ", ".join(f"{count:,} x {name}" for name, count in tally.statuses.items()),
        "renders, for all groups": f"{tally.renders:,}" if tally.groups.seconds else "",
        "redirects followed": f"{tally.redirects:,}" if tally.redirects else "",
    }
    return _facts({name: value for name, value in facts.items() if value})
