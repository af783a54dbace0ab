"""Measure how much smaller refined derivatives are, at an equal or better SSIMULACRA2.

    python -m bench.refine FOLDER... [--widths 320,640] [--formats avif,webp,jpg]

It needs the requirements of `calotype[refine]` and of the group `judges`.
"""

import argparse
import io
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import geometric_mean, mean
from typing import Final, NamedTuple

from PIL import Image

from bench.judge import score
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.pillow.slow_files import optimise_file
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.image.analysis.analyse import Analyser
from origin_lambda.image.derive import render
from origin_lambda.image.formats import ABILITIES
from origin_lambda.image.plan import plan
from origin_lambda.image.probe import Limits
from origin_lambda.image.refining import RefiningCodec
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import parse_query

_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png"})
_CODEC: Final = PillowCodec()


class Result(NamedTuple):
    """The bytes and the score of a derivative before and after, and the seconds between."""

    before: int
    after: int
    score: float
    refined_score: float
    seconds: float

    @property
    def share(self) -> float:
        """The bytes after, as a share of those before."""
        return self.after / self.before


class Derivative(NamedTuple):
    """A derivative before and after its refinement; *reference* is a PNG of its pixels."""

    format: str
    reference: bytes
    before: bytes
    after: bytes
    seconds: float


def measure(original: Path, widths: list[int], formats: list[str]) -> Iterator[tuple[str, Result]]:
    """Yield the format and the result of each derivative of an original, as after its ingest."""
    for each in refine(original, widths, formats):
        scores = score(each.reference, each.before), score(each.reference, each.after)
        yield each.format, Result(len(each.before), len(each.after), *scores, each.seconds)


def refine(original: Path, widths: list[int], formats: list[str]) -> Iterator[Derivative]:
    """Yield the derivatives of an original, as after its ingest, and refined."""
    data = original.read_bytes()
    analysis, _ = Analyser(_CODEC, PillowMeasurer(), sanitise, Limits()).analyse(data)
    for width in widths:
        for name in formats:
            transform = parse_query(f"w={width}&fm={name}")
            planned = plan(transform, analysis.facts, Limits(), curves=analysis.curves)
            frames = render(data, planned, _CODEC, Stopwatch())
            body = _CODEC.encode(frames, planned.encoding)
            began = time.process_time()
            media_type = ABILITIES[planned.encoding.format].media_type
            codec = RefiningCodec(
                _CODEC, PillowMeasurer(), optimise_file, body, media_type, Stopwatch()
            )
            refined = codec.encode(frames, planned.encoding)
            seconds = time.process_time() - began
            reference = _to_png(frames[0].raster.image)
            yield Derivative(name, reference, body, refined, seconds)


def list_pictures(folders: Iterable[Path]) -> list[Path]:
    """Return the originals in some folders, in the order of their names."""
    files = [each for folder in folders for each in sorted(folder.rglob("*"))]
    return [each for each in files if each.suffix in _SUFFIXES]


def _to_png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def main(arguments: list[str]) -> None:
    """Measure, and print a line for each derivative and for each format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--widths", default="320,480,640,960")
    parser.add_argument("--formats", default="avif,webp,jpg")
    options = parser.parse_args(arguments)
    widths = [int(width) for width in options.widths.split(",")]
    by_format = defaultdict(list)
    for original in list_pictures(options.folders):
        for name, result in measure(original, widths, options.formats.split(",")):
            by_format[name].append(result)
            print(f"{original.stem:.24} {name} {result.share:.3f} {result}", flush=True)
    print("| format | files | bytes, geometric mean | largest | worst change of score | seconds |")
    print("|---|---|---|---|---|---|")
    for name, results in by_format.items():
        shares = [each.share for each in results]
        worst = min(each.refined_score - each.score for each in results)
        seconds = mean(each.seconds for each in results)
        print(
            f"| {name} | {len(results)} | {geometric_mean(shares):.3f} | {max(shares):.3f} "
            f"| {worst:+.2f} | {seconds:.1f} |"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
