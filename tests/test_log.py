"""The log has JSON lines with metrics, and never the caller's input."""

import json
from typing import Any

import pytest

from origin_lambda import log
from tests.support.origin_world import World, build_world
from tests.support.originals import draw


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    written: list[str] = []
    monkeypatch.setattr(log, "write", written.append)
    return written


def read_only_line(lines: list[str]) -> dict[str, Any]:
    (line,) = lines
    record: dict[str, Any] = json.loads(line)
    return record


def test_a_record_is_one_line_of_json(lines: list[str]) -> None:
    log.log_event("answered", status=200, plan="fm=jpg\nq=75", stages={"fetch": 1.5}, request=None)

    assert lines[0].count("\n") == 1
    assert lines[0].endswith("\n")
    assert read_only_line(lines) == {
        "event": "answered",
        "status": 200,
        "plan": "fm=jpg\nq=75",
        "stages": {"fetch": 1.5},
        "request": None,
    }


def test_a_value_that_json_cannot_represent_is_written_as_text(lines: list[str]) -> None:
    log.log_event("failed", size=frozenset(), error=ValueError("x"))

    assert read_only_line(lines) == {"event": "failed", "size": "frozenset()", "error": "x"}


def test_a_count_is_a_line_that_cloudwatch_reads_as_a_metric(lines: list[str]) -> None:
    log.count("Tolerated", what="catalog", detail="down")

    line = read_only_line(lines)
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert isinstance(line["_aws"]["Timestamp"], int)
    assert directive["Namespace"] == "Calotype"
    assert directive["Metrics"] == [{"Name": "Tolerated", "Unit": "Count"}]
    assert line["Tolerated"] == 1
    for dimensions in directive["Dimensions"]:
        assert all(isinstance(line[name], str) and line[name] for name in dimensions)
    assert line["what"] == "catalog"
    assert line["event"] == "tolerated"


def test_the_timestamp_is_in_milliseconds(
    lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("origin_lambda.log.time.time", lambda: 1_795_465_868.1239)

    log.count("Tolerated", what="catalog")

    assert read_only_line(lines)["_aws"]["Timestamp"] == 1_795_465_868_123


@pytest.mark.parametrize(
    "path, query",
    [
        ("/cats/tom.jpg", "w=150&utm=hunter2"),
        ("/cats/tom.jpg", "w=hunter2"),
        ("/cats/tom.jpg", "dl=hunter2"),
        ("/cats/tom.jpg", "w=150&v=hunter2"),
        ("/cats/tom.jpg", "sig=k1.hunter2"),
        ("/cats/tom.jpg", "preset=hunter2"),
        ("/cats/tom.jpg", "rect=1000,0,5,5&x=hunter2"),
        ("/broken.jpg", "w=5&x=hunter2"),
        ("/text.jpg", "w=5&x=hunter2"),
        ("/missing.jpg", "hunter2=1"),
        ("/%ffhunter2", "hunter2"),
        ("/../hunter2", ""),
    ],
)
def test_no_line_repeats_the_callers_input(lines: list[str], path: str, query: str) -> None:
    world: World = build_world()
    world.put("broken.jpg", draw("jpeg-truncated-header"))
    world.put("text.jpg", draw("text"))

    world.ask(path, query, headers={"accept": "hunter2", "if-none-match": "hunter2"})

    assert lines
    assert not [line for line in lines if "hunter2" in line]


def test_an_answer_is_logged_with_its_durations(lines: list[str]) -> None:
    response = build_world().ask("/cats/tom.jpg", "w=150", request_id="id-1")

    rendered, line = map(json.loads, lines)
    assert (line["event"], line["status"], line["request"]) == ("answered", 200, "id-1")
    assert (line["plan"], line["how"]) == (response.headers["x-calotype"], "render")
    stages = {"Catalog", "Fetch", "Decode", "Resize", "Encode", "Store"}
    assert {f"{stage}Milliseconds" for stage in stages} <= set(line)
    assert 0 < sum(line[f"{stage}Milliseconds"] for stage in stages) <= line["Milliseconds"]
    assert rendered["event"] == "rendered"
    assert rendered["DerivativeBytes"] == len(response.body)
    assert rendered["OriginalBytes"] == len(draw("jpeg"))


@pytest.mark.parametrize(
    "path, query, how",
    [
        ("/cats/tom.jpg", "w=150", "render"),
        ("/cats/tom.jpg", "", "original"),
        ("/cats/tom.jpg", "w=x", "4xx"),
        ("/missing.jpg", "w=1", "4xx"),
    ],
)
def test_every_metric_of_a_line_is_a_number_in_it(
    lines: list[str], path: str, query: str, how: str
) -> None:
    build_world().ask(path, query)

    for line in map(json.loads, lines):
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", ()):
            assert all(isinstance(line[each["Name"]], int | float) for each in directive["Metrics"])
            (dimensions,) = directive["Dimensions"]
            assert all(isinstance(line[name], str) and line[name] for name in dimensions)
    assert json.loads(lines[-1])["how"] == how


def test_a_failure_is_logged_with_its_code_and_its_detail(lines: list[str]) -> None:
    world = build_world()
    world.put("bomb.png", draw("png-bomb"))
    world.ask("/bomb.png", "w=150", request_id="id-1")

    failed, answered = map(json.loads, lines)

    assert failed == {
        "event": "failed",
        "code": "unprocessable",
        "detail": "20000x20000",
        "request": "id-1",
    }
    assert (answered["event"], answered["status"]) == ("answered", 422)
