"""Measure whether misses take longer while a worker refines popular derivatives.

The origin and the worker are two functions, as on AWS, and run from their packages. What they share
is S3 and DynamoDB: stand-ins that take as long as AWS. The worker has a processor of its own, and
runs during every fourth group of requests. During others, a process that only encodes runs there:
so what the two have in common is due to this machine. The last two rows differ by noise only.

    python -m bench.miss_while_refining [--requests 300]
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.cold_start import make_event, make_photograph
from bench.miss import MEDIANS, Case, ask, make_item, start_function
from bench.stand_in import serve_objects
from infra.demo import FILES
from infra.laptop.runtime_api import Sandbox
from infra.laptop.traffic import LOCAL
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.derivatives.responses import compute_stat
from origin_lambda.image.analysis.analyse import Analyser
from origin_lambda.image.probe import Limits
from origin_lambda.originals.mip_keys import mip_key
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.url.admission import Policy, admit_uri

GROUP: Final = 10
"""Requests before the worker is stopped or continued: about two seconds."""

MISS: Final = Case("after ingest, 800 px AVIF", "w=800&fm=avif")
REFINING: Final = "with the worker"
ENCODING: Final = "with a process that only encodes"
ROWS: Final = (REFINING, "with neither", ENCODING, "with neither, again")
_POPULAR: Final = 100
_POPULAR_QUERY: Final = "w=320&fm=avif"
_VIEWS: Final = 1_000_000
_RUN_SECONDS: Final = 600.0
_SETTINGS: Final = LOCAL | {
    "AWS_DEFAULT_REGION": "us-east-1",
    "TRAFFIC_TABLE": "traffic",
    "REFINE_BUDGET": "1000",
}


def main() -> None:
    """Measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=300, help="requests of each row")
    requests = parser.parse_args().requests
    checkout = Path(__file__).parents[1]
    waits: dict[str, list[float]] = {row: [] for row in ROWS}
    seconds = dict.fromkeys(ROWS, 0.0)
    with ExitStack() as stack:
        url = stack.enter_context(serve_objects(_make_objects(requests), MEDIANS))
        origin = start_function(stack, checkout, url)
        worker = start_function(stack, checkout, url, _SETTINGS, "refine")
        encoder = subprocess.Popen([sys.executable, "-c", _ENCODE])
        stack.callback(encoder.kill)
        for number in range(_POPULAR):
            _store(origin, f"popular-{number}.jpg")
        _separate(origin, worker.process.pid, encoder.pid)
        stack.enter_context(_invoke_in_background(worker))
        turn = 0
        for _ in range(0, requests, GROUP):
            for row in ROWS:
                _run_only_if(worker.process.pid, row == REFINING)
                _run_only_if(encoder.pid, row == ENCODING)
                began = worker.cpu_seconds()
                for _ in range(GROUP):
                    waits[row].append(ask(origin.api, MISS, f"{turn}.jpg")[0])
                    turn += 1
                seconds[row] += worker.cpu_seconds() - began
        _run_only_if(worker.process.pid, True)
        tries = _count_tries(worker.log)
    print("| ms | p50 | p95 | p99 | requests | seconds of the worker |\n|---|---|---|---|---|---|")
    for row, times in waits.items():
        quantiles = statistics.quantiles(times, n=100)
        cells = [f"{quantiles[at - 1]:.0f}" for at in (50, 95, 99)]
        print(f"| {row} | {' | '.join(cells)} | {len(times)} | {seconds[row]:.0f} |")
    print(f"\nThe worker's tries: {', '.join(f'{count} {what}' for what, count in tries.items())}")


_ENCODE: Final = """
import io
from PIL import Image
picture = Image.effect_noise((640, 480), 40).convert("RGB")
while True:
    picture.save(io.BytesIO(), "AVIF", speed=2, max_threads=1)
"""


def _run_only_if(pid: int, is_running: bool) -> None:
    """Continue or stop a process."""
    os.kill(pid, signal.SIGCONT if is_running else signal.SIGSTOP)


def _make_objects(requests: int) -> dict[str, bytes]:
    """Return the originals, their mips, the catalog, and the views of the popular derivatives."""
    keys = [f"{turn}.jpg" for turn in range((requests + GROUP) * len(ROWS))]
    popular = [f"popular-{number}.jpg" for number in range(_POPULAR)]
    objects = _ingest(make_photograph(), keys)
    objects |= _ingest((FILES / "mountains.jpg").read_bytes(), popular)
    views = [
        {
            "name": {"S": admit_uri(f"/{key}", _POPULAR_QUERY, {}, Policy(), 0)},
            "views": {"N": str(_VIEWS)},
        }
        for key in popular
    ]
    objects[f"views {datetime.now(UTC):%Y-%m-%d}"] = json.dumps({"Items": views}).encode()
    return objects


def _ingest(body: bytes, keys: Sequence[str]) -> dict[str, bytes]:
    """Return an original under each of these keys, with its mips and record."""
    analyser = Analyser(PillowCodec(), PillowMeasurer(), sanitise, Limits())
    analysis, made = analyser.analyse(body)
    objects: dict[str, bytes] = {}
    for key in keys:
        pending = replace(OriginalRecord.unknown(key, compute_stat(body)), revision=1)
        ready = pending.as_ready(analysis, tuple(mip for mip, _ in made), time.time())
        objects |= {f"/originals/{key}": body, key: make_item(ready)}
        for mip, data in made:
            objects[f"/derivatives/{mip_key(key, ready.version, mip)}"] = data
    return objects


def _store(origin: Sandbox, key: str) -> None:
    """Have the origin render and store a popular derivative."""
    answer = origin.api.invoke(make_event(key, _POPULAR_QUERY))
    origin.api.wait_for_start()
    assert answer["statusCode"] == 200, answer


def _separate(origin: Sandbox, *others: int) -> None:
    """Give other processes a processor of their own, as on AWS; the origin has the rest."""
    processors = sorted(os.sched_getaffinity(0))
    assert len(processors) > 1, "the worker needs a processor of its own"
    own = processors.pop()
    for pid in (os.getpid(), origin.process.pid):
        _pin(pid, set(processors))
    for pid in others:
        _pin(pid, {own})


def _pin(pid: int, processors: set[int]) -> None:
    """Run all threads of a process on these processors."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), processors)


def _count_tries(log: Path) -> Counter[str]:
    """Return what became of the worker's tries, from its log."""
    lines = (
        line for line in log.read_text().splitlines() if line.startswith('{"event": "refined"')
    )
    return Counter(json.loads(line)["what"] for line in lines)


@contextmanager
def _invoke_in_background(worker: Sandbox) -> Iterator[None]:
    """Invoke the worker again and again during the block."""
    stopping = threading.Event()

    def invoke() -> None:
        while not stopping.is_set():
            worker.api.invoke({}, _RUN_SECONDS)
            worker.api.wait_for_start()

    threading.Thread(target=invoke, daemon=True).start()
    yield
    stopping.set()


if __name__ == "__main__":
    main()
