"""What a rendering process and its driver say to each other: a line of JSON each way.

The process greets with its versions and how originals are fed to it, then answers every ask with
the file and how long it took. It reads an original before the clock starts, and keeps it.
Standard library only: processes run in environments that have nothing of ours.
"""

import base64
import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Made(NamedTuple):
    """A rendered file; how its time was spent, and how it was made, where that is known."""

    body: bytes
    stages: Mapping[str, float] = {}
    note: str = ""


Render = Callable[[], Made]


def serve(greeting: Mapping[str, str], prepare: Callable[[dict[str, Any]], Render]) -> None:
    """Answer asks from standard input until it ends; *prepare* is not timed, its result is."""
    print(json.dumps(greeting), flush=True)
    for line in sys.stdin:
        try:
            print(json.dumps(_timed(prepare(json.loads(line)))), flush=True)
        except Exception as error:  # noqa: BLE001 reason: whatever a peer raises, it refuses
            print(json.dumps({"refused": f"{type(error).__name__}: {error}"}), flush=True)


def _timed(render: Render) -> dict[str, Any]:
    wall, processor = time.perf_counter(), time.process_time()
    made = render()
    processor, wall = time.process_time() - processor, time.perf_counter() - wall
    return {
        "wall": 1000 * wall,
        "processor": 1000 * processor,
        "body": base64.b64encode(made.body).decode(),
        "stages": made.stages,
        "note": made.note,
    }
