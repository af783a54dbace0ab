"""Measure the time of a warm handler for a stored derivative.

This is the processor time of its thread, without waiting for the bucket in another process.

    python -m bench.warm_handler [--requests 500] [--profile]
"""

import argparse
import cProfile
import os
import pstats
import statistics
import time

from bench.cold_start import ACCOUNT, BUCKETS, make_event, make_photograph
from bench.cold_start_store import serve_objects
from origin_lambda import handler, log

_WIDTH = 400
_MOST_LISTED = 30


def main() -> None:
    """Measure, and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--profile", action="store_true", help="list where the time goes")
    given = parser.parse_args()
    log.write = len  # discard the log
    with serve_objects({"/originals/photograph.jpg": make_photograph()}) as url:
        os.environ |= ACCOUNT | BUCKETS | {"AWS_ENDPOINT_URL": url}
        time_request(first=True)
        profile = cProfile.Profile()
        if given.profile:
            profile.enable()
        taken = sorted(time_request() for _ in range(given.requests))
        profile.disable()
    tail = taken[int(len(taken) * 0.99)]
    print(f"warm, processor time: p50 {statistics.median(taken):.2f} ms, p99 {tail:.2f} ms")
    if given.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(_MOST_LISTED)


def time_request(*, first: bool = False) -> float:
    """Send a request, and return its processor milliseconds."""
    event = make_event("photograph.jpg", _WIDTH)
    began = time.thread_time()
    answer = handler.origin(event, None)
    taken = 1000 * (time.thread_time() - began)
    assert answer["headers"]["x-calotype"].startswith("render" if first else "stored")
    return taken


if __name__ == "__main__":
    main()
