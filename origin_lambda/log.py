"""One JSON line for each thing worth knowing; numbers as CloudWatch metrics in the same line."""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

NAMESPACE: Final = "Calotype"

_FUNCTION: Final = "AWS_LAMBDA_FUNCTION_NAME"
"""What Lambda calls the function by, so that the metrics of two deployments stay apart."""

write: Callable[[str], object] = sys.stdout.write
"""Where lines go; the laptop's terminal has better ones of its own."""


def record(event: str, **facts: Any) -> None:
    """Write one line; secrets and raw URLs have no place in it."""
    write(json.dumps({"event": event, **facts}, default=str) + "\n")


def count(metric: str, *, what: str, **facts: Any) -> None:
    """Write one line that CloudWatch also reads as a count of *what*."""
    told = {metric: 1, "what": what, **facts}
    measure(metric.lower(), Metrics({metric: "Count"}, by="what"), **told)


class Metrics(NamedTuple):
    """Facts of a line that are numbers, with their units; *by* names one to tell them apart by."""

    units: Mapping[str, str]
    by: str = ""


def measure(event: str, *metrics: Metrics, **facts: Any) -> None:
    """Write one line, of which CloudWatch also reads some facts as metrics.

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
    record(event, _aws=emf, function=os.environ.get(_FUNCTION, "local"), **facts)
