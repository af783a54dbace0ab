"""Compare renders from mips with renders from originals.

Both are made as the product makes them, without the fetch: an original is probed, planned and
rendered; a mip is planned with the facts from ingest and rendered. Times are processor time, which
other programs on the machine do not change.

Scores are SSIMULACRA2 at `q=100`: against the render from the original, which is shrunk while it
is decoded, and against the render from the original decoded completely. An encoder loses something
even at `q=100`, so the second table has PNG.

    python -m bench.mips FOLDER [--most 6]
"""

import itertools
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest import mock

from bench.corpus import find_photographs
from bench.engine import render
from bench.judge import score
from bench.peers.ours import Ingested, ingest, render_from_mip
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.image.analysis.analyse import Analyser
from origin_lambda.image.plan import Plan, plan
from origin_lambda.image.probe import Limits
from origin_lambda.image.source import SHRINKS
from origin_lambda.url.grammar import parse

WIDTHS: Final = (400, 800)
FORMATS: Final = ("jpg", "webp")
ROUNDS: Final = 15
INGESTS: Final = 3

_ANALYSER: Final = Analyser(PillowCodec(), PillowMeasurer(), sanitise, Limits())


@dataclass(frozen=True, slots=True)
class Original:
    """A photograph with its facts and mips, and the *milliseconds* that ingest took."""

    name: str
    data: bytes
    ingested: Ingested
    milliseconds: float

    def make_plan(self, query: str) -> Plan:
        """Return the plan of a derivative, from a mip if one serves."""
        transform = parse("/original", query).transform
        return plan(transform, self.ingested.facts, Limits(), tuple(self.ingested.mips))

    def from_mip(self, query: str) -> bytes:
        """Return the derivative, made from a mip."""
        return render_from_mip(self.data, self.ingested, query).body

    def from_original(self, query: str) -> bytes:
        """Return the derivative, made from the original."""
        return render(self.data, query).body

    def from_whole(self, query: str) -> bytes:
        """Return the derivative, made from the original without shrinking while decoding."""
        with mock.patch.dict(SHRINKS, clear=True):
            return self.from_original(query)


def read(path: Path) -> Original:
    """Analyse a photograph, and make its mips."""
    data = path.read_bytes()
    spent = statistics.median(time_call(_ANALYSER.analyse, data) for _ in range(INGESTS))
    return Original(path.name, data, ingest(str(path)), spent)


def time_call(call: Callable[[Any], object], given: object) -> float:
    """Return the processor milliseconds of a call."""
    began = time.process_time()
    call(given)
    return 1000 * (time.process_time() - began)


def print_times(original: Original) -> None:
    """Print the medians of alternating renders, after one of each to warm up."""
    for width, output in itertools.product(WIDTHS, FORMATS):
        query = f"w={width}&fm={output}"
        planned = original.make_plan(query)
        name = f"| {original.name} | {width} | {output} |"
        if planned.mip is None:
            print(f"{name} | | | no mip | | |", flush=True)
            continue
        ways = (original.from_original, original.from_mip)
        best = [way(f"{query}&q=100") for way in (*ways, original.from_whole)]
        scores = [f"{score(reference, best[1]):.1f}" for reference in (best[0], best[2])]
        rounds = [[time_call(way, query) for way in ways] for _ in range(ROUNDS)]
        whole, mip = (statistics.median(spent) for spent in zip(*rounds, strict=True))
        print(
            f"{name} {whole:.1f} | {mip:.1f} | 1/{whole / mip:.1f} | {planned.mip.side} "
            f"| {' | '.join(scores)} |",
            flush=True,
        )


def print_scores(original: Original) -> None:
    """Print the scores of original and mip against the original decoded completely."""
    for width in WIDTHS:
        query = f"w={width}&fm=png"
        if original.make_plan(query).mip is None:
            continue
        reference = original.from_whole(query)
        ways = (original.from_original, original.from_mip)
        scores = " | ".join(f"{score(reference, way(query)):.1f}" for way in ways)
        print(f"| {original.name} | {width} | {scores} |", flush=True)


def main() -> None:
    """Print three tables in Markdown."""
    originals = [
        original for path in find_photographs(__doc__) if (original := read(path)).ingested.mips
    ]
    head = "original | px | format | from original ms | from mip ms | ratio | mip"
    print(f"| {head} | score to original | to whole |\n|{'---|' * 9}")
    for original in originals:
        print_times(original)
    print("\n| original | px | from original | from mip |\n|---|---|---|---|")
    for original in originals:
        print_scores(original)
    print("\n| original | KB | analysis and mips ms | mips KB |\n|---|---|---|---|")
    for original in originals:
        sizes = ", ".join(f"{mip.side}: {mip.bytes / 1000:.0f}" for mip in original.ingested.mips)
        size = len(original.data) / 1000
        print(f"| {original.name} | {size:.0f} | {original.milliseconds:.0f} | {sizes} |")


if __name__ == "__main__":
    main()
