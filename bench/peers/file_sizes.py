"""Compare file sizes at an equal score: Calotype's AVIF after ingest, sharp's AVIF and WebP.

sharp encodes with its default effort, 4. Bytes at a score are interpolated between a few quality
numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bench.peers.best_settings import Cell, Sweep, measure_curves
from bench.peers.contestants import OURS, Candidate
from bench.peers.curves import bytes_at
from bench.peers.judge import Judge
from bench.peers.peer import Peer
from origin_lambda.url.values import Format

TARGETS: Final = (70, 80)


OUR_AVIF: Final = "our avif"
SIDES: Final = {
    OUR_AVIF: (
        OURS,
        Sweep(Format.AVIF, Candidate("q", {"source": "mip"}), (15, 35, 50, 65, 75, 85, 95, 100)),
    ),
    "sharp avif": (
        "sharp",
        Sweep(Format.AVIF, Candidate("quality", {}), (15, 35, 47, 58, 68, 78, 88)),
    ),
    "sharp webp": (
        "sharp",
        Sweep(Format.WEBP, Candidate("quality", {"effort": 4}), (15, 45, 65, 78, 86, 92, 98)),
    ),
}
"""Side -> the peer, and what is measured."""


@dataclass(frozen=True, slots=True)
class FileSizes:
    """Bytes by side, of one original at a width and score; None where the score is not reached."""

    original: str
    width: int
    score: int
    bytes: Mapping[str, float | None]

    def ratio(self, side: str) -> float | None:
        """Return our bytes divided by another side's."""
        ours, theirs = self.bytes[OUR_AVIF], self.bytes[side]
        return ours / theirs if ours and theirs else None


def compare_file_sizes(
    peers: Mapping[str, Peer], judge: Judge, cells: Sequence[Cell]
) -> list[FileSizes]:
    """Return the sizes of every cell at every target score."""
    curves = {
        name: measure_curves(peers[peer], judge, cells, sweep)
        for name, (peer, sweep) in SIDES.items()
    }
    return [
        FileSizes(
            original.name,
            width,
            score,
            {name: bytes_at(curves[name][at], score) for name in SIDES},
        )
        for at, (original, width) in enumerate(cells)
        for score in TARGETS
    ]
