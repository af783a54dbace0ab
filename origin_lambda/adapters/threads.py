"""Runs calls in threads."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

_MAX_THREADS: Final = 8
"""boto3 keeps ten connections to a service."""


def run_at_once(calls: Iterable[Callable[[], object]]) -> None:
    """Run calls in threads, and wait for all; raise the error of the first that failed."""
    with ThreadPoolExecutor(_MAX_THREADS) as pool:
        running = [pool.submit(call) for call in calls]
    for each in running:
        each.result()
