"""The tables of a report, ready for docs/performance.md."""

import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from bench.peers.bars import bars
from bench.peers.contestants import CANDIDATES, FORMATS
from bench.peers.matrix import Row
from bench.peers.report import Report, one, sections, table
from bench.sharp import geometric_mean

_WORST: Final = 12
_STAGES: Final = ("decode", "resize", "steps", "encode")


def markdown(report: Report) -> str:
    """Return everything that was measured."""
    return sections(_parts(report))


def _parts(report: Report) -> Iterator[tuple[str, str]]:
    yield "What was measured on", _facts(report)
    yield "Bars", bars(report)
    yield (
        "The largest photograph at 800 pixels, after ingest, against sharp as it comes",
        _heads(report),
    )
    yield "Each peer's best setting", _matches(report)
    yield "Our time to the fastest peer's, geometric means", _means(report.rows)
    yield "By kind of original", _by(report.rows, lambda row: row.kind)
    yield "By width and format", _by(report.rows, lambda row: f"{row.width} {row.format}")
    yield "Who is fastest", _fastest(report.rows)
    yield "Where our time goes, medians in milliseconds", _stages(report.rows)
    yield "Worst rows after ingest", _worst(report.rows, lambda row: row.after_ratio)
    yield "Worst rows before ingest", _worst(report.rows, lambda row: row.before_ratio)
    yield "Kilobytes at an equal score", _weights(report)
    yield "Automatic quality against one q with the same worst score", _automatics(report)
    yield "Memory of one render, megabytes", _memories(report)
    yield "Every row", _rows(report.rows)


def _facts(report: Report) -> str:
    lines = [f"- {name}: {told}" for name, told in report.facts.items()]
    lines.append(f"- times: {report.clock} milliseconds, medians of alternating renders")
    if report.empty_request is not None:
        lines.append(f"- a request of thumbor that renders nothing: {report.empty_request:.1f} ms")
    return "\n".join(lines)


def _heads(report: Report) -> str:
    head = ("format", "ours ms", "sharp ms", "ratio", "score", "sharp's", "KB", "sharp's KB")
    rows = [
        (
            each.format,
            one(each.ours),
            one(each.sharp),
            f"1/{1 / each.ratio:.1f}",
            one(each.our_score),
            one(each.sharp_score),
            one(each.our_bytes / 1000),
            one(each.sharp_bytes / 1000),
        )
        for each in report.headlines
    ]
    return table(head, rows) if rows else ""


def _matches(report: Report) -> str:
    head = (
        *("peer", "format", "settings", "quality", "our score", "from mips, at worst less"),
        *("its score, more", "its, at worst less"),
    )
    rows = [
        (
            match.peer,
            match.format,
            match.candidate,
            match.number,
            one(match.ours),
            one(match.lost),
            one(match.ahead),
            one(match.behind),
        )
        for match in report.matches
    ]
    lacking = [
        f"{peer} has no setting that looks like our {output}."
        for peer in CANDIDATES
        for output in FORMATS
        if (peer, output) not in {(match.peer, match.format) for match in report.matches}
    ]
    return "\n\n".join([table(head, rows), *lacking]) if rows else ""


def _means(rows: Sequence[Row]) -> str:
    groups = [(str(output), [row for row in rows if row.format is output]) for output in FORMATS]
    return _ratios("format", [*groups, ("all", list(rows))])


def _by(rows: Sequence[Row], key: Callable[[Row], str]) -> str:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return _ratios("rows", list(groups.items()))


def _ratios(name: str, groups: Sequence[tuple[str, list[Row]]]) -> str:
    head = (name, "number", "after", "worst after", "before", "worst before", "from a mip")
    lines = []
    for told, rows in groups:
        after = _known(row.after_ratio for row in rows)
        before = _known(row.before_ratio for row in rows)
        if after:
            mips = sum(row.mip is not None for row in rows)
            means = geometric_mean(after), max(after), geometric_mean(before), max(before)
            lines.append((told, len(after), *means, mips))
    return table(head, lines) if lines else ""


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _fastest(rows: Sequence[Row]) -> str:
    names = sorted({row.fastest for row in rows if row.fastest})
    lines = [
        (
            output,
            *(sum(row.fastest == name and row.format is output for row in rows) for name in names),
        )
        for output in FORMATS
    ]
    return table(("format", *names), lines) if names else ""


