"""Results: the counts of a tally, the JSON, and the assertions of a scenario."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.latency.checks import check_assertions
from bench.latency.client import Outcome
from bench.latency.result import (
    BadResult,
    Check,
    Figures,
    RunResult,
    read_result,
    summarise,
    write_result,
)
from bench.latency.scenario import Assertions
from bench.latency.tally import Tally, all_of, percentile
from tests.latency.samples import result, run_result, scenario


def full_tally() -> Tally:
    tally = Tally()
    outcomes = [
        Outcome("", 200, "rendered", "webp", 1000, 1, "decode;dur=2.5, encode;dur=9"),
        Outcome("", 200, "edge", "avif", 700),
        Outcome("status 503", 503, size=3),
        Outcome("refused"),
    ]
    for second in range(3):
        for outcome in outcomes:
            tally.record(outcome, second + 0.1, second + 0.2)
    tally.record_group(outcomes[:2], 0.0, 1.5)
    tally.late.append(10_000)
    tally.waited, tally.abandoned = 4, 5
    return tally


def full_run() -> RunResult:
    checks = [Check("p99", "a", "b", passed=False)]
    return summarise(scenario(), "10 a second", full_tally(), checks, ["Warning."])


def test_a_tally_counts_failures_apart_from_latencies() -> None:
    tally = full_tally()

    assert (tally.requested, tally.answered, tally.error_rate) == (12, 6, 0.5)
    assert tally.errors == {"status 503": 3, "refused": 3}
    assert tally.statuses == {"200": 6, "503": 3}
    assert (len(all_of(tally.latency)), len(tally.failed), tally.share("edge")) == (6, 6, 0.5)
    assert all_of(tally.latency) == [100_000] * 6
    assert tally.stages["decode"] == [2500] * 3
    assert (tally.formats["webp"].bytes, tally.redirects, tally.renders) == (3000, 3, 1)


@given(st.lists(st.integers(0, 1000), min_size=1), st.floats(0, 100))
def test_a_percentile_is_a_value_that_this_share_does_not_exceed(
    values: list[int], percent: float
) -> None:
    ascending = sorted(values)

    value = percentile(ascending, percent)

    assert value in ascending
    assert sum(each <= value for each in values) >= percent / 100 * len(values) - 1e-6
    assert sum(each < value for each in values) <= percent / 100 * len(values)


def test_figures_are_milliseconds() -> None:
    figures = Figures.of([3000, 1000, 2000])

    assert (figures.count, figures.mean_ms, figures.max_ms) == (3, 2.0, 3.0)
    assert figures.percentiles_ms == {"p50": 2.0, "p90": 3.0, "p99": 3.0, "p99.9": 3.0}
    assert Figures.of([]).max_ms == 0


def test_a_result_is_read_as_it_was_written(tmp_path: Path) -> None:
    whole = result(full_run(), run_result("other", [[1, 2], [], [3]]))

    write_result(whole, tmp_path / "r.json")

    assert read_result(tmp_path / "r.json") == whole
    assert read_result(tmp_path / "r.json").runs[0].groups_us == {0: [1_500_000]}


def test_the_json_has_a_format_a_version_and_readable_figures(tmp_path: Path) -> None:
    write_result(result(full_run()), tmp_path / "r.json")

    content = json.loads((tmp_path / "r.json").read_text())

    assert (content["format"], content["version"]) == ("calotype-bench", 2)
    assert content["runs"][0]["latency"]["percentiles_ms"]["p50"] == 100
    assert list(content["runs"][0]["latency_us"]) == ["0", "1", "2"]


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("", "not the JSON of a bench"),
        ("[]", "not the JSON of a bench"),
        ('{"format": "calotype-bench", "version": 2}', "missing required field `started`"),
        ("[" * 100_000, "not the JSON of a bench"),
    ],
)
def test_a_file_that_is_not_a_result_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(text)

    with pytest.raises(BadResult, match=complaint):
        read_result(path)


@pytest.mark.parametrize("changed", [{"version": 1}, {"format": "else"}])
def test_a_result_of_another_version_or_format_is_refused(
    tmp_path: Path, changed: dict[str, object]
) -> None:
    path = tmp_path / "r.json"
    path.write_bytes(msgspec.json.encode(msgspec.to_builtins(result()) | changed))

    with pytest.raises(BadResult, match="another version"):
        read_result(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadResult, match="No such file"):
        read_result(tmp_path / "r.json")


# Assertions of a scenario.


@pytest.mark.parametrize(
    "assertions, passed",
    [
        (Assertions(max_error_rate=0.5), True),
        (Assertions(max_error_rate=0.49), False),
        (Assertions(max_error_rate=0.5, expect_format="webp"), False),
        (Assertions(max_error_rate=0.5, p99_ms=101), True),
        (Assertions(max_error_rate=0.5, p99_ms=99), False),
        (Assertions(max_error_rate=0.5, min_tier_share=0.5), True),
        (Assertions(max_error_rate=0.5, min_tier_share=0.51), False),
    ],
)
def test_assertions_are_checked(assertions: Assertions, passed: bool) -> None:
    sample_scenario = msgspec.structs.replace(
        scenario('expect_tier = ["edge"]'), assertions=assertions
    )

    assert all(check.passed for check in check_assertions(sample_scenario, full_tally())) is passed


def test_no_assertion_passes_without_requests() -> None:
    sample_scenario = scenario(below="[assertions]\nmax_error_rate = 1\np99_ms = 5")

    assert [check.passed for check in check_assertions(sample_scenario, Tally())] == [False, False]
