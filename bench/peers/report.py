"""The result of a run, as one value and as Markdown tables."""

import dataclasses
import json
import os
import platform
import re
import shlex
import statistics
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.peers.best_settings import BestSetting
from bench.peers.contestants import CANDIDATES, FORMATS
from bench.peers.headline import Headline
from bench.peers.looks import Look
from bench.peers.matrix import Row
from bench.peers.memory import Memory
from bench.peers.peer import Peer, pinning

_WORST: Final = 12


@dataclass(slots=True)
class Report:
    """All measurements of a run; parts that were left out are empty."""

    facts: dict[str, str]
    headlines: Sequence[Headline] = ()
    settings: Sequence[BestSetting] = ()
    rows: Sequence[Row] = ()
    pixels: Sequence[Look] = ()
    costs: Sequence[Look] = ()
    memories: Sequence[Memory] = ()

    def json(self) -> str:
        """Return everything, with the ratios of the rows."""
        content = dataclasses.asdict(self)
        for row, each in zip(self.rows, content["rows"], strict=True):
            each |= {"after_ratio": row.after_ratio, "before_ratio": row.before_ratio}
        return json.dumps(content, indent=1)

    def markdown(self) -> str:
        """Return the tables for docs/performance.md."""
        return "\n\n".join(f"### {title}\n\n{body}" for title, body in _sections(self) if body)


def describe_run(peers: Mapping[str, Peer], command: str) -> dict[str, str]:
    """Return the machine, the versions, how each peer is fed, and the command."""
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    node = subprocess.run(["node", "--version"], check=True, stdout=subprocess.PIPE, text=True)
    facts = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "Python": platform.python_version(),
        "Node": node.stdout.strip().removeprefix("v"),
        "pinned": shlex.join(pinning()) or "not at all",
        "times": "processor milliseconds, medians of alternating renders",
    }
    facts |= {name: f"{peer.version}; {peer.fed}" for name, peer in peers.items()}
    return facts | {"command": command}


def _sections(report: Report) -> Iterator[tuple[str, str]]:
    rows = report.rows
    yield (
        "What was measured on",
        "\n".join(f"- {name}: {text}" for name, text in report.facts.items()),
    )
    yield "The largest photograph, after ingest, against sharp's defaults", _headlines(report)
    yield "Each peer's best setting", _settings(report)
    yield "Our time to the fastest peer's, geometric means", _ratios_by(rows, "format")
    yield "By kind of original", _ratios_by(rows, "kind")
    yield "By width and format", _ratios_by(rows, "width", "format")
    yield "Worst rows after ingest", _worst(rows, lambda row: row.after_ratio)
    yield "Worst rows before ingest", _worst(rows, lambda row: row.before_ratio)
    yield "Effects against sharp's: mean differences, of 255", _looks(report.pixels)
    yield "Effects against sharp's: milliseconds of 1200x800 pixels", _looks(report.costs)
    yield "Memory of one render, megabytes", _memories(report)


def make_table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a Markdown table; without rows, an empty text."""
    lines = [[_format(value) for value in row] for row in rows]
    if not lines:
        return ""
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *lines))


def _format(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _one(value: float | None) -> str:
    """Return a number with one decimal."""
    return "" if value is None else f"{value:.1f}"


def _headlines(report: Report) -> str:
    head = ("format", "ours ms", "sharp ms", "ratio", "score", "sharp's", "KB", "sharp's KB")
    rows = [
        (
            each.format,
            *map(_one, (each.ours, each.sharp)),
            f"1/{1 / each.ratio:.1f}",
            *map(_one, (each.our_rating.score, each.sharp_rating.score)),
            *map(_one, (each.our_rating.bytes / 1000, each.sharp_rating.bytes / 1000)),
        )
        for each in report.headlines
    ]
    return make_table(head, rows)


def _settings(report: Report) -> str:
    head = (
        *("peer", "format", "settings", "quality", "our score", "most lost by mips"),
        *("its lead", "its worst shortfall"),
    )
    rows = [
        (
            *(best.peer, best.format, best.candidate, best.number),
            *map(_one, (best.ours, best.lost, best.ahead, best.behind)),
        )
        for best in report.settings
    ]
    matched = {(best.peer, best.format) for best in report.settings}
    unmatched = [
        f"{peer} has no setting that looks as good as our {output}."
        for peer in CANDIDATES
        for output in FORMATS
        if peer in report.facts and rows and (peer, output) not in matched
    ]
    return "\n\n".join(filter(None, (make_table(head, rows), *unmatched)))


def _ratios_by(rows: Sequence[Row], *names: str) -> str:
    """Return the mean and worst ratios to the fastest peer, grouped by some fields of the rows."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row.fastest:
            groups.setdefault(" ".join(str(getattr(row, each)) for each in names), []).append(row)
    if len(groups) > 1 and names == ("format",):
        groups["all"] = [row for group in groups.values() for row in group]
    head = (
        " ".join(names),
        "number",
        "after",
        "worst after",
        "before",
        "worst before",
        "bytes",
        "mips",
    )
    return make_table(head, [(name, *_ratios(group)) for name, group in groups.items()])


def _ratios(rows: Sequence[Row]) -> Iterator[float]:
    yield len(rows)
    for ratios in ([row.after_ratio for row in rows], [row.before_ratio for row in rows]):
        known = [ratio for ratio in ratios if ratio is not None]
        yield statistics.geometric_mean(known)
        yield max(known)
    yield statistics.geometric_mean(
        row.bytes["after"] / row.bytes[row.fastest] for row in rows if row.fastest
    )
    yield sum(row.mip is not None for row in rows)


def _worst(rows: Sequence[Row], ratio: Callable[[Row], float | None]) -> str:
    head = (
        *("original", "px", "format", "mip", "after ms", "before ms", "fastest", "its ms"),
        *("after", "before", "KB", "its KB"),
    )
    ranked = sorted(rows, key=lambda row: ratio(row) or 0.0, reverse=True)
    return make_table(head, [_row(row) for row in ranked[:_WORST]])


def _row(row: Row) -> Sequence[Any]:
    peer = row.fastest
    return (
        *(row.original, row.width, row.format, row.mip, _one(row.after), _one(row.before), peer),
        _one(row.peers[peer]) if peer else "",
        *(row.after_ratio, row.before_ratio, _one(row.bytes["after"] / 1000)),
        _one(row.bytes[peer] / 1000) if peer else "",
    )


def _looks(looks: Sequence[Look]) -> str:
    names = looks[0].figures if looks else ()
    rows = [(each.query, each.sharp, *each.figures.values(), each.reason) for each in looks]
    return make_table(("ours", "sharp", *names, "why"), rows)


def _memories(report: Report) -> str:
    by_peer: dict[str, list[Memory]] = {}
    for memory in report.memories:
        by_peer.setdefault(memory.peer, []).append(memory)
    originals = dict.fromkeys(memory.original for memory in report.memories)
    rows = [
        (
            *(peer, f"{memories[0].ready:.0f}"),
            *("refused" if each.most is None else f"{each.most:.0f}" for each in memories),
        )
        for peer, memories in by_peer.items()
    ]
    return make_table(("peer", "before", *originals), rows)
