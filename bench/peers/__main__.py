"""Compare Calotype with other image servers, on one core of this machine, in one run.

    python -m bench.peers PHOTOGRAPHS [--against sharp] [--quick] [--json FILE]

PHOTOGRAPHS is a folder; docs/benchmarking.md says where to get one. Markdown goes to standard
output, progress to standard error. Originals are kept in .bench/ for the next run.
"""

import argparse
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.peers.best_settings import Cell, Search
from bench.peers.contestants import CANDIDATES, start_peers, starters
from bench.peers.headline import compare_defaults
from bench.peers.judge import Judge
from bench.peers.looks import compare_costs, compare_pixels
from bench.peers.matrix import Matrix
from bench.peers.memory import measure_memory
from bench.peers.originals import Original, collect_originals
from bench.peers.peer import Peer
from bench.peers.report import Report, describe_run

ORIGINALS: Final = Path(".bench/originals")
PARTS: Final = ("headline", "matrix", "looks", "memory")
_NEEDS_PYTHON: Final = ("pyvips", "thumbor")


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured; originals are given by their place in the list."""

    originals: Sequence[int]
    widths: Sequence[int]
    scored: Sequence[int]
    scored_widths: Sequence[int]
    seconds: float


# Scored are photographs of three formats and the screenshot.
FULL: Final = Extent(
    originals=range(23),
    widths=(200, 400, 800, 1200, 1600),
    scored=(0, 2, 3, 5, 7, 11, 14, 18),
    scored_widths=(400, 800),
    seconds=1.0,
)
SINGLE_TRY: Final = Extent(
    originals=(0, 3, 5, 11, 14, 17, 18),
    widths=(400, 1200),
    scored=(3, 7, 18),
    scored_widths=(400,),
    seconds=0.5,
)


def main() -> None:
    """Measure, and print the report."""
    asked = _parse_arguments()
    originals = collect_originals(asked.photographs, ORIGINALS)
    with ExitStack() as stack:
        peers = start_peers(stack, asked.against, asked.python, ORIGINALS)
        judge = stack.enter_context(Judge())
        run = Run(asked, SINGLE_TRY if asked.quick else FULL, originals, peers, judge)
        for part in asked.only:
            began = time.monotonic()
            run.measure(part)
            print(f"{part}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(run.report.markdown())
    if asked.json:
        asked.json.write_text(run.report.json())


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("photographs", type=Path, help="a folder of photographs")
    parser.add_argument("--against", choices=CANDIDATES, nargs="+", default=list(CANDIDATES))
    parser.add_argument("--quick", action="store_true", help="few originals, in a few minutes")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS, help="these parts only")
    parser.add_argument("--json", type=Path, help="write all numbers to this file")
    parser.add_argument(
        "--python",
        type=Path,
        default=Path(".venv/peers/bin/python"),
        help="of the environment with thumbor and pyvips",
    )
    asked = parser.parse_args()
    if not asked.photographs.is_dir():
        parser.error(f"there is no folder {asked.photographs}")
    if not asked.python.exists() and not set(asked.against).isdisjoint(_NEEDS_PYTHON):
        parser.error(f"there is no {asked.python}; run: make bench-peers")
    for part in {"headline", "looks"} & set(asked.only):
        if "sharp" not in asked.against:
            parser.error(f"{part} needs --against sharp")
    return asked


class Run:
    """One run of some parts of the comparison; fills in its report."""

    def __init__(
        self,
        asked: argparse.Namespace,
        extent: Extent,
        originals: Sequence[Original],
        peers: Mapping[str, Peer],
        judge: Judge,
    ) -> None:
        """Prepare the run; `measure` fills in the report."""
        self._asked, self._extent, self._originals = asked, extent, originals
        self._peers, self._judge = peers, judge
        command = f"python {shlex.join(sys.orig_argv[1:])}"
        self.report = Report(describe_run(peers, command))

    def measure(self, part: str) -> None:
        """Measure one of the parts."""
        report, peers, judge = self.report, self._peers, self._judge
        if part == "headline":
            report.headlines = compare_defaults(peers, judge, self._originals)
        elif part == "matrix":
            self._measure_matrix()
        elif part == "looks":
            report.pixels = compare_pixels(peers, ORIGINALS)
            report.costs = compare_costs(peers, self._originals[0], ORIGINALS)
        else:
            fresh = starters(self._asked.python, ORIGINALS)
            report.memories = measure_memory({name: fresh[name] for name in peers}, ORIGINALS)

    def _measure_matrix(self) -> None:
        cells = self._scored_cells()
        self.report.settings = Search(self._peers, self._judge, cells).find()
        print("found each peer's best settings", file=sys.stderr, flush=True)
        matrix = Matrix(self._peers, self.report.settings, self._extent.seconds)
        originals = self._at(self._extent.originals)
        self.report.rows = matrix.measure(originals, self._extent.widths)

    def _scored_cells(self) -> list[Cell]:
        # A picture with transparency has no single look.
        scored = [each for each in self._at(self._extent.scored) if not each.alpha]
        return [(original, width) for original in scored for width in self._extent.scored_widths]

    def _at(self, places: Sequence[int]) -> list[Original]:
        return [self._originals[place] for place in places if place < len(self._originals)]


if __name__ == "__main__":
    main()
