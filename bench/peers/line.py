"""The protocol of a rendering process: one line of JSON for each request and each answer.

The process first prints its versions and how originals are fed to it. It answers every request
with the file and its processor time. It reads an original before that, and keeps it.
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
    began = time.process_time()
    answer = render()
    milliseconds = 1000 * (time.process_time() - began)
    return {
        "milliseconds": milliseconds,
        "body": base64.b64encode(answer.body).decode(),
        "note": answer.note,
    }
