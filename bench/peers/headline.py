"""Compare the largest photograph at 800 pixels, after ingest, with sharp's defaults."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from bench.peers.contestants import DEFAULT_AFTER, FORMATS, OURS
from bench.peers.judge import Judge, Rating
from bench.peers.originals import Original
from bench.peers.peer import Ask, Peer
from bench.peers.race import race
from origin_lambda.url.values import Format

WIDTH: Final = 800
_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Headline:
    """One format: medians in milliseconds, and the ratings of both files."""

    original: str
    format: Format
    ours: float
    sharp: float
    our_rating: Rating
    sharp_rating: Rating

    @property
    def ratio(self) -> float:
        """Our time divided by sharp's."""
        return self.ours / self.sharp


def compare_defaults(
    peers: Mapping[str, Peer], judge: Judge, originals: Sequence[Original]
) -> list[Headline]:
    """Compare each format; neither side is given a quality number."""
    photographs = [original for original in originals if original.kind == "jpg"]
    largest = max(photographs, key=lambda original: original.path.stat().st_size)
    return [_compare(peers, judge, largest, output) for output in FORMATS]


def _compare(
    peers: Mapping[str, Peer], judge: Judge, original: Original, output: Format
) -> Headline:
    ours, sharp = peers[OURS], peers["sharp"]
    our_ask = Ask(original.path, WIDTH, output, DEFAULT_AFTER)
    their_ask = Ask(original.path, WIDTH, output)
    results = race(
        {OURS: partial(ours.render, our_ask)},
        {"sharp": partial(sharp.render, their_ask)},
        _SECONDS,
    )
    (our_rating,) = judge.rate(ours, [our_ask])
    (their_rating,) = judge.rate(sharp, [their_ask])
    medians = results[OURS].median, results["sharp"].median
    return Headline(original.name, output, *medians, our_rating, their_rating)
