"""Measure the table of `image/quality.py`: the numbers of WebP and AVIF that score as JPEG's `q`.

Each photograph is 640 px wide. JPEG is scored at each `q`, and the other encoders at a range of
their own numbers. The table has the number with the same score, as median over the photographs.

    python -m bench.calibrate FOLDER --most 12
"""

import argparse
import statistics
from pathlib import Path

from bench.judge import score
from bench.peers.curves import BEST, Point, number_at
from bench.peers.ours import render
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.image.derive import render as frames_of
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.plan import plan
from origin_lambda.image.probe import Limits
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.params.size import Size
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Format

WIDTH = 640
QUALITIES = (20, 35, 50, 60, 70, 75, 80, 85, 90, 95)
NUMBERS = {
    Format.WEBP: (15, 30, 45, 60, 70, 76, 82, 88, 93, 97, 100),
    Format.AVIF: (20, 30, 40, 48, 55, 62, 68, 74, 80, 88, 95),
}


def measure_curve(path: Path, output: Format, numbers: tuple[int, ...]) -> list[Point]:
    """Return the score and size of a photograph at each quality of an encoder."""
    data = path.read_bytes()
    reference = render(data, f"w={WIDTH}&fm=png").body
    codec, watch = PillowCodec(), Stopwatch()
    planned = plan(Transform(size=Size(width=WIDTH)), codec.probe(data), Limits())
    frames = frames_of(data, planned, codec, watch)
    bodies = [codec.encode(frames, Encoding(output, number)) for number in numbers]
    return [
        Point(number, score(reference, body), len(body))
        for number, body in zip(numbers, bodies, strict=True)
    ]


def main() -> None:
    """Print the table, and how far the photographs spread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder of photographs")
    parser.add_argument("--most", type=int, default=6, help="how many, the largest first")
    asked = parser.parse_args()
    # Of files with the same size only one counts: they are taken for copies.
    by_size = {path.stat().st_size: path for path in asked.folder.rglob("*.jpg")}
    table: dict[Format, dict[int, list[float]]] = {
        output: {quality: [] for quality in QUALITIES} for output in NUMBERS
    }
    for path in [by_size[size] for size in sorted(by_size, reverse=True)][: asked.most]:
        targets = measure_curve(path, Format.JPEG, QUALITIES)
        for output, numbers in NUMBERS.items():
            points = measure_curve(path, output, numbers)
            for quality, target in zip(QUALITIES, targets, strict=True):
                number = number_at(points, target.score)
                table[output][quality].append(BEST if number is None else number)
        print(f"{path.name}: JPEG scores {[round(each.score, 1) for each in targets]}", flush=True)
    for output, by_quality in table.items():
        medians = {quality: round(statistics.median(each)) for quality, each in by_quality.items()}
        spread = [(quality, round(min(x)), round(max(x))) for quality, x in by_quality.items()]
        print(output, tuple(medians.items()), "\n  spread", spread)


if __name__ == "__main__":
    main()