def _stages(rows: Sequence[Row]) -> str:
    head = ("ingest", "width", "format", "all", *_STAGES, "else", "fastest peer")
    lines = []
    for ingest in ("after", "before"):
        for width in sorted({row.width for row in rows}):
            for output in FORMATS:
                chosen = [row for row in rows if (row.width, row.format) == (width, output)]
                if chosen:
                    lines.append((ingest, width, output, *_spent(chosen, ingest)))
    return table(head, lines) if rows else ""


def _spent(rows: Sequence[Row], ingest: str) -> list[str]:
    times = [row.after if ingest == "after" else row.before for row in rows]
    stages = [row.after_stages if ingest == "after" else row.before_stages for row in rows]
    medians = [statistics.median(each.get(name, 0.0) for each in stages) for name in _STAGES]
    rest = statistics.median(
        max(0.0, time - sum(each.values())) for time, each in zip(times, stages, strict=True)
    )
    peers = _known(row.peers[row.fastest] if row.fastest else None for row in rows)
    peer = statistics.median(peers) if peers else None
    return [one(value) for value in (statistics.median(times), *medians, rest, peer)]


_ROW_HEAD: Final = (
    *("original", "px", "format", "mip", "after ms", "before ms", "fastest", "its ms"),
    *("after", "before", "KB", "its KB"),
)


def _worst(rows: Sequence[Row], ratio: Callable[[Row], float | None]) -> str:
    ranked = sorted(rows, key=lambda row: ratio(row) or 0.0, reverse=True)
    return table(_ROW_HEAD, [_row(row) for row in ranked[:_WORST]]) if rows else ""


def _rows(rows: Sequence[Row]) -> str:
    return table(_ROW_HEAD, [_row(row) for row in rows]) if rows else ""


def _row(row: Row) -> tuple[object, ...]:
    peer = row.fastest
    return (
        row.original,
        row.width,
        row.format,
        row.mip,
        one(row.after),
        one(row.before),
        peer,
        one(row.peers[peer]) if peer else "",
        row.after_ratio,
        row.before_ratio,
        one(row.bytes["after"] / 1000),
        one(row.bytes[peer] / 1000) if peer else "",
    )


def _weights(report: Report) -> str:
    head = ("original", "px", "score", "our avif", "sharp avif", "sharp webp", "ratio", "to webp")
    lines = [
        (
            weight.original,
            weight.width,
            weight.score,
            *(one(size / 1000 if size else None) for size in weight.bytes.values()),
            weight.ratio("sharp avif"),
            weight.ratio("sharp webp"),
        )
        for weight in report.weights
    ]
    return table(head, lines) if lines else ""


def _automatics(report: Report) -> str:
    head = ("format", "worst score", "median", "fixed q", "its median", "bytes, ours to its")
    rows = [
        (
            each.format,
            one(each.worst),
            one(each.median),
            f"{each.fixed:.0f}",
            one(each.fixed_median),
            each.ratio,
        )
        for each in report.automatics
    ]
    return table(head, rows) if rows else ""


def _memories(report: Report) -> str:
    found = {(each.peer, each.original): each for each in report.memories}
    originals = list(dict.fromkeys(each.original for each in report.memories))
    lines = []
    for peer in dict.fromkeys(each.peer for each in report.memories):
        most = [_megabytes(found[peer, original].most) for original in originals]
        lines.append((peer, _megabytes(found[peer, originals[0]].ready), *most))
    return table(("peer", "before", *originals), lines) if lines else ""


def _megabytes(value: float | None) -> str:
    return "refused" if value is None else f"{value:.0f}"
