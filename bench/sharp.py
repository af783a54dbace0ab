"""Side by side with sharp in one run: the same originals, sizes and encoder numbers, one thread.

Both get an original's bytes and give a derivative's; both apply EXIF orientation and remove
metadata. JPEG is progressive on both sides and gets the same q; WebP gets sharp's default effort
and the same encoder number. AVIF is compared with sharp's default effort at the same encoder
number, and judged against our WebP at the same `q`.

    python -m bench.sharp FOLDER [--most 6]
"""

import base64
import itertools
import json
import math
import os
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.corpus import photographs
from bench.engine import render
from bench.judge import score
from origin_lambda.image.quality import encoder_quality
from origin_lambda.url.values import Format

WIDTHS = (400, 1200)
QUALITY = 80
ROUNDS = {Format.JPEG: 9, Format.WEBP: 9, Format.AVIF: 3}
NAMES = {Format.JPEG: "jpeg", Format.WEBP: "webp", Format.AVIF: "avif"}


@dataclass(frozen=True, slots=True)
class Row:
    """One original at one width in one format; medians, in milliseconds."""

    name: str
    width: int
    output: Format
    ours: float
    theirs: float
    our_bytes: int
    their_bytes: int

    @property
    def ratio(self) -> float:
        """Our time to theirs."""
        return self.ours / self.theirs

    def __str__(self) -> str:
        times = f"{self.ours:.1f} | {self.theirs:.1f} | {self.ratio:.2f}"
        sizes = f"{self.our_bytes / 1000:.1f} | {self.their_bytes / 1000:.1f}"
        return f"| {self.name} | {self.width} | {self.output} | {times} | {sizes} |"


class Sharp:
    """A node process that renders with sharp."""

    def __init__(self) -> None:
        worker = Path(__file__).with_name("sharp_worker.mjs")
        environment = os.environ | {"OMP_NUM_THREADS": "1", "UV_THREADPOOL_SIZE": "1"}
        self.process = subprocess.Popen(
            ["node", str(worker)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def render(self, path: Path, width: int, output: Format) -> tuple[float, bytes]:
        """Return the milliseconds it took, measured in node, and the bytes."""
        assert self.process.stdin
        assert self.process.stdout
        options: dict[str, Any] = {"quality": encoder_quality(output, QUALITY)}
        if output is Format.JPEG:
            options["progressive"] = True
        asked = {"path": str(path), "width": width, "format": NAMES[output], "options": options}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["milliseconds"], base64.b64decode(answer["body"])


def compared(sharp: Sharp, path: Path, width: int, output: Format) -> Row:
    """Return the medians of alternating renders, after one of each to warm up."""
    data = path.read_bytes()
    query = f"w={width}&fm={output}&q={QUALITY}"
    ours, theirs = [], []
    _, their_body = sharp.render(path, width, output)
    our_body = render(data, query).body
    for _ in range(ROUNDS[output]):
        began = time.perf_counter()
        render(data, query)
        ours.append(1000 * (time.perf_counter() - began))
        theirs.append(sharp.render(path, width, output)[0])
    return Row(
        path.name,
        width,
        output,
        statistics.median(ours),
        statistics.median(theirs),
        len(our_body),
        len(their_body),
    )


def geometric_mean(values: list[float]) -> float:
    """Return the mean that ratios ask for."""
    return math.exp(statistics.fmean(map(math.log, values)))


def looks(paths: list[Path]) -> None:
    """Print how our AVIF scores against our WebP at the same q, and what both weigh."""
    print("\n| original | px | webp score | avif score | webp KB | avif KB |")
    print("|---|---|---|---|---|---|")
    for path in paths:
        data = path.read_bytes()
        for width in WIDTHS:
            reference = render(data, f"w={width}&fm=png").body
            query = f"w={width}&q={QUALITY}"
            bodies = [render(data, f"{query}&fm={output}").body for output in ("webp", "avif")]
            scores = " | ".join(f"{score(reference, body):.1f}" for body in bodies)
            sizes = " | ".join(f"{len(body) / 1000:.1f}" for body in bodies)
            print(f"| {path.name} | {width} | {scores} | {sizes} |", flush=True)


def main() -> None:
    """Print a table in Markdown, and the geometric means."""
    paths = photographs(__doc__)
    sharp = Sharp()
    rows = []
    print("| original | px | format | ours ms | sharp ms | ratio | ours KB | sharp KB |")
    print("|---|---|---|---|---|---|---|---|")
    for path, width, output in itertools.product(paths, WIDTHS, NAMES):
        row = compared(sharp, path, width, output)
        rows.append(row)
        print(row, flush=True)
    sharp.process.kill()
    for output in NAMES:
        ratios = [row.ratio for row in rows if row.output is output]
        print(f"\n{output}: geometric mean {geometric_mean(ratios):.2f}, worst {max(ratios):.2f}")
    looks(paths)


if __name__ == "__main__":
    main()
