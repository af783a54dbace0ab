"""The protocol of a rendering process: one line of JSON for each request and each answer.

The process first prints its versions and how originals are fed to it. It answers every request
with the file and the time. It reads an original before the clock starts, and keeps it.
Standard library only, because processes run in environments without our packages.
"""

import base64
import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Made(NamedTuple):
    """A rendered file, and a note about how it was made."""

    body: bytes
    note: str = ""


Render = Callable[[], Made]


def serve(greeting: Mapping[str, str], prepare: Callable[[dict[str, Any]], Render]) -> None:
    """Answer requests from standard input; the result of *prepare* is timed, *prepare* is not."""
    print(json.dumps(greeting), flush=True)
    for line in sys.stdin:
        try:
            print(json.dumps(_time(prepare(json.loads(line)))), flush=True)
        except Exception as error:  # noqa: BLE001 reason: every error of a peer is a refusal
            print(json.dumps({"refused": f"{type(error).__name__}: {error}"}), flush=True)


def _time(render: Render) -> dict[str, Any]:
    wall, processor = time.perf_counter(), time.process_time()
    made = render()
    processor, wall = time.process_time() - processor, time.perf_counter() - wall
    return {
        "wall": 1000 * wall,
        "processor": 1000 * processor,
        "body": base64.b64encode(made.body).decode(),
        "note": made.note,
    }
