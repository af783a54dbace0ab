"""One JSON line for each thing worth knowing; numbers as CloudWatch metrics in the same line."""

import json
import sys
import time
from typing import Any, Final

_NAMESPACE: Final = "Calotype"


def record(event: str, **facts: Any) -> None:
    """Write one line; secrets and raw URLs have no place in it."""
    sys.stdout.write(json.dumps({"event": event, **facts}, default=str) + "\n")


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
