"""Compares us with other image servers, on one core of this machine, in one run.

    python -m bench.peers PHOTOGRAPHS [--quick] [--json FILE]

PHOTOGRAPHS is a folder as bench/corpus.py says how to get. Markdown goes to standard output,
progress to standard error. What is drawn, and scores, are kept in .bench/ for the next run.
"""

import argparse
import shlex
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.peers import auto
from bench.peers.contestants import started, starters
from bench.peers.equal import Cell, Search
from bench.peers.headline import headlines
from bench.peers.looks import Looks
from bench.peers.machine import described
from bench.peers.matrix import Matrix
from bench.peers.memory import memories
from bench.peers.originals import Original, gathered
from bench.peers.peer import Peer, Thumbor
from bench.peers.race import Clock
from bench.peers.report import Report, compact
from bench.peers.tables import markdown
from bench.peers.weight import weights

KEPT: Final = Path(".bench")
PARTS: Final = ("headline", "matrix", "weight", "auto", "memory")
_EMPTY_REQUESTS: Final = 50


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured; originals by their place in the list, where not all are."""

    originals: tuple[int, ...]
    widths: tuple[int, ...]
    judged: tuple[int, ...]
    judged_widths: tuple[int, ...]
    weighed_widths: tuple[int, ...]
    seconds: float


# Judged are photographs of three formats and the screenshot.
FULL: Final = Extent(
    originals=tuple(range(23)),
    widths=(200, 400, 800, 1200, 1600),
    judged=(0, 2, 3, 5, 7, 11, 14, 18),
    judged_widths=(400, 800),
    weighed_widths=(400, 800),
    seconds=1.0,
)
QUICK: Final = Extent(
    originals=(0, 3, 5, 11, 14, 17, 18),
    widths=(400, 1200),
    judged=(3, 7, 18),
    judged_widths=(400,),
    weighed_widths=(400,),
    seconds=0.5,
)


def main() -> None:
    """Measure, and print."""
    asked = _asked()
    originals = gathered(asked.photographs, KEPT / "originals")
    with ExitStack() as stack:
        peers = started(stack, asked.python, KEPT / "originals")
        looks = stack.enter_context(Looks(KEPT / "looks.sqlite"))
        run = Run(asked, QUICK if asked.quick else FULL, originals, peers, looks)
        run.measure()
    text = markdown(run.report)
    print(text)
    if asked.markdown:
        asked.markdown.write_text(compact(text) + "\n")
    if asked.json:
        asked.json.write_text(run.report.json())


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("photographs", type=Path, help="a folder of photographs")
    parser.add_argument("--quick", action="store_true", help="few originals, in a few minutes")
    parser.add_argument("--only", choices=PARTS, action="append", help="leave the other parts out")
    parser.add_argument("--clock", type=Clock, choices=list(Clock), default=Clock.WALL)
    parser.add_argument("--markdown", type=Path, help="write the tables into this file")
    parser.add_argument("--json", type=Path, help="write all numbers into this file")
    parser.add_argument(
        "--python",
        type=Path,
        default=Path(".venv/peers/bin/python"),
        help="of the environment with thumbor and pyvips",
    )
    asked = parser.parse_args()
    if not asked.photographs.is_dir():
        parser.error(f"there is no folder {asked.photographs}")
    if not asked.python.exists():
        parser.error(f"there is no {asked.python}; run: make bench-peers")
    return asked


class Run:
    """One run of some parts of the comparison; fills in its report."""

    def __init__(
        self,
        asked: argparse.Namespace,
        extent: Extent,
        originals: Sequence[Original],
        peers: Mapping[str, Peer],
        looks: Looks,
    ) -> None:
        """Measure nothing yet."""
        self._asked, self._extent, self._originals = asked, extent, originals
        self._peers, self._looks, self._clock = peers, looks, asked.clock
        command = f"python {shlex.join(sys.orig_argv[1:])}"
        self.report = Report(described(peers, command), asked.clock)

    def measure(self) -> None:
        """Measure the parts that are asked for; says on standard error how long each took."""
        parts: dict[str, Callable[[], None]] = {
            "headline": self._headline,
            "matrix": self._matrix,
            "weight": self._weight,
            "auto": self._auto,
            "memory": self._memory,
        }
        for part, measure in parts.items():
            if part in (self._asked.only or PARTS):
                began = time.monotonic()
                measure()
                self.report.seconds[part] = time.monotonic() - began
                print(f"{part}: {self.report.seconds[part]:.0f} s", file=sys.stderr, flush=True)

    def _headline(self) -> None:
        self.report.headlines = headlines(self._peers, self._looks, self._originals, self._clock)

    def _matrix(self) -> None:
        cells = self._cells(self._extent.judged_widths)
        matches = Search(self._peers, self._looks, cells, self._clock).matches()
        print("best settings found", file=sys.stderr, flush=True)
        matrix = Matrix(self._peers, matches, self._clock, self._extent.seconds)
        self.report.matches = matches
        self.report.rows = matrix.rows(self._at(self._extent.originals), self._extent.widths)
        self.report.empty_request = _empty_request(self._peers, self._clock)

    def _weight(self) -> None:
        cells = self._cells(self._extent.weighed_widths)
        self.report.weights = weights(self._peers, self._looks, cells)

    def _auto(self) -> None:
        opaque = [each for each in self._at(self._extent.originals) if not each.alpha]
        cells = [(original, auto.WIDTH) for original in opaque]
        self.report.automatics = auto.automatics(self._peers, self._looks, cells)

    def _memory(self) -> None:
        fresh = starters(self._asked.python, KEPT / "originals")
        self.report.memories = memories(fresh, KEPT / "originals")

    def _cells(self, widths: Sequence[int]) -> list[Cell]:
        # What can be seen through has no one look.
        judged = [each for each in self._at(self._extent.judged) if not each.alpha]
        return [(original, width) for original in judged for width in widths]

    def _at(self, places: Sequence[int]) -> list[Original]:
        return [self._originals[place] for place in places if place < len(self._originals)]


def _empty_request(peers: Mapping[str, Peer], clock: Clock) -> float | None:
    server = next((peer for peer in peers.values() if isinstance(peer, Thumbor)), None)
    if server is None:
        return None
    return statistics.median(clock.read(server.empty()) for _ in range(_EMPTY_REQUESTS))


if __name__ == "__main__":
    main()
