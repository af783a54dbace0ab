"""A result as JSON and as a page: nothing is lost, and nothing gets out of its place."""

import dataclasses
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.latency import plots, report
from bench.latency.client import Outcome
from bench.latency.histogram import Histogram
from bench.latency.judgement import Check, checks
from bench.latency.result import BadResult, Measured, Result, as_json, from_json, read, write
from bench.latency.scenario import Assertions
from bench.latency.tally import Tally
from tests.latency.samples import measured, result, scenario

EVIL = "</style></svg><script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;"


class Elements(HTMLParser):
    """All elements and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def full() -> Measured:
    tally = Tally()
    outcomes = [
        Outcome("", 200, "rendered", "webp", 1000, 1, "decode;dur=2.5, encode;dur=9"),
        Outcome("", 200, "edge", "avif", 700),
        Outcome("status 503", 503, size=3),
        Outcome("refused"),
    ]
    for second in range(3):
        for outcome in outcomes:
            tally.record(outcome, second + 0.1, second + 0.11, second + 0.2)
    tally.record_group(outcomes[:2], 0.0, 1.5)
    tally.late.record(10_000)
    tally.waited, tally.abandoned = 4, 5
    return Measured(
        "full", "All of it.", "text", "open loop", True, tally, (Check("p99", "a", "b", False),), ("Doubt.",)
    )  # fmt: skip


def test_a_tally_counts_failures_apart_from_latencies() -> None:
    tally = full().tally

    assert (tally.asked, tally.answered, tally.error_rate) == (12, 6, 0.5)
    assert tally.errors == {"status 503": 3, "refused": 3}
    assert tally.statuses == {"200": 6, "503": 3}
    assert tally.failures == {0: 2, 1: 2, 2: 2}
    assert (len(tally.latency.whole), len(tally.failed), tally.share("edge")) == (6, 6, 0.5)
    assert tally.latency.whole.percentile(50) == pytest.approx(100_000, rel=0.001)
    assert tally.service.percentile(50) == pytest.approx(90_000, rel=0.001)
    assert tally.stages["decode"] == Histogram([2500] * 3)
    assert (tally.formats["webp"].octets, tally.redirects, tally.renders) == (3000, 3, 1)


def test_a_result_is_read_as_it_was_written(tmp_path: Path) -> None:
    whole = result(full(), measured("other", [[1, 2], [], [3]]))

    write(whole, tmp_path / "r.json")

    assert read(tmp_path / "r.json") == whole
    assert read(tmp_path / "r.json").runs[0].tally.groups.whole.greatest == 1_500_000


def test_the_json_has_a_format_a_version_and_figures_to_look_at() -> None:
    told = as_json(result(full()))

    assert (told["format"], told["version"]) == ("calotype-bench", 1)
    assert told["runs"][0]["latency"]["percentiles_ms"]["p50"] == pytest.approx(100, rel=0.001)
    assert [each["second"] for each in told["runs"][0]["latency"]["seconds"]] == [0, 1, 2]


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("", "not the JSON of a bench"),
        ("[]", "not the JSON of a bench"),
        ('{"format": "else"}', "not the JSON of a bench"),
        ('{"format": "calotype-bench", "version": 2}', "another version"),
        ('{"format": "calotype-bench", "version": 1}', "not whole: KeyError 'started'"),
        ("[" * 100_000, "not the JSON of a bench"),
    ],
)
def test_what_is_no_result_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(text)

    with pytest.raises(BadResult, match=complaint):
        read(path)


def test_a_file_that_is_not_there_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(BadResult, match="No such file"):
        read(tmp_path / "r.json")


def test_a_broken_histogram_is_refused() -> None:
    told = json.loads(json.dumps(as_json(result(full()))))
    told["runs"][0]["late"]["histogram"] = "AAAA"

    with pytest.raises(BadResult, match=r"r\.json: not whole: BadHistogram"):
        from_json(told, "r.json")


# Assertions of a scenario.


@pytest.mark.parametrize(
    "assertions, held",
    [
        (Assertions(max_error_rate=0.5), True),
        (Assertions(max_error_rate=0.49), False),
        (Assertions(0.5, expect_format="webp"), False),
        (Assertions(0.5, p99_ms=101), True),
        (Assertions(0.5, p99_ms=99), False),
        (Assertions(0.5, min_tier_share=0.5), True),
        (Assertions(0.5, min_tier_share=0.51), False),
    ],
)
def test_an_assertion_holds_or_not(assertions: Assertions, held: bool) -> None:
    of = dataclasses.replace(scenario('expect_tier = ["edge"]'), assertions=assertions)

    assert all(check.held for check in checks(of, full().tally)) is held


def test_nothing_holds_of_nothing() -> None:
    of = scenario(below="[assertions]\nmax_error_rate = 1\np99_ms = 5")

    assert [check.held for check in checks(of, Tally())] == [False, False]


# The page.


def evil_result() -> Result:
    run = full()
    tally = run.tally
    for known in (tally.tiers, tally.stages, tally.formats, tally.errors, tally.statuses):
        known[EVIL] = known[next(iter(known))]  # type: ignore[assignment]
    told = Measured(EVIL, EVIL, EVIL, EVIL, True, tally, (Check(EVIL, EVIL, EVIL, True),), (EVIL,))
    return Result(EVIL, 7, {EVIL: EVIL}, {"base": EVIL, EVIL: EVIL}, (told,))


def test_nothing_that_came_from_outside_gets_out_of_its_place() -> None:
    page = Elements(report.page(evil_result()))

    assert not page.names & {"script", "img"}
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert page.text.count("<script>alert(1)</script>") >= 10


def test_a_page_needs_nothing_else() -> None:
    page = report.page(result(full()))

    assert not {"link", "script", "img", "iframe"} & Elements(page).names
    assert not re.search(r"https?://(?!img\.test)|url\(|@import", page)
    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page


def test_a_page_has_a_plot_for_each_question() -> None:
    page = report.page(result(full()))

    assert page.count("<svg") == 3
    assert page.count("<polyline") == 4 + 2
    assert all(title in page for title in ("by percentile", "by second", "Bytes by format"))


def test_a_page_of_nothing_says_so() -> None:
    assert "Nothing was measured." in report.page(result())
    assert "<svg" not in report.page(result(measured("none", [])))


@given(st.lists(st.integers(0, 3_600_000_000), min_size=1, max_size=300))
def test_a_percentile_curve_rises_and_stays_within_its_plot(values: list[int]) -> None:
    drawn = plots.percentile_curve({"all": Histogram(values)})

    (points,) = re.findall(r'points="([^"]+)"', drawn)
    places = [tuple(map(float, point.split(","))) for point in points.split()]
    assert places == sorted(places, key=lambda place: (place[0], -place[1]))
    assert all(0 <= x <= 640 and 0 <= y <= 260 for x, y in places)
