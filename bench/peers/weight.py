"""What files weigh at an equal score: our AVIF after ingest, sharp's default AVIF, its WebP.

sharp's encoders have their default effort (4 both). Each is measured at a few numbers of its
quality; bytes at a score are interpolated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from bench.peers.contestants import OURS, Candidate
from bench.peers.equal import Cell
from bench.peers.looks import Looks
from bench.peers.matching import Point, bytes_at
from bench.peers.peer import Ask, Peer
from origin_lambda.url.values import Format

TARGETS: Final = (70, 80)


class Side(NamedTuple):
    """Whose encoder, which, and the numbers that are measured."""

    peer: str
    format: Format
    candidate: Candidate
    numbers: tuple[int, ...]


OUR_AVIF: Final = "our avif"
SIDES: Final = {
    OUR_AVIF: Side(
        OURS, Format.AVIF, Candidate("q", {"source": "mip"}), (15, 35, 50, 65, 75, 85, 95, 100)
    ),
    "sharp avif": Side(
        "sharp", Format.AVIF, Candidate("quality", {}), (15, 35, 47, 58, 68, 78, 88)
    ),
    "sharp webp": Side(
        "sharp", Format.WEBP, Candidate("quality", {"effort": 4}), (15, 45, 65, 78, 86, 92, 98)
    ),
}


@dataclass(frozen=True, slots=True)
class Weight:
    """Bytes by side, of one original at one width, with a score; None where it was not reached."""

    original: str
    width: int
    score: int
    bytes: Mapping[str, float | None]

    def ratio(self, peer: str) -> float | None:
        """Our bytes to another side's."""
        ours, theirs = self.bytes[OUR_AVIF], self.bytes[peer]
        return ours / theirs if ours and theirs else None


def weights(peers: Mapping[str, Peer], looks: Looks, cells: Sequence[Cell]) -> list[Weight]:
    """Return what everything weighs."""
    curves = {name: _curves(peers, looks, cells, side) for name, side in SIDES.items()}
    return [
        Weight(
            original.name,
            width,
            score,
            {name: bytes_at(curves[name][at], score) for name in SIDES},
        )
        for at, (original, width) in enumerate(cells)
        for score in TARGETS
    ]


def _curves(
    peers: Mapping[str, Peer], looks: Looks, cells: Sequence[Cell], side: Side
) -> list[list[Point]]:
    asks = [
        Ask(original.path, width, side.format, side.candidate.at(number))
        for original, width in cells
        for number in side.numbers
    ]
    taken = iter(looks.of(peers[side.peer], asks))
    return [[Point(number, *next(taken)) for number in side.numbers] for _ in cells]
