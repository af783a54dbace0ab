"""Find each peer's fastest setting that looks at least as good as Calotype at `q=80`.

On a few originals and widths, every candidate is measured at three quality numbers. The number
that reaches Calotype's score (the better of its two, from the original and from a mip) is
interpolated; a candidate's number is the median over the originals.
"""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Final, NamedTuple

from bench.peers.contestants import AFTER, BEFORE, CANDIDATES, FORMATS, OURS, Candidate, Settings
from bench.peers.curves import BEST, Point, common_number, number_at, score_at
from bench.peers.judge import Judge
from bench.peers.originals import Original
from bench.peers.peer import Ask, Peer
from bench.peers.race import race
from origin_lambda.image.quality import choose_encoder_quality
from origin_lambda.url.values import Format

QUALITY: Final = 80
_STEP: Final = 8
_TIMED: Final = 4  # originals on which a peer's candidates race

Cell = tuple[Original, int]
"""An original and a width."""


class Sweep(NamedTuple):
    """A format, a candidate's settings, and the quality numbers to measure them at."""

    format: Format
    candidate: Candidate
    numbers: Sequence[int]


@dataclass(frozen=True, slots=True)
class BestSetting:
    """A peer's best setting for a format, and how it looks.

    *ours* is Calotype's median score, and *lost* the most that the render from a mip falls short
    of it. *ahead* is how far the peer's score is above Calotype's in the median, *behind* how far
    it falls short in the worst case.
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
class _Fitted:
    """A candidate, the number with which it looks like Calotype, and its curve on each cell."""

    candidate: Candidate
    number: int
    curves: list[list[Point]]

    @property
    def settings(self) -> Settings:
        return self.candidate.at(self.number)


@dataclass(frozen=True, slots=True)
class Search:
    """Searches the candidates of all peers on a few originals and widths."""

    peers: Mapping[str, Peer]
    judge: Judge
    cells: Sequence[Cell]

    def find(self) -> list[BestSetting]:
        """Return the best setting of each peer, for each format in which it reaches our score."""
        return [setting for output in FORMATS for setting in self._find_for(output)]

    def _find_for(self, output: Format) -> Iterator[BestSetting]:
        before, after = (self._score_ours(output, settings) for settings in (BEFORE, AFTER))
        targets = list(map(max, before, after))
        lost = max(target - score for target, score in zip(targets, after, strict=True))
        for name in (each for each in CANDIDATES if each in self.peers):
            fastest = self._find_fastest(self.peers[name], output, targets)
            if fastest:
                yield _describe(name, output, fastest, targets, lost)

    def _find_fastest(self, peer: Peer, output: Format, targets: Sequence[float]) -> _Fitted | None:
        """Return the fastest candidate that looks like Calotype.

        Candidates are tried from fast to slow. The search ends at the first that is slower than
        the best so far, because a score takes longer than a render.
        """
        candidates = CANDIDATES[peer.name][output]
        guess = choose_encoder_quality(output, QUALITY)
        times = self._time(peer, [candidate.at(guess) for candidate in candidates], output)
        best, least = None, math.inf
        for time, candidate in sorted(zip(times, candidates, strict=True), key=itemgetter(0)):
            if time >= least:
                break
            fitted = self._fit(peer, candidate, output, targets)
            if fitted:
                (spent,) = self._time(peer, [fitted.settings], output)
                best, least = min((best, least), (fitted, spent), key=itemgetter(1))
        return best

    def _score_ours(self, output: Format, settings: Settings) -> list[float]:
        asks = [Ask(original.path, width, output, settings) for original, width in self.cells]
        return [rating.score for rating in self.judge.rate(self.peers[OURS], asks)]

    def _fit(
        self, peer: Peer, candidate: Candidate, output: Format, targets: Sequence[float]
    ) -> _Fitted | None:
        """Return the candidate with its number, measured again if the first guess was far off."""
        guess = choose_encoder_quality(output, QUALITY)
        fitted = self._fit_around(guess, peer, candidate, output, targets)
        if fitted and abs(fitted.number - guess) > _STEP:
            return self._fit_around(fitted.number, peer, candidate, output, targets)
        return fitted

    def _fit_around(
        self,
        guess: int,
        peer: Peer,
        candidate: Candidate,
        output: Format,
        targets: Sequence[float],
    ) -> _Fitted | None:
        numbers = sorted({max(1, min(BEST, guess + step)) for step in (-_STEP, 0, _STEP)})
        sweep = Sweep(output, candidate, numbers)
        curves = measure_curves(peer, self.judge, self.cells, sweep)
        needed = [number_at(curve, target) for curve, target in zip(curves, targets, strict=True)]
        number = common_number(needed)
        return None if number is None else _Fitted(candidate, number, curves)

    def _time(self, peer: Peer, settings: Sequence[Settings], output: Format) -> list[float]:
        """Return the time that each of some settings takes for the smallest originals."""
        spent = [0.0] * len(settings)
        smallest_first = sorted(self.cells, key=lambda cell: cell[0].path.stat().st_size)
        for original, width in smallest_first[:_TIMED]:
            sides = {
                str(at): partial(peer.render, Ask(original.path, width, output, each))
                for at, each in enumerate(settings)
            }
            for at, result in race({}, sides, seconds=0).items():
                spent[int(at)] += result.median
        return spent


def measure_curves(
    peer: Peer, judge: Judge, cells: Sequence[Cell], sweep: Sweep
) -> list[list[Point]]:
    """Return the points of each cell, one for each quality number of the sweep."""
    asks = [
        Ask(original.path, width, sweep.format, sweep.candidate.at(number))
        for original, width in cells
        for number in sweep.numbers
    ]
    ratings = iter(judge.rate(peer, asks))
    return [[Point(number, *next(ratings)) for number in sweep.numbers] for _ in cells]


def _describe(
    peer: str, output: Format, best: _Fitted, targets: Sequence[float], lost: float
) -> BestSetting:
    ahead = [
        score_at(curve, best.number) - target
        for curve, target in zip(best.curves, targets, strict=True)
    ]
    return BestSetting(
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
