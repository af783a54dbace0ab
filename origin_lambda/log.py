"""One JSON line for each thing worth knowing; numbers as CloudWatch metrics in the same line."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any, Final

_NAMESPACE: Final = "Calotype"

write: Callable[[str], object] = sys.stdout.write
"""Where lines go; the laptop's terminal has better ones of its own."""


def record(event: str, **facts: Any) -> None:
    """Write one line; secrets and raw URLs have no place in it."""
    write(json.dumps({"event": event, **facts}, default=str) + "\n")


def count(metric: str, *, what: str, **facts: Any) -> None:
    """Write one line that CloudWatch also reads as a count (embedded metric format)."""
    metrics = [
        {
            "Namespace": _NAMESPACE,
            "Dimensions": [["what"]],
            "Metrics": [{"Name": metric, "Unit": "Count"}],
        }
    ]
    emf = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": metrics}
    record(metric.lower(), _aws=emf, **{metric: 1}, what=what, **facts)
