"""Measure the time that a warm handler takes to answer with a stored derivative.

It is the processor time of the handler's thread, so it does not include the bucket's time.

    python -m bench.warm_handler [--requests 500]
"""

import argparse
import os
import statistics
import time

from bench.cold_start import ACCOUNT, BUCKETS, make_event, make_photograph
from bench.cold_start_store import serve_objects
from origin_lambda import handler, log

_WIDTH = 400


def main() -> None:
    """Measure, and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=500)
    requests = parser.parse_args().requests
    log.write = len  # discard the log
    with serve_objects({"/originals/photograph.jpg": make_photograph()}) as url:
        os.environ |= ACCOUNT | BUCKETS | {"AWS_ENDPOINT_URL": url}
        time_request(first=True)
        times = sorted(time_request() for _ in range(requests))
    p50, p99 = statistics.median(times), times[int(len(times) * 0.99)]
    print(f"warm, processor time: p50 {p50:.2f} ms, p99 {p99:.2f} ms")


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
