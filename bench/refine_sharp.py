"""Compare refined AVIF derivatives with sharp's slowest AVIF, at the same SSIMULACRA2.

    python -m bench.refine_sharp FOLDER... [--widths 320,640] [--effort 9]

sharp encodes the same pixels. A faster effort finds whether it needs fewer bytes with colours at a
quarter of the resolution or at full resolution. Its bytes at our score are interpolated between a
quality above it and one below it. It needs what `bench.refine` needs, and sharp: `npm ci` in
bench/peers/node.
"""

import argparse
import math
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from statistics import geometric_mean, mean, median
from typing import Final, NamedTuple

from bench.judge import score
from bench.peers.contestants import starters
from bench.peers.curves import BEST, Point, bytes_at
from bench.peers.peer import Ask, Peer
from bench.refine import Derivative, list_pictures, refine
from origin_lambda.url.values import Format

_CHROMAS: Final = ("4:2:0", "4:4:4")
_FIRST_QUALITY: Final = 55
_POINTS_A_QUALITY: Final = 0.8
"""How many points one more of sharp's quality usually gives: the next quality is a guess."""

_TRIAL_EFFORT: Final = 3
_MAX_TRIES: Final = 6
_MAX_WIDTH: Final = 2**14
"""In pixels: sharp does not enlarge, so it keeps the size of a smaller picture."""


class Comparison(NamedTuple):
    """Our refined file, and sharp's smallest file of the same score.

    *theirs* are interpolated bytes. *seconds* are those of our search, *their_seconds* those of one
    file of sharp.
    """

    ours: int
    theirs: float
    chroma: str
    score: float
    seconds: float
    their_seconds: float

    @property
    def share(self) -> float:
        """Our bytes, as a share of sharp's."""
        return self.ours / self.theirs


def compare(derivative: Derivative, sharp: Peer, effort: int, folder: Path) -> Comparison | None:
    """Return the comparison; None if sharp reaches our score at no quality."""
    target = score(derivative.reference, derivative.after)
    path = folder / f"{len(list(folder.iterdir()))}.png"  # sharp's process keeps what it read
    path.write_bytes(derivative.reference)

    def measure(effort: int, chroma: str, first: int) -> tuple[float, float, int]:
        """Return sharp's bytes at our score, the seconds of a file, and the nearest quality."""
        points: list[Point] = []
        spent: list[float] = []
        for quality in _guess_qualities(first, points, target):
            settings = {"quality": quality, "effort": effort, "chromaSubsampling": chroma}
            answer = sharp.render(Ask(path, _MAX_WIDTH, Format.AVIF, settings))
            rating = score(derivative.reference, answer.body)
            points.append(Point(quality, rating, len(answer.body)))
            spent.append(answer.milliseconds / 1000)
        nearest = min(points, key=lambda point: abs(point.score - target))
        return bytes_at(points, target) or math.inf, mean(spent), round(nearest.number)

    trials = {each: measure(_TRIAL_EFFORT, each, _FIRST_QUALITY) for each in _CHROMAS}
    chroma = min(trials, key=lambda each: trials[each][0])
    size, seconds, _ = measure(effort, chroma, trials[chroma][2])
    if math.isinf(size):
        return None
    return Comparison(len(derivative.after), size, chroma, target, derivative.seconds, seconds)


def _guess_qualities(first: int, points: Sequence[Point], target: float) -> Iterator[int]:
    """Yield qualities until the *points* measured at them are on both sides of the target."""
    quality = first
    for _ in range(_MAX_TRIES):
        yield quality
        is_above = points[-1].score >= target
        if any((point.score >= target) is not is_above for point in points):
            return
        step = round((target - points[-1].score) / _POINTS_A_QUALITY)
        quality = min(max(1, quality + step + (-1 if is_above else 1)), BEST)


def main(arguments: list[str]) -> None:
    """Measure, and print a line for each derivative and for each width."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--widths", default="320,640")
    parser.add_argument("--effort", type=int, default=9)
    options = parser.parse_args(arguments)
    widths = [int(width) for width in options.widths.split(",")]
    results: dict[int, list[Comparison]] = {width: [] for width in widths}
    start = starters(Path(sys.executable), Path())["sharp"]
    with closing(start()) as sharp, tempfile.TemporaryDirectory() as folder:
        for original in list_pictures(options.folders):
            for width, derivative in zip(widths, refine(original, widths, ["avif"]), strict=True):
                result = compare(derivative, sharp, options.effort, Path(folder))
                print(f"{original.stem:.24} {width} {result and result.share} {result}", flush=True)
                results[width] += [result] if result else []
    print(
        "| width | files | bytes, geometric mean | median | largest | 4:2:0 | seconds | sharp's |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for width, each in results.items():
        print(_format_row(str(width), each))
    print(_format_row("all", [result for each in results.values() for result in each]))


def _format_row(name: str, results: Sequence[Comparison]) -> str:
    shares = [each.share for each in results]
    quarters = sum(each.chroma == _CHROMAS[0] for each in results)
    return (
        f"| {name} | {len(results)} | {geometric_mean(shares):.3f} | {median(shares):.3f} "
        f"| {max(shares):.3f} | {quarters} | {mean(each.seconds for each in results):.1f} "
        f"| {mean(each.their_seconds for each in results):.1f} |"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
