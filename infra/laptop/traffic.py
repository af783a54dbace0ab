"""Count views at the local edge, and make popular derivatives smaller, as a deployment does."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import Counter
from multiprocessing.connection import Connection
from typing import Final

from infra.costs.prices import COMPUTE, TRANSFER, Viewers
from infra.terminal import print_line
from origin_lambda import log
from origin_lambda.bootstrap import build_worker
from origin_lambda.derivatives.refine import Outcome, Refinement
from origin_lambda.settings import Settings
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

REFINED: Final = "refined a popular derivative"
"""The beginning of the line that the server prints about one."""

_RUN_SECONDS: Final = 120.0
_LOWEST_PRIORITY: Final = 19
_PROCESSES: Final = multiprocessing.get_context("spawn")


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
        """Make popular derivatives smaller where that pays.

        This takes seconds of a processor, so it runs in another process of the lowest priority.
        There is such a process only while there is something to try.
        """
        if not self._worker.has_work():
            return
        receiver, sender = _PROCESSES.Pipe(duplex=False)
        process = _PROCESSES.Process(target=_refine, args=(sender,), daemon=True)
        process.start()
        sender.close()
        with contextlib.suppress(EOFError):
            while True:
                _print(receiver.recv())
        process.join()


def _refine(results: Connection) -> None:
    """Run the worker of the environment, and send what became of each try."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the server, which ends this process
    os.nice(_LOWEST_PRIORITY)
    log.write = _ignore
    worker = build_worker(Settings.from_environment(os.environ))
    for refinement in worker.run(_RUN_SECONDS):
        results.send(refinement)


def _ignore(line: str) -> None:
    """Ignore a log line: the terminal shows what was refined."""


def _print(refinement: Refinement) -> None:
    if refinement.outcome is Outcome.REFINED:
        saved = 1 - refinement.after / refinement.before
        print_line(
            f"{REFINED}: {refinement.before:,} -> {refinement.after:,} bytes, {saved:.0%} less"
        )


def set_prices() -> None:
    """Set budget and prices in the environment, where they are not set yet."""
    for name, value in LOCAL.items():
        os.environ.setdefault(name, value)
