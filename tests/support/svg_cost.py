"""Measures what SVGs cost to draw, in a process whose only children draw them.

python -m tests.support.svg_cost < pickled-list-of-bytes
"""

import json
import pickle
import resource
import sys
from typing import Any, Final

from origin_lambda.adapters.resvg import draw
from origin_lambda.errors import Unprocessable
from origin_lambda.image.geometry import Box, Size
from origin_lambda.image.source import Drawing

SIZE: Final = Size(300, 200)


def measure_cost(data: bytes) -> dict[str, Any]:
    """Return the outcome of drawing, its processor time, and the most memory of a child so far."""
    before = _used_seconds()
    try:
        draw.draw(data, Drawing(Box(0, 0, *SIZE), SIZE, SIZE))
        outcome = "drawn"
    except Unprocessable as error:
        outcome = error.message
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return {"outcome": outcome, "seconds": _used_seconds() - before, "memory": memory}


def _used_seconds() -> float:
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


if __name__ == "__main__":
    for bomb in pickle.load(sys.stdin.buffer):  # noqa: S301 reason: from the test that starts it
        print(json.dumps(measure_cost(bomb)), flush=True)  # noqa: T201 reason: the result
