"""Finds each peer's best setting: the fastest that looks at least as good as ours at `q=80`.

For a few originals and widths, every candidate is measured at three numbers of its quality; the
number that reaches our score (the better of our two, from the original and from a mip) is
interpolated. The median of these numbers is the candidate's, and the fastest candidate the peer's.
"""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Final

from bench.peers.contestants import AFTER, BEFORE, CANDIDATES, FORMATS, OURS, Candidate, Settings
from bench.peers.looks import Look, Looks
from bench.peers.matching import BEST, Point, common_number, number_at, score_at
from bench.peers.originals import Original
from bench.peers.peer import Ask, Peer
from bench.peers.race import Clock, race
from origin_lambda.image.quality import encoder_quality
from origin_lambda.url.values import Format

QUALITY: Final = 80
_STEP: Final = 8
_TIMED: Final = 4  # cells on which a peer's candidates race

Cell = tuple[Original, int]


@dataclass(frozen=True, slots=True)
class Match:
    """A peer's best setting for a format, and how it looks over the cells.

    *ours* is our median score, the better of our two on each cell, and *lost* the most by which the
    one after ingest falls short of that. *ahead* is how far the peer's score is above ours in the
    median, *behind* how far it falls short on the worst cell.
    """

    peer: str
    format: Format
    candidate: str
    number: int
    settings: Settings
    ours: float
    lost: float
    ahead: float
    behind: float


@dataclass(frozen=True, slots=True)
class _Measured:
    """A candidate, the number with which it looks like ours, and its curve on each cell."""

    candidate: Candidate
    number: int
    curves: list[list[Point]]

    @property
    def settings(self) -> Settings:
        return self.candidate.at(self.number)


@dataclass(frozen=True, slots=True)
class Search:
    """Looks for best settings on a few originals and widths."""

    peers: Mapping[str, Peer]
    looks: Looks
    cells: Sequence[Cell]
    clock: Clock

    def matches(self) -> list[Match]:
        """Return the best setting of every peer for every format it can match us in."""
        return [match for output in FORMATS for match in self._of_format(output)]

    def _of_format(self, output: Format) -> Iterator[Match]:
        before, after = self._ours(output, BEFORE), self._ours(output, AFTER)
        targets = list(map(max, before, after))
        lost = max(target - score for target, score in zip(targets, after, strict=True))
        for name, candidates in CANDIDATES.items():
            best = self._best(self.peers[name], candidates[output], output, targets)
            if best:
                yield _match(name, output, best, targets, lost)

    def _best(
        self, peer: Peer, candidates: Sequence[Candidate], output: Format, targets: Sequence[float]
    ) -> _Measured | None:
        """Return the fastest candidate that looks like ours.

        The fastest ones are measured first, and the rest not at all where they are slower than
        what is found already: a score takes longer than a render.
        """
        guess = encoder_quality(output, QUALITY)
        times = self._times(peer, [candidate.at(guess) for candidate in candidates], output)
        best, least = None, math.inf
        for time, candidate in sorted(zip(times, candidates, strict=True), key=itemgetter(0)):
            if time >= least:
                break
            measured = self._measured(peer, candidate, output, targets)
            if measured:
                (spent,) = self._times(peer, [measured.settings], output)
                best, least = min((best, least), (measured, spent), key=itemgetter(1))
        return best

    def _ours(self, output: Format, way: Settings) -> list[float]:
        """Return our score on each cell."""
        return [look.score for (look,) in self._looks(self.peers[OURS], output, [way])]

    def _looks(self, peer: Peer, output: Format, settings: Sequence[Settings]) -> list[list[Look]]:
        """Return, cell by cell, a look for each of the settings."""
        asks = [
            Ask(original.path, width, output, each)
            for original, width in self.cells
            for each in settings
        ]
        taken = iter(self.looks.of(peer, asks))
        return [[next(taken) for _ in settings] for _ in self.cells]

    def _measured(
        self, peer: Peer, candidate: Candidate, output: Format, targets: Sequence[float]
    ) -> _Measured | None:
        """Return the number that looks like ours; where none near it was tried, some are."""
        guess = encoder_quality(output, QUALITY)
        found = self._around(guess, peer, candidate, output, targets)
        if found and abs(found.number - guess) > _STEP:
            return self._around(found.number, peer, candidate, output, targets)
        return found

    def _around(
        self,
        guess: int,
        peer: Peer,
        candidate: Candidate,
        output: Format,
        targets: Sequence[float],
    ) -> _Measured | None:
        numbers = sorted({max(1, min(BEST, guess + step)) for step in (-_STEP, 0, _STEP)})
        looks = self._looks(peer, output, [candidate.at(number) for number in numbers])
        curves = [[Point(*each) for each in _numbered(numbers, found)] for found in looks]
        needed = [number_at(curve, target) for curve, target in zip(curves, targets, strict=True)]
        number = common_number(needed)
        return None if number is None else _Measured(candidate, number, curves)

    def _times(self, peer: Peer, settings: Sequence[Settings], output: Format) -> list[float]:
        """Return how long each of some settings takes for a few cells."""
        spent = [0.0] * len(settings)
        smallest_first = sorted(self.cells, key=lambda cell: cell[0].path.stat().st_size)
        for original, width in smallest_first[:_TIMED]:
            sides = {
                str(at): partial(peer.render, Ask(original.path, width, output, each))
                for at, each in enumerate(settings)
            }
            for at, result in race({}, sides, self.clock, seconds=0).items():
                spent[int(at)] += result.median
        return spent


def _numbered(numbers: Sequence[int], looks: Sequence[Look]) -> Iterator[tuple[int, float, int]]:
    for number, look in zip(numbers, looks, strict=True):
        yield number, look.score, look.bytes


def _match(
    peer: str, output: Format, best: _Measured, targets: Sequence[float], lost: float
) -> Match:
    ahead = [
        score_at(curve, best.number) - target
        for curve, target in zip(best.curves, targets, strict=True)
    ]
    return Match(
        peer=peer,
        format=output,
        candidate=str(best.candidate),
        number=best.number,
        settings=best.settings,
        ours=statistics.median(targets),
        lost=lost,
        ahead=statistics.median(ahead),
        behind=-min(ahead),
    )
