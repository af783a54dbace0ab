"""Writes the log: one JSON line an event; a line can also hold CloudWatch metrics."""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

NAMESPACE: Final = "Calotype"

_FUNCTION: Final = "AWS_LAMBDA_FUNCTION_NAME"
"""The function's name is a dimension of every metric, so that deployments do not share metrics."""

write: Callable[[str], object] = sys.stdout.write
"""Writes one line; the laptop's terminal replaces it."""


def log_event(event: str, **facts: Any) -> None:
    """Write one line. Never pass secrets or raw URLs."""
    write(json.dumps({"event": event, **facts}, default=str) + "\n")


def count(metric: str, *, what: str, **facts: Any) -> None:
    """Write one line that CloudWatch also counts as a metric, by *what*."""
    facts = {metric: 1, "what": what, **facts}
    measure(metric.lower(), Metrics({metric: "Count"}, by="what"), **facts)


class Metrics(NamedTuple):
    """Units of a line's numbers, by their names; *by* names the fact that is their dimension."""

    units: Mapping[str, str]
    by: str = ""


def measure(event: str, *metrics: Metrics, **facts: Any) -> None:
    """Write one line; CloudWatch reads its *metrics* in the embedded metric format.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    directives = [
        {
            "Namespace": NAMESPACE,
            "Dimensions": [["function", by] if by else ["function"]],
            "Metrics": [{"Name": name, "Unit": unit} for name, unit in units.items()],
        }
        for units, by in metrics
    ]
    emf = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": directives}
    log_event(event, _aws=emf, function=os.environ.get(_FUNCTION, "local"), **facts)
