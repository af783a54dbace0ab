"""Simulate a month of traffic: what refinement saves and spends, and when a derivative is stored.

    python -m bench.traffic_month [--views 100M] [--originals 1M]

Views of derivatives follow Zipf's law with exponent 1, a common finding for web objects (Breslau
et al., "Web Caching and Zipf-like Distributions", 1999, found 0.64 to 0.83; both are printed).
Every original has the same few derivatives. The rule that decides what pays is that of
`origin_lambda.traffic.worker`, and the prices are those of `infra.costs.prices`.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from infra.costs.amounts import parse_amount
from infra.costs.prices import COMPUTE, INVOCATIONS, READS, TRANSFER, WRITES, Viewers
from infra.costs.workload import RENDER_MS

_GB: Final = 2**30
_BYTES: Final = 45_000
_MEMORY_GB: Final = 1769 / 1024
_SECOND: Final = COMPUTE["x86_64"].bands[0].dollars * _MEMORY_GB
_DELIVERED: Final = TRANSFER[Viewers.NORTH_AMERICA].bands[0].dollars
_PUT, _GET = WRITES.bands[0].dollars, READS.bands[0].dollars
_RENDER: Final = RENDER_MS / 1000 * _SECOND + INVOCATIONS.bands[0].dollars + 2 * _GET
_DERIVATIVES: Final = 8
"""Derivatives of each original: four sizes in two formats."""

_EXPONENTS: Final = (0.7, 0.85, 1.0)
_MISSES: Final = 10
"""Edge caches that each ask once for a derivative, at most: regional caches of CloudFront."""


class Format(NamedTuple):
    """A format's share of the views; the share that refinement saves; its seconds for a file."""

    name: str
    views: float
    saved: float
    seconds: float


FORMATS: Final = (Format("avif", 0.75, 0.2, 12.0), Format("webp", 0.25, 0.06, 2.0))


def count_views(views: float, derivatives: int, exponent: float, seed: int) -> np.ndarray:
    """Return the views of each derivative in a month, most popular first (Poisson of Zipf)."""
    weights = np.arange(1, derivatives + 1, dtype=float) ** -exponent
    counts: np.ndarray = np.random.default_rng(seed).poisson(views * weights / weights.sum())
    return counts


def simulate_refinement(counts: np.ndarray, budget: float) -> tuple[int, float, float]:
    """Return how many derivatives are refined in a month, and the dollars saved and spent.

    A derivative is refined once its views so far pay for it, at the worker's factor of 2. The
    views before that, on average a half of the month's share, save nothing.
    """
    files, saved, spent = 0, 0.0, 0.0
    for each in FORMATS:
        views = counts * each.views
        gain = views * _BYTES * each.saved / _GB * _DELIVERED
        price = each.seconds * _SECOND + _PUT + 2 * _GET
        chosen = gain > 2 * price
        left = max(0, int((budget - spent) / price))
        files += min(int(chosen.sum()), left)
        paid = np.sort(gain[chosen])[::-1][:left]
        saved += float(paid.sum()) / 2
        spent += len(paid) * price
    return files, saved, spent


def simulate_storage(counts: np.ndarray, at: int) -> float:
    """Return the dollars of renders, writes and reads if a derivative is stored at its ask *at*.

    Each edge cache asks once for what it does not have, and a month has at most `_MISSES` of them.
    """
    asks = np.minimum(counts, _MISSES)
    renders = np.minimum(asks, at)
    stored = asks >= at
    reads = asks - renders
    return float(renders.sum() * _RENDER + stored.sum() * _PUT + (reads + renders).sum() * _GET)


def describe(views: float, originals: int, budget: float) -> Iterator[str]:
    """Yield the lines of the result, a row for each exponent."""
    yield "| exponent | refined | saved | spent | stored at 1st ask | at 2nd | asked once |"
    yield "|---|---|---|---|---|---|---|"
    for exponent in _EXPONENTS:
        counts = count_views(views, originals * _DERIVATIVES, exponent, seed=1)
        files, saved, spent = simulate_refinement(counts, budget)
        first, second = simulate_storage(counts, 1), simulate_storage(counts, 2)
        once = float((counts == 1).sum() / max((counts > 0).sum(), 1))
        yield (
            f"| {exponent} | {files:,} | ${saved:,.2f} | ${spent:,.2f} "
            f"| ${first:,.2f} | ${second:,.2f} | {once:.0%} |"
        )


def main(arguments: list[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--views", type=parse_amount, default=1e8)
    parser.add_argument("--originals", type=parse_amount, default=1e6)
    parser.add_argument("--budget", type=parse_amount, default=5.0)
    options = parser.parse_args(arguments)
    for line in describe(options.views, int(options.originals), options.budget):
        print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
