"""Compare the product's own SSIMULACRA2 (`adapters/pillow/ssimulacra2.py`) with the reference.

Every picture in a folder (JPEG, PNG, WebP) and every drawing of `peers/drawings.py`, whole and
cropped, is scaled to 480 pixels and encoded at several qualities. Both metrics score the copies.
The table shows by how much our score is too high: mean, standard deviation, worst.

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

from bench.judge import score as reference_score
from bench.peers.drawings import DRAWINGS
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
"""The scores that count: worse ones are not served, and better ones cannot be seen."""

_SUFFIXES: Final = {".jpg", ".png", ".webp"}
_KINDS: Final = {output: kind for kind, output in SAME.items()}
_CODEC: Final = PillowCodec()


@dataclass(frozen=True, slots=True)
class Picture:
    """An RGB picture, and the row of the table it belongs to."""

    sort: str
    image: Image.Image


def main() -> None:
    """Print the table, and the time of one score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", type=Path)
    off: dict[tuple[str, Format], list[float]] = defaultdict(list)
    milliseconds: list[float] = []
    for picture in (*_photographs(parser.parse_args().folder), *_drawings()):
        for output in FORMATS:
            off[picture.sort, output] += _differences(picture.image, output, milliseconds)
    print("| pictures | format | copies | mean | deviation | worst |")
    print("|---|---|---|---|---|---|")
    for (sort, output), points in off.items():
        figures = (statistics.fmean(points), statistics.pstdev(points), max(points, key=abs))
        numbers = " | ".join(f"{number:.1f}" for number in figures)
        print(f"| {sort} | {output} | {len(points)} | {numbers} |")
    print(f"\nA score takes {statistics.median(milliseconds):.0f} ms.")


def _photographs(folder: Path) -> Iterator[Picture]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in _SUFFIXES and path.is_file():
            with Image.open(path) as image:
                image.draft("RGB", (2 * APPRAISED, 2 * APPRAISED))
                yield from _fit("photographs", image.convert("RGB"))


def _drawings() -> Iterator[Picture]:
    for draw in DRAWINGS.values():
        image = PillowRaster(draw()).flatten(WHITE).image.convert("RGB")
        yield from _fit("drawings", image)
        corner = (image.width // 3, image.height // 4, image.width, image.height)
        yield from _fit("drawings", image.crop(corner))


def _fit(sort: str, image: Image.Image) -> Iterator[Picture]:
    small = image.copy()
    small.thumbnail((APPRAISED, APPRAISED), Image.Resampling.LANCZOS)
    if min(small.size) >= SMALLEST:
        yield Picture(sort, small)


def _differences(image: Image.Image, output: Format, milliseconds: list[float]) -> Iterator[float]:
    """Yield our score minus the reference, for every copy whose reference is in the range."""
    original = _png(image)
    for number in NUMBERS:
        body = _CODEC.encode([Frame(PillowRaster(image.copy()))], Encoding(output, number))
        (frame,) = _CODEC.decode(body, Decoding(_KINDS[output]))
        reference = reference_score(original, _png(frame.raster.image))
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
