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
from origin_lambda.image.quality import encoder_quality
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
class Tried:
    """The curve of a setting for a cell, and its mean milliseconds."""

    points: Sequence[Point]
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Cost:
    """A setting's ratios to the one in use, for one cell; *bytes* None outside its curve."""

    cell: Cell
    format: Format
    setting: str
    time: float
    bytes: float | None


def main() -> None:
    """Print the ratios of each picture, then a table by format and width."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", type=Path, help="where photographs are")
    parser.add_argument("--most", type=int, default=6, help="how many, the largest first")
    parser.add_argument("--widths", type=int, nargs="+", default=[400, 800])
    parser.add_argument("--formats", nargs="+", default=[str(each) for each in SETTINGS])
    asked = parser.parse_args()
    Image.init()  # otherwise Pillow's own AVIF, which has no SVT-AV1, takes the name later
    Image.register_save("AVIF", AvifImagePlugin._save)  # noqa: SLF001 reason: it registers that
    cells = [cell for width in asked.widths for cell in _cells(asked.folder, asked.most, width)]
    costs = []
    for output in map(Format, asked.formats):
        for cell in cells:
            ratios = list(compare(cell, output))
            costs += ratios
            print(_line(cell, output, ratios), flush=True)
    print("\n" + table(costs))


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
    number = encoder_quality(output, QUALITY)
    reference = _encode(cell.image, "PNG", {"compress_level": 1})
    seen: dict[bytes, float] = {}
    tried = {}
    for name, options in SETTINGS[output].items():
        tried[name] = _try(cell, output, options, reference, seen)
    in_use = next(iter(tried.values()))
    target = score_at(in_use.points, number)
    there = bytes_at(in_use.points, target)
    for name, each in tried.items():
        found = bytes_at(each.points, target)
        ratio = found / there if found and there else None
        yield Cost(cell, output, name, each.milliseconds / in_use.milliseconds, ratio)


def _try(
    cell: Cell, output: Format, options: Options, reference: bytes, seen: dict[bytes, float]
) -> Tried:
    guess = encoder_quality(output, QUALITY)
    points, spent = [], []
    for number in (guess - _STEP, guess, min(99, guess + _STEP)):
        runs = []
        for _ in range(_RUNS):
            began = time.process_time()
            body = _encode(cell.image, _NAMES[output], {**options, "quality": number})
            runs.append(1000 * (time.process_time() - began))
        spent.append(min(runs))
        with Image.open(io.BytesIO(body)) as decoded:
            pixels = decoded.convert("RGB").tobytes()
        if pixels not in seen:  # settings that only pack differently give the same pixels
            seen[pixels] = score(reference, body)
        points.append(Point(number, seen[pixels], len(body)))
    return Tried(points, statistics.mean(spent))


def _encode(image: Image.Image, name: str, options: Options) -> bytes:
    output = io.BytesIO()
    image.save(output, name, **options)
    return output.getvalue()


def _line(cell: Cell, output: Format, costs: Sequence[Cost]) -> str:
    texts = "; ".join(f"{each.setting} {each.time:.2f} {_number(each.bytes)}" for each in costs)
    return f"{cell.name} {cell.width} {output}: {texts}"


def _number(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def table(costs: Sequence[Cost]) -> str:
    """Return geometric means of the ratios, by format, width and setting, in Markdown."""
    lines = [
        "| format | px | setting | time | bytes, photographs | drawings | the most |",
        "|---|---|---|---|---|---|---|",
    ]
    keys = dict.fromkeys((each.format, each.cell.width, each.setting) for each in costs)
    for key in keys:
        chosen = [each for each in costs if (each.format, each.cell.width, each.setting) == key]
        bytes_of = [
            [each.bytes for each in chosen if each.bytes and each.cell.is_drawing is drawing]
            for drawing in (False, True)
        ]
        cells = [
            *map(str, key),
            f"{statistics.geometric_mean([each.time for each in chosen]):.2f}",
            *(f"{statistics.geometric_mean(ratios):.2f}" if ratios else "" for ratios in bytes_of),
            f"{max(map(max, filter(None, bytes_of)), default=math.nan):.2f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
