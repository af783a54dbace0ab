"""Time every original at every width in every format, after and before ingest."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bench.peers.best_settings import BestSetting
from bench.peers.contestants import AFTER, BEFORE, FORMATS, OURS
from bench.peers.originals import Original
from bench.peers.peer import Answer, Ask, Peer
from bench.peers.race import Result, race
from origin_lambda.url.values import Format


@dataclass(frozen=True, slots=True)
class Row:
    """One derivative: medians in milliseconds; peers that cannot render it are left out.

    *mip* is the side of the mip that is used, or None; *bytes* are by side.
    """

    original: str
    kind: str
    width: int
    format: Format
    mip: int | None
    after: float
    before: float
    peers: Mapping[str, float]
    bytes: Mapping[str, int]

    @property
    def fastest(self) -> str | None:
        """The fastest peer; None if no peer can render this."""
        return min(self.peers, key=self.peers.__getitem__, default=None)

    @property
    def after_ratio(self) -> float | None:
        """Our time after ingest divided by the fastest peer's."""
        return self.after / self.peers[self.fastest] if self.fastest else None

    @property
    def before_ratio(self) -> float | None:
        """Our time before ingest divided by the fastest peer's."""
        return self.before / self.peers[self.fastest] if self.fastest else None


@dataclass(frozen=True, slots=True)
class Matrix:
    """Times all rows, each for *seconds* and at least three rounds."""

    peers: Mapping[str, Peer]
    settings: Sequence[BestSetting]
    seconds: float

    def measure(self, originals: Sequence[Original], widths: Sequence[int]) -> list[Row]:
        """Return every row; progress goes to standard error."""
        rows = []
        for number, original in enumerate(originals, 1):
            print(f"{number}/{len(originals)} {original.name}", file=sys.stderr, flush=True)
            rows += [self._row(original, width, output) for width in widths for output in FORMATS]
        return rows

    def _row(self, original: Original, width: int, output: Format) -> Row:
        ask = partial(Ask, original.path, width, output)
        ours = self.peers[OURS].render
        own: dict[str, Callable[[], Answer]] = {
            "after": partial(ours, ask(AFTER)),
            "before": partial(ours, ask(BEFORE)),
        }
        others = {
            best.peer: partial(self.peers[best.peer].render, ask(best.settings))
            for best in self.settings
            if best.format is output
        }
        return _row(original, width, output, race(own, others, self.seconds))


def _row(original: Original, width: int, output: Format, results: Mapping[str, Result]) -> Row:
    after, before = results["after"], results["before"]
    assert after.answers, after.refused
    assert before.answers, before.refused
    peers = {name: result for name, result in results.items() if name not in {"after", "before"}}
    return Row(
        original=original.name,
        kind=original.kind,
        width=width,
        format=output,
        mip=mip_side(after.answers[0].note),
        after=after.median,
        before=before.median,
        peers={name: result.median for name, result in peers.items() if result.times},
        bytes={name: len(each.answers[0].body) for name, each in results.items() if each.answers},
    )


def mip_side(brief: str) -> int | None:
    """Return the side of the mip that a plan's short description names."""
    first, _, _ = brief.partition("; ")
    return int(first.removeprefix("mip=")) if first.startswith("mip=") else None
