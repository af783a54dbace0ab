"""How far `adapters/pillow_ssimulacra2.py` is off: against the judge of the other benches.

Every picture below a folder (JPEG, PNG, WebP), and two cuts of each drawing (`peers/drawings.py`,
`sketches.py`), 480 pixels large, is written at a few numbers of each encoder. Both score what came
of it; the table has by how much ours is too high: mean, standard deviation, worst.

    python -m bench.appraise FOLDER
"""

import argparse
import io
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from bench.judge import score as judged
from bench.peers.drawings import DRAWINGS
from bench.sketches import SKETCHES
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.adapters.pillow.ssimulacra2 import score
from origin_lambda.image.analysis.quality_curves import APPRAISED, SMALLEST
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.formats import SAME
from origin_lambda.image.raster import Frame
from origin_lambda.image.source import Decoding
from origin_lambda.url.values import WHITE, Format

NUMBERS: Final = (30, 50, 65, 78, 90)
FORMATS: Final = (Format.JPEG, Format.WEBP, Format.AVIF)
RANGE: Final = (45, 91)
"""Scores that matter: what is worse nobody asks for, what is better nobody sees."""

_SUFFIXES: Final = {".jpg", ".png", ".webp"}
_KINDS: Final = {output: kind for kind, output in SAME.items()}
_CODEC: Final = PillowCodec()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in RGB, and what it is one of."""

    sort: str
    image: Image.Image


def main() -> None:
    """Print the table, and how long a score takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", type=Path)
    off: dict[tuple[str, Format], list[float]] = defaultdict(list)
    milliseconds: list[float] = []
    for picture in (*_photographs(parser.parse_args().folder), *_drawings()):
        for output in FORMATS:
            off[picture.sort, output] += _off(picture.image, output, milliseconds)
    print("| pictures | format | copies | mean | deviation | worst |")
    print("|---|---|---|---|---|---|")
    for (sort, output), points in off.items():
        told = (statistics.fmean(points), statistics.pstdev(points), max(points, key=abs))
        numbers = " | ".join(f"{number:.1f}" for number in told)
        print(f"| {sort} | {output} | {len(points)} | {numbers} |")
    print(f"\nA score takes {statistics.median(milliseconds):.0f} ms.")


def _photographs(folder: Path) -> Iterator[Picture]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in _SUFFIXES and path.is_file():
            with Image.open(path) as image:
                image.draft("RGB", (2 * APPRAISED, 2 * APPRAISED))
                yield from _fitting("photographs", image.convert("RGB"))


def _drawings() -> Iterator[Picture]:
    for sort, drawn in (("drawings", DRAWINGS), ("sketches", SKETCHES)):
        for draw in drawn.values():
            image = PillowRaster(draw()).flatten(WHITE).image.convert("RGB")
            yield from _fitting(sort, image)
            cut = (image.width // 3, image.height // 4, image.width, image.height)
            yield from _fitting(sort, image.crop(cut))


def _fitting(sort: str, image: Image.Image) -> Iterator[Picture]:
    small = image.copy()
    small.thumbnail((APPRAISED, APPRAISED), Image.Resampling.LANCZOS)
    if min(small.size) >= SMALLEST:
        yield Picture(sort, small)


def _off(image: Image.Image, output: Format, milliseconds: list[float]) -> Iterator[float]:
    """Yield by how much we score copies of a picture too high, those that are in the range."""
    original = _png(image)
    for number in NUMBERS:
        body = _CODEC.encode([Frame(PillowRaster(image.copy()))], Encoding(output, number))
        (frame,) = _CODEC.decode(body, Decoding(_KINDS[output]))
        reference = judged(original, _png(frame.raster.image))
        if RANGE[0] < reference < RANGE[1]:
            began = time.perf_counter()
            ours = score(image, frame.raster.image)
            milliseconds.append(1000 * (time.perf_counter() - began))
            yield ours - reference


def _png(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "PNG", compress_level=1)
    return written.getvalue()


if __name__ == "__main__":
    main()
