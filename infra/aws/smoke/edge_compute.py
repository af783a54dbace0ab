"""Measures the edge function's heaviest requests where it runs, by CloudFront's TestFunction.

CloudFront ends a function that takes too long: then a URL is `503` at every edge, each time. How
fast its machines are can only be measured there.
"""

import json
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import quote

from edge.local.event import ViewerRequest, build_request_event
from infra.aws.operations.alarms import MAX_UTILIZATION
from origin_lambda.url.admission import MOST_PAIRS
from origin_lambda.url.keys import LONGEST_KEY
from origin_lambda.url.signature import sign

_TRIES: Final = 3
"""Tests of each request: the median of them counts, because single ones vary."""

_JAPANESE: Final = "日本語の写真"
_MANY: Final = (
    "w=640&h=480&fit=crop&crop=focalpoint&fp-x=0.25&fp-y=0.75&fp-z=1.5&q=60&auto=format&dpr=2"
    "&bg=tomato&pad=10&border=3,red&sat=-20&bri=5&con=5&gam=2&blur=3&sharp=4&rot=5"
)


class Measurement(NamedTuple):
    """One test: percent of the time that CloudFront allows, and the function's error, or ""."""

    percent: float
    error: str = ""


class EdgeTester(Protocol):
    """Runs a function at the edge."""

    def test(self, event: dict[str, Any]) -> Measurement:
        """Run the live function with an event, and return how long it took."""


@dataclass(frozen=True, slots=True)
class CloudFrontTester:
    """CloudFront's TestFunction for the live stage of one function; *client* is boto3's."""

    client: Any
    function: str

    def test(self, event: dict[str, Any]) -> Measurement:
        tag = self.client.describe_function(Name=self.function, Stage="LIVE")["ETag"]
        result = self.client.test_function(
            Name=self.function, IfMatch=tag, Stage="LIVE", EventObject=json.dumps(event).encode()
        )["TestResult"]
        return Measurement(
            float(result.get("ComputeUtilization") or 0), result.get("FunctionErrorMessage") or ""
        )


class EdgeTooSlow(Exception):
    """A request takes too much of the edge function's time, or fails; the message names it."""


def check_compute(
    tester: EdgeTester, kid: str, secret: str, report: Callable[[str], object]
) -> None:
    """Measure the heaviest requests, signed by a key, and report the percentage of each.

    Raises:
        EdgeTooSlow: a request takes more than 70 % of the time that CloudFront allows, or fails.

    """
    failures = []
    for name, event in build_heaviest_events(kid, secret):
        results = [tester.test(event) for _ in range(_TRIES)]
        percent = statistics.median(each.percent for each in results)
        error = next((each.error for each in results if each.error), "")
        report(f"edge function: {name}: {percent:.0f} % of the time that CloudFront allows")
        if error:
            failures.append(f"{name} fails: {error}")
        elif percent > MAX_UTILIZATION:
            failures.append(f"{name} takes {percent:.0f} %, more than {MAX_UTILIZATION}")
    if failures:
        message = (
            f"the edge function is not safe to use: {'; '.join(failures)}."
            " See docs/operations.md#edge-function-slow"
        )
        raise EdgeTooSlow(message)


def build_heaviest_events(kid: str, secret: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the events of the requests that take the function longest, each with its name."""
    short, long = "/cats/tom.jpg", _longest_path()
    unknown = "&".join(f"x{number}={number}" for number in range(MOST_PAIRS - 4))
    for name, path, query in (
        ("a typical URL", short, "w=800&auto=format"),
        ("many parameters", short, _MANY),
        ("many unknown parameters", short, f"w=5&{unknown}"),
        ("the longest key that is not ASCII", long, "w=800"),
        ("the longest key with many parameters", long, _MANY),
    ):
        signed = sign(path, query, kid, secret)
        event = build_request_event(ViewerRequest("GET", path, signed))
        # Events of TestFunction have only the parsed query.
        yield name, {field: event[field] for field in event if field != "rawQueryString"}


def _longest_path() -> str:
    """Return a path whose key has nearly as many bytes as a key can have."""
    characters = LONGEST_KEY // len("語".encode()) - 1
    return "/" + quote((_JAPANESE * characters)[:characters])
