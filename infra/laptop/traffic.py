"""Count views at the local edge, and make popular derivatives smaller, as a deployment does."""

import os
import threading
from collections import Counter
from typing import Final

from infra.costs.prices import COMPUTE, TRANSFER, Viewers
from infra.terminal import print_line
from origin_lambda.derivatives.refine import Outcome
from origin_lambda.traffic.popularity import Popularity
from origin_lambda.traffic.worker import Worker

MEMORY_GB: Final = 1769 / 1024
"""The memory of the function that refines: that of one vCPU."""

DOLLARS_PER_GB: Final = TRANSFER[Viewers.NORTH_AMERICA].bands[0].dollars
DOLLARS_PER_SECOND: Final = COMPUTE["x86_64"].bands[0].dollars * MEMORY_GB
LOCAL: Final = {
    "REFINE_BUDGET": "1",
    "DELIVERED_PRICE": f"{DOLLARS_PER_GB:.12f}",
    "REFINE_PRICE": f"{DOLLARS_PER_SECOND:.12f}",
}
"""The settings of the local server, with the list prices of AWS."""

_RUN_SECONDS: Final = 65.0


class LocalTraffic:
    """The views at the local edge: counted in memory, and stored every few seconds."""

    def __init__(self, popularity: Popularity, worker: Worker) -> None:
        self._popularity = popularity
        self._worker = worker
        self._views: Counter[str] = Counter()
        self._lock = threading.Lock()

    def count(self, uri: str) -> None:
        """Count a view; can be called from any thread."""
        with self._lock:
            self._views[uri] += 1

    def store(self) -> None:
        """Store the views that were counted since the last call."""
        with self._lock:
            views, self._views = self._views, Counter()
        self._popularity.add(views)

    def refine(self) -> None:
        """Make popular derivatives smaller where that pays."""
        for refinement in self._worker.run(_RUN_SECONDS):
            if refinement.outcome is Outcome.REFINED:
                saved = 1 - refinement.after / refinement.before
                print_line(
                    f"refined a popular derivative: {refinement.before:,} -> "
                    f"{refinement.after:,} bytes, {saved:.0%} less"
                )


def set_prices() -> None:
    """Set budget and prices in the environment, where they are not set yet."""
    for name, value in LOCAL.items():
        os.environ.setdefault(name, value)
