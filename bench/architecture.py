"""Measure the gain of the SIMD resizer, to choose the architecture of the origin function.

cykooz-resizer has wheels for x86-64 only, where a GB-second costs a quarter more than on arm64.
The same renders from mips run with it and with Pillow's own resize, in turn on this machine. Both
architectures are assumed to have equally fast cores.

    python -m bench.architecture FOLDER [--most 6]
"""

import itertools
import statistics
from typing import Final
from unittest import mock

from bench.corpus import photographs
from bench.mips import Original, ingested, milliseconds
from infra.costs.prices import COMPUTE
from origin_lambda.adapters.pillow import raster

WIDTHS: Final = (400, 800, 1600)
FORMATS: Final = ("jpg", "webp", "avif")
ROUNDS: Final = 7


def main() -> None:
    """Print a table in Markdown, and the price of a render on one architecture to the other's."""
    originals = [original for path in photographs(__doc__) if (original := ingested(path)).mips]
    print("| px | format | with SIMD ms | without ms | ratio |\n|---|---|---|---|---|")
    ratios = []
    for width, output in itertools.product(WIDTHS, FORMATS):
        query = f"w={width}&fm={output}"
        served = [original for original in originals if original.planned(query).mip]
        fast = [_time(original, query, simd=True) for original in served]
        slow = [_time(original, query, simd=False) for original in served]
        ratio = statistics.geometric_mean([a / b for a, b in zip(fast, slow, strict=True)])
        ratios.append(ratio)
        times = f"{statistics.mean(fast):.1f} | {statistics.mean(slow):.1f}"
        print(f"| {width} | {output} | {times} | {ratio:.2f} |", flush=True)
    prices = [COMPUTE[each].bands[0].dollars for each in ("x86_64", "arm64")]
    ratio = statistics.geometric_mean(ratios) * prices[0] / prices[1]
    print(f"\nx86-64 with SIMD costs {ratio:.2f} of arm64 without it")


def _time(original: Original, query: str, *, simd: bool) -> float:
    with mock.patch.object(raster, "HAS_SIMD", simd):
        return statistics.median(milliseconds(original.from_mip, query) for _ in range(ROUNDS))


if __name__ == "__main__":
    main()
