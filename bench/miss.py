"""Measure how long a caller waits for a miss, with services that take as long as AWS.

The whole origin runs under Lambda's client for Python. Latencies are drawn from a log-normal
distribution: each n-th request for an object takes equally long in every run and checkout. Each
request is for another original. Other checkouts are measured in the same run, request by request.

    python -m bench.miss [--against CHECKOUT] [--requests 60]
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Final
from urllib.request import urlopen

from bench.cold_start import ACCOUNT, BUCKETS, make_event, make_photograph
from bench.latency.answer import parse_stages
from bench.stand_in import serve_objects
from infra.laptop.runtime_api import (
    PYTHON_COMMAND,
    RuntimeApi,
    Sandbox,
    make_streaming_command,
    start_sandbox,
)
from infra.packaging import PYTHON, install_runtime_client
from infra.packaging.interpreters import find_interpreter
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.slim.dynamodb import to_attributes
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.derivatives.responses import compute_stat
from origin_lambda.image.analysis.analyse import Analyser
from origin_lambda.image.probe import Limits
from origin_lambda.originals.catalog import to_json
from origin_lambda.originals.mip_keys import mip_key
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.url.grammar import canonical, parse

MEDIANS: Final = {"POST": 5.0, "HEAD": 20.0, "GET": 20.0, "PUT": 30.0}
"""Milliseconds of DynamoDB and SQS, and of S3."""

_BUILD: Final = """
import pathlib, sys, infra.packaging
infra.packaging.build_package(sys.argv[2], build=pathlib.Path(sys.argv[1]))
"""
_RENDERING: Final = ("decode", "resize", "steps", "encode", "clean")


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of request. What the catalog has of its originals is *ready*, pending or missing.

    The process is asked for *first* before; a stored derivative is asked for twice.
    """

    name: str
    query: str
    record: str = "ready"
    first: str | None = None


CASES: Final = (
    Case("after ingest, 800 px AVIF", "w=800&fm=avif"),
    Case("after ingest, 400 px JPEG", "w=400&fm=jpg"),
    Case("after another size, 800 px AVIF", "w=800&fm=avif", first="w=300"),
    Case("before ingest, 800 px AVIF", "w=800&fm=avif", "pending"),
    Case("unlisted original, 800 px AVIF", "w=800&fm=avif", "missing"),
    Case("stored hit, no bucket in front", "w=800&fm=avif", first="w=800&fm=avif"),
    Case("the original's own bytes", ""),
)


def main() -> None:
    """Measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, nargs="*", default=[], help="other checkouts")
    parser.add_argument("--requests", type=int, default=60, help="requests of each kind")
    asked = parser.parse_args()
    checkouts = [path.resolve() for path in (*asked.against, Path(__file__).parents[1])]
    objects = _make_objects(asked.requests)
    with ExitStack() as stack:
        urls = [stack.enter_context(serve_objects(objects, MEDIANS)) for _ in checkouts]
        origins = [start_function(stack, *each).api for each in zip(checkouts, urls, strict=True)]
        titles = [f"{checkout.name} {what}" for checkout in checkouts for what in _COLUMNS]
        print(f"| ms | {' | '.join(titles)} | p50 | p95 |\n|{'---|' * (len(titles) + 3)}")
        for number, case in enumerate(CASES):
            waits: list[list[tuple[float, float]]] = [[] for _ in origins]
            for turn in range(asked.requests):
                for origin, found in zip(origins, waits, strict=True):
                    found.append(ask(origin, case, f"{number}-{turn}.jpg"))
            _print_row(case, [each[1:] for each in waits])
        _print_streaming(stack)


_COLUMNS: Final = ("p50", "p95", "beyond rendering")


def _make_objects(requests: int) -> dict[str, bytes]:
    """Return all originals, their mips, and the answers of the catalog."""
    body = make_photograph()
    analyser = Analyser(PillowCodec(), PillowMeasurer(), sanitise, Limits())
    analysis, made = analyser.analyse(body)
    objects = {}
    for number, case in enumerate(CASES):
        for turn in range(requests):
            key = f"{number}-{turn}.jpg"
            objects[f"/originals/{key}"] = body
            pending = replace(OriginalRecord.unknown(key, compute_stat(body)), revision=1)
            ready = pending.as_ready(analysis, tuple(mip for mip, _ in made), time.time())
            if case.record != "missing":
                record = ready if case.record == "ready" else pending
                objects[key] = make_item(record)
            for mip, data in made:
                objects[f"/derivatives/{mip_key(key, ready.version, mip)}"] = data
    return objects


def make_item(record: OriginalRecord) -> bytes:
    """Return the catalog's answer for a record."""
    return json.dumps({"Item": to_attributes(to_json(record))}).encode()


