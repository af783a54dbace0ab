"""The largest photograph at 800 pixels, after ingest, against sharp as it comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from bench.peers.contestants import DEFAULT_AFTER, FORMATS, OURS
from bench.peers.looks import Looks
from bench.peers.originals import Original
from bench.peers.peer import Ask, Peer
from bench.peers.race import Clock, race
from origin_lambda.url.values import Format

WIDTH: Final = 800
_SECONDS: Final = 5.0
BARS: Final = {Format.JPEG: 1 / 8, Format.WEBP: 1 / 8, Format.AVIF: 1 / 30}


@dataclass(frozen=True, slots=True)
class Headline:
    """A format: medians in milliseconds, scores and bytes, ours and sharp's."""

    original: str
    format: Format
    ours: float
    sharp: float
    our_score: float
    sharp_score: float
    our_bytes: int
    sharp_bytes: int

    @property
    def ratio(self) -> float:
        """Our time to sharp's."""
        return self.ours / self.sharp


def headlines(
    peers: Mapping[str, Peer], looks: Looks, originals: Sequence[Original], clock: Clock
) -> list[Headline]:
    """Return a headline for each format; neither side is given any number."""
    photographs = [original for original in originals if original.kind == "jpg"]
    largest = max(photographs, key=lambda original: original.path.stat().st_size)
    return [_headline(peers, looks, largest, output, clock) for output in FORMATS]


def _headline(
    peers: Mapping[str, Peer], looks: Looks, original: Original, output: Format, clock: Clock
) -> Headline:
    our_ask = Ask(original.path, WIDTH, output, DEFAULT_AFTER)
    their_ask = Ask(original.path, WIDTH, output)
    results = race(
        {OURS: partial(peers[OURS].render, our_ask)},
        {"sharp": partial(peers["sharp"].render, their_ask)},
        clock,
        _SECONDS,
    )
    (our_look,) = looks.of(peers[OURS], [our_ask])
    (their_look,) = looks.of(peers["sharp"], [their_ask])
    return Headline(
        original=original.name,
        format=output,
        ours=results[OURS].median,
        sharp=results["sharp"].median,
        our_score=our_look.score,
        sharp_score=their_look.score,
        our_bytes=our_look.bytes,
        sharp_bytes=their_look.bytes,
    )
