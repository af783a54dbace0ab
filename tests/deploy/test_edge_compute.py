"""The measurement of the edge function where it runs."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import boto3
import pytest
from botocore.stub import Stubber

from infra.aws.smoke.edge_compute import (
    CloudFrontTester,
    EdgeTooSlow,
    Measurement,
    build_heaviest_events,
    check_compute,
)
from origin_lambda.url.admission import Policy, admit_uri
from origin_lambda.url.keys import LONGEST_KEY


@dataclass
class StandIn:
    """A stand-in for CloudFront, which takes a time for each byte of a URL. It proves no speed."""

    percent_by_byte: float
    error: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)

    def test(self, event: dict[str, Any]) -> Measurement:
        self.events.append(event)
        size = len(json.dumps(event["request"]))
        return Measurement(size * self.percent_by_byte, self.error)


def test_each_request_is_measured_three_times_and_reported() -> None:
    tester, lines = StandIn(0.001), list[str]()

    check_compute(tester, "first", "secret", lines.append)

    assert len(tester.events) == 3 * len(lines) == 15
    assert all("% of the time that CloudFront allows" in line for line in lines)


def test_a_request_above_70_percent_fails_with_its_name_and_percentage() -> None:
    lines: list[str] = []

    with pytest.raises(
        EdgeTooSlow, match=r"the longest key with many parameters takes \d+ %, more"
    ):
        check_compute(StandIn(0.02), "first", "secret", lines.append)
    assert len(lines) == 5


def test_a_request_that_fails_at_the_edge_is_an_error() -> None:
    with pytest.raises(EdgeTooSlow, match="a typical URL fails: The function threw"):
        check_compute(StandIn(0, "The function threw"), "first", "secret", print)


def test_the_heaviest_requests_are_accepted_and_one_has_nearly_the_longest_key() -> None:
    policy = Policy(keys={"first": "secret"}, require_signature=True)
    longest = 0
    for name, event in build_heaviest_events("first", "secret"):
        request = event["request"]
        query = "&".join(f"{key}={each['value']}" for key, each in request["querystring"].items())

        assert admit_uri(request["uri"], query, {}, policy, 0), name
        longest = max(longest, len(unquote(request["uri"]).encode()) - 1)
    assert LONGEST_KEY - 6 < longest <= LONGEST_KEY


def test_cloudfront_is_asked_about_the_live_function() -> None:
    client = boto3.client("cloudfront", region_name="us-east-1")
    name = {"Name": "edge", "Stage": "LIVE"}
    with Stubber(client) as stub:
        stub.add_response("describe_function", {"ETag": "E1"}, name)
        stub.add_response(
            "test_function",
            {"TestResult": {"ComputeUtilization": "35", "FunctionErrorMessage": ""}},
            name | {"IfMatch": "E1", "EventObject": b'{"a": 1}'},
        )

        assert CloudFrontTester(client, "edge").test({"a": 1}) == Measurement(35)
        stub.assert_no_pending_responses()
