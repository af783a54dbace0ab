"""Measures what the handler itself takes for a derivative that is stored, warm.

That is the processor's time of the thread: all but waiting for the bucket, in another process.

    python -m bench.warm_handler [--requests 500] [--profile]
"""

import argparse
import cProfile
import os
import pstats
import statistics
import time

from bench.cold_start import ACCOUNT, BUCKETS, asked, photograph
from bench.cold_start_store import stored
from origin_lambda import handler, log

_WIDTH = 400
_MOST_LISTED = 30


def main() -> None:
    """Measure, and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--profile", action="store_true", help="list where the time goes")
    given = parser.parse_args()
    log.write = len  # somewhere
    with stored({"/originals/photograph.jpg": photograph()}) as url:
        os.environ |= ACCOUNT | BUCKETS | {"AWS_ENDPOINT_URL": url}
        answered(first=True)
        profile = cProfile.Profile()
        if given.profile:
            profile.enable()
        taken = sorted(answered() for _ in range(given.requests))
        profile.disable()
    tail = taken[int(len(taken) * 0.99)]
    print(f"warm, of the processor: p50 {statistics.median(taken):.2f} ms, p99 {tail:.2f} ms")
    if given.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(_MOST_LISTED)


def answered(*, first: bool = False) -> float:
    """Return the milliseconds of the processor that one request takes."""
    event = asked("photograph.jpg", _WIDTH)
    began = time.thread_time()
    answer = handler.origin(event, None)
    taken = 1000 * (time.thread_time() - began)
    assert answer["headers"]["x-calotype"].startswith("render" if first else "stored")
    return taken


if __name__ == "__main__":
    main()