def _print_streaming(stack: ExitStack) -> None:
    """Print the wait for the first byte of a large original, beside one GET of it."""
    random = Random(1)
    originals = {f"{turn}.png": _PNG + random.randbytes(20_000_000) for turn in range(9)}
    objects = {f"/originals/{key}": body for key, body in originals.items()}
    for key, body in originals.items():
        record = replace(OriginalRecord.unknown(key, compute_stat(body)), revision=1)
        objects[key] = make_item(record)
    services = (serve_objects(objects, MEDIANS, _S3_RATE) for _ in range(2))
    url, other = map(stack.enter_context, services)
    settings = {"STREAM_ANSWERS": "true", "BARE_ORIGINALS": "as-is"}
    api = start_function(stack, Path(__file__).parents[1], url, settings).api
    waits, reads = [], []
    for key, body in originals.items():
        began = time.monotonic()
        answer = api.invoke_streamed(make_event(key, ""))
        waits.append(1000 * (answer.first_byte - began))
        assert answer.body == body
        api.wait_for_start()
        began = time.monotonic()
        with urlopen(f"{other}/originals/{key}") as reading:  # noqa: S310 reason: a server here
            reading.read()
        reads.append(1000 * (time.monotonic() - began))
    wait, read = statistics.median(waits), statistics.median(reads)
    print(
        f"\nFirst byte of a streamed original of 20 MB: {wait:.0f} ms; one GET of it takes"
        f" {read:.0f} ms ({wait / read:.2f})"
    )


_S3_RATE: Final = 85e6
"""Bytes a second of one connection to S3 (Amazon S3 user guide, "Performance guidelines")."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"


def start_function(
    stack: ExitStack,
    checkout: Path,
    url: str,
    settings: Mapping[str, str] | None = None,
    function: str = "origin",
) -> Sandbox:
    """Start a function of a checkout from its package, until the stack ends.

    *url* is where the services are. *function* is the name of the package and of the entry point.
    """
    python = find_interpreter(PYTHON)
    assert python, f"Python {PYTHON} is needed, because Lambda runs it"
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    subprocess.run([sys.executable, "-c", _BUILD, folder, function], cwd=checkout, check=True)
    with zipfile.ZipFile(next(folder.glob("*.zip"))) as archive:
        archive.extractall(folder)
    handler = f"origin_lambda.handler.{function}"
    environment = (
        ACCOUNT
        | BUCKETS
        | {
            "AWS_ENDPOINT_URL": url,
            "BUCKET_IN_FRONT": "true",
            "CATALOG_TABLE": "catalog",
            "INGEST_QUEUE_URL": f"{url}/queue",
            "PYTHONPATH": f"{install_runtime_client()}:{folder}",
            "_HANDLER": handler,
        }
        | dict(settings or {})
    )
    command = [str(python.path), *PYTHON_COMMAND, handler]
    if "STREAM_ANSWERS" in environment:
        command = make_streaming_command(python.path, folder)
    sandbox = stack.enter_context(start_sandbox(command, environment, folder, folder / "log"))
    sandbox.api.wait_for_start()
    return sandbox


def ask(api: RuntimeApi, case: Case, key: str) -> tuple[float, float]:
    """Return how many milliseconds the answer took, and how many of them were no rendering."""
    is_stored = case.first == case.query
    if case.first is not None:
        api.invoke(_make_event(key, case.first, in_front=not is_stored))
        api.wait_for_start()
    event = _make_event(key, case.query, in_front=not is_stored)
    began = time.perf_counter()
    answer = api.invoke(event)
    waited = 1000 * (time.perf_counter() - began)
    api.wait_for_start()
    assert answer["statusCode"] == 200, answer
    assert answer["headers"]["x-calotype"].startswith("stored") is is_stored
    stages = parse_stages(answer["headers"].get("server-timing", ""))
    return waited, waited - sum(stages.get(name, 0.0) for name in _RENDERING)


def _make_event(key: str, query: str, *, in_front: bool) -> dict[str, object]:
    """Return the event of a miss, after the bucket *in_front* did not have the derivative."""
    event = make_event(key, query)
    segment = canonical(parse(f"/{key}", query).transform)
    return event | {"rawPath": f"/{key}/{segment}", "rawQueryString": ""} if in_front else event


def _print_row(case: Case, waits: list[list[tuple[float, float]]]) -> None:
    """Print what each checkout took, and the last divided by the first."""
    rows = []
    for each in waits:
        whole, beyond = (sorted(times) for times in zip(*each, strict=True))
        p95 = whole[int(0.95 * len(whole))]
        rows.append((statistics.median(whole), p95, statistics.median(beyond)))
    cells = [f"{value:.0f}" for row in rows for value in row]
    cells += [f"{rows[-1][at] / rows[0][at]:.2f}" for at in (0, 1)]
    print(f"| {case.name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
