"""Compare encoder settings: time and bytes, at an equal score.

Photographs and our drawings are scaled to a few widths. Each setting encodes them at three quality
numbers, and SSIMULACRA2 scores them. Bytes are interpolated at the score that the setting in use
reaches at `q=75`; time is processor time, the mean of the three. Both are ratios to the setting in
use: a setting that is larger than another in both is off the Pareto front.

    python -m bench.encoders FOLDER [--most 6] [--widths 400 800] [--formats webp avif]
"""

import argparse
import io
import math
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image
from pillow_avif import AvifImagePlugin

from bench.judge import score
from bench.peers.curves import Point, bytes_at, score_at
from bench.peers.drawings import DRAWINGS
from origin_lambda.image.quality import choose_encoder_quality
from origin_lambda.url.values import Format

Options = Mapping[str, Any]

_PLAIN: Final[Options] = {"max_threads": 1, "subsampling": "4:2:0"}
_AOM: Final[Options] = {**_PLAIN, "codec": "aom"}
_SVT: Final[Options] = {**_PLAIN, "codec": "svt", "advanced": {"tune": "4"}}
SETTINGS: Final[Mapping[Format, Mapping[str, Options]]] = {
    Format.JPEG: {
        "progressive": {"progressive": True, "optimize": True},
        "baseline, optimized": {"optimize": True},
        "baseline": {},
    },
    Format.WEBP: {f"method {method}": {"method": method} for method in (4, 0, 1, 2, 3, 5, 6)},
    Format.AVIF: {f"SVT-AV1, speed {speed}": {**_SVT, "speed": speed} for speed in (8, 9, 7)}
    | {f"aom, speed {speed}": {**_AOM, "speed": speed} for speed in (9, 8, 7, 6)}
    | {
        f"aom, speed {speed}, 4:4:4": {**_AOM, "speed": speed, "subsampling": "4:4:4"}
        for speed in (9, 8)
    },
}
"""Format -> name in the table -> options. The others are compared with the first, in use."""

_NAMES: Final = {Format.JPEG: "JPEG", Format.WEBP: "WEBP", Format.AVIF: "AVIF"}
QUALITY: Final = 75
_STEP: Final = 12
_RUNS: Final = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """A picture at a width."""

    name: str
    width: int
    is_drawing: bool
    image: Image.Image


@dataclass(frozen=True, slots=True)
class Cost:
    """A setting's ratios to the one in use, for one cell; *bytes* None outside its curve."""

    cell: Cell
    setting: str
    time: float
    bytes: float | None


def main() -> None:
    """Print a table by format, width and setting, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", type=Path, help="where photographs are")
    parser.add_argument("--most", type=int, default=6, help="how many, the largest first")
    parser.add_argument("--widths", type=int, nargs="+", default=[400, 800])
    parser.add_argument("--formats", nargs="+", default=[str(each) for each in SETTINGS])
    asked = parser.parse_args()
    Image.init()  # otherwise Pillow's own AVIF, which has no SVT-AV1, takes the name later
    Image.register_save("AVIF", AvifImagePlugin._save)  # noqa: SLF001 reason: it registers that
    print("| format | px | setting | time | bytes, photographs | drawings | the most |")
    print("|---|---|---|---|---|---|---|")
    for output in map(Format, asked.formats):
        for width in asked.widths:
            cells = list(_cells(asked.folder, asked.most, width))
            costs = [cost for cell in cells for cost in compare(cell, output)]
            for setting in SETTINGS[output]:
                row = _summarise([each for each in costs if each.setting == setting])
                print(f"| {output} | {width} | {setting} | {row} |", flush=True)


def _cells(folder: Path, most: int, width: int) -> Iterator[Cell]:
    found = {path.stat().st_size: path for path in folder.rglob("*.jpg") if path.is_file()}
    for size in sorted(found, reverse=True)[:most]:
        with Image.open(found[size]) as image:
            image.draft("RGB", (2 * width, 2 * width))
            yield Cell(found[size].name, width, is_drawing=False, image=_scale(image, width))
    for name, draw in DRAWINGS.items():
        yield Cell(name, width, is_drawing=True, image=_scale(draw(), width))


def _scale(image: Image.Image, width: int) -> Image.Image:
    size = (width, round(image.height * width / image.width))
    return image.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def compare(cell: Cell, output: Format) -> Iterator[Cost]:
    """Yield the cost of each setting of a format for a picture."""
    reference = _encode(cell.image, "PNG", {"compress_level": 1})
    curves = {
        name: _measure(cell.image, output, options, reference)
        for name, options in SETTINGS[output].items()
    }
    in_use, in_use_time = next(iter(curves.values()))
    target = score_at(in_use, choose_encoder_quality(output, QUALITY))
    size = bytes_at(in_use, target)
    for name, (points, spent) in curves.items():
        other = bytes_at(points, target)
        ratio = other / size if other and size else None
        yield Cost(cell, name, spent / in_use_time, ratio)


def _measure(
    image: Image.Image, output: Format, options: Options, reference: bytes
) -> tuple[list[Point], float]:
    """Return the curve of a setting, and its mean milliseconds."""
    guess = choose_encoder_quality(output, QUALITY)
    points, times = [], []
    for number in (guess - _STEP, guess, min(99, guess + _STEP)):
        runs = []
        for _ in range(_RUNS):
            began = time.process_time()
            body = _encode(image, _NAMES[output], {**options, "quality": number})
            runs.append(1000 * (time.process_time() - began))
        times.append(min(runs))
        points.append(Point(number, score(reference, body), len(body)))
    return points, statistics.mean(times)


def _encode(image: Image.Image, name: str, options: Options) -> bytes:
    output = io.BytesIO()
    image.save(output, name, **options)
    return output.getvalue()


def _summarise(costs: Sequence[Cost]) -> str:
    """Return the mean ratios of a setting: time, bytes of photographs and drawings, the worst."""
    ratios = [
        [each.bytes for each in costs if each.bytes and each.cell.is_drawing is drawing]
        for drawing in (False, True)
    ]
    means = [f"{statistics.geometric_mean(each):.2f}" if each else "" for each in ratios]
    most = max(map(max, filter(None, ratios)), default=math.nan)
    spent = statistics.geometric_mean(each.time for each in costs)
    return f"{spent:.2f} | {' | '.join(means)} | {most:.2f}"


if __name__ == "__main__":
    main()
