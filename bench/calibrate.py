"""Measures the table of `image/quality.py`: which number of WebP and AVIF looks like a JPEG's q.

For every photograph, 640 px wide: the score of JPEG at each q, and of each other encoder at a
range of its own numbers; then the number that scores the same, the median over the photographs.

    python -m bench.calibrate FOLDER --most 12
"""

import statistics
from bisect import bisect_left
from pathlib import Path

from bench.corpus import photographs
from bench.engine import render
from bench.judge import score
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


def curve(path: Path, output: Format, numbers: tuple[int, ...]) -> list[float]:
    """Return the score of a photograph for each number of an encoder."""
    data = path.read_bytes()
    reference = render(data, f"w={WIDTH}&fm=png").body
    codec, watch = PillowCodec(), Stopwatch()
    planned = plan(Transform(size=Size(width=WIDTH)), codec.probe(data), Limits())
    frames = frames_of(data, planned, codec, watch)
    return [
        score(
            reference,
            codec.encode(frames, Encoding(output, number)),
        )
        for number in numbers
    ]


def crossing(scores: list[float], numbers: tuple[int, ...], target: float) -> float:
    """Return the number at which a rising curve reaches the target, at most its last."""
    rising = [max(scores[: at + 1]) for at in range(len(scores))]
    at = bisect_left(rising, target)
    if at in {0, len(rising)}:
        return numbers[min(at, len(numbers) - 1)]
    share = (target - rising[at - 1]) / (rising[at] - rising[at - 1])
    return numbers[at - 1] + share * (numbers[at] - numbers[at - 1])


def main() -> None:
    """Print the table, and how far the photographs spread."""
    found: dict[Format, dict[int, list[float]]] = {
        output: {quality: [] for quality in QUALITIES} for output in NUMBERS
    }
    for path in photographs(__doc__):
        wanted = curve(path, Format.JPEG, QUALITIES)
        for output, numbers in NUMBERS.items():
            scores = curve(path, output, numbers)
            for quality, target in zip(QUALITIES, wanted, strict=True):
                found[output][quality].append(crossing(scores, numbers, target))
        print(f"{path.name}: JPEG scores {[round(value, 1) for value in wanted]}", flush=True)
    for output, table in found.items():
        print(
            output,
            tuple((quality, round(statistics.median(seen))) for quality, seen in table.items()),
        )
        print(
            "  spread",
            [(quality, round(min(seen)), round(max(seen))) for quality, seen in table.items()],
        )


if __name__ == "__main__":
    main()
