"""A report says what was measured: ratios, bars that hold or not, and what nobody else renders."""

import json
from typing import Any

import pytest

from bench.peers.bars import Bar, found
from bench.peers.headline import Headline
from bench.peers.matrix import Row, mip_side
from bench.peers.memory import Memory
from bench.peers.report import Report, compact, table
from bench.peers.tables import markdown
from bench.peers.weight import Weight
from origin_lambda.url.values import Format


def row(**changes: Any) -> Row:
    usual: dict[str, Any] = {
        "original": "dune.jpg",
        "kind": "jpg",
        "width": 400,
        "format": Format.JPEG,
        "mip": 1280,
        "after": 5.0,
        "before": 30.0,
        "peers": {"sharp": 20.0, "pyvips": 25.0},
        "after_stages": {"decode": 3.0, "encode": 1.5},
        "before_stages": {"decode": 27.0, "encode": 1.5},
        "bytes": {"after": 9000, "before": 9100, "sharp": 10_000, "pyvips": 10_100},
    }
    return Row(**(usual | changes))


def report(**measured: Any) -> Report:
    return Report({"machine": "a machine"}, "wall", **measured)


def bar(measured: Report, word: str) -> Bar:
    (only,) = [each for each in found(measured) if word in each.promise]
    return only


def test_a_row_is_held_against_the_fastest_peer() -> None:
    measured = row()

    assert (measured.fastest, measured.after_ratio, measured.before_ratio) == ("sharp", 0.25, 1.5)


def test_a_row_that_no_peer_renders_has_no_ratio_and_counts_nowhere() -> None:
    alone = row(kind="heic", peers={}, bytes={"after": 9000, "before": 9100})

    assert (alone.fastest, alone.after_ratio) == (None, None)
    assert list(found(report(rows=[alone]))) == []
    assert "dune.jpg" in markdown(report(rows=[alone]))


def test_means_over_rows_are_geometric() -> None:
    rows = [row(after=5.0), row(after=20.0)]

    assert bar(report(rows=rows), "after ingest, to the fastest peer, mean").measured == (
        pytest.approx(0.5)
    )
    assert bar(report(rows=rows), "after ingest, to the fastest peer, any").measured == 1.0


def test_only_jpegs_are_held_to_the_bar_of_jpegs() -> None:
    rows = [row(before=22.0), row(kind="png", before=60.0)]

    held = bar(report(rows=rows), "any row of a JPEG")

    assert held.measured == pytest.approx(1.1)
    assert held.holds


def test_a_bar_that_is_missed_says_no() -> None:
    text = markdown(report(rows=[row(after=25.0)]))

    lines = [line for line in text.splitlines() if "after ingest, to the fastest peer" in line]
    assert [line.split("|")[-2].strip() for line in lines] == ["NO", "NO"]


def test_the_headline_is_held_to_the_bar_of_its_format() -> None:
    measured = Headline("big.jpg", Format.AVIF, 80.0, 2000.0, 75.0, 74.0, 10_000, 9000)

    held = bar(report(headlines=[measured]), "big.jpg")

    assert (held.most, held.measured, held.holds) == (1 / 30, 0.04, False)


def test_weights_are_compared_score_by_score_where_both_were_reached() -> None:
    weights = [
        Weight("a", 400, 70, {"our avif": 10.0, "sharp avif": 8.0, "sharp webp": 20.0}),
        Weight("b", 400, 70, {"our avif": 10.0, "sharp avif": None, "sharp webp": 20.0}),
        Weight("a", 400, 80, {"our avif": 30.0, "sharp avif": 20.0, "sharp webp": None}),
    ]

    bars = [(each.promise, each.measured) for each in found(report(weights=weights))]

    assert [round(measured, 3) for _, measured in bars] == [1.25, 1.5, 0.5]


def test_a_score_that_only_the_peer_reaches_is_no_bar_held() -> None:
    weights = [
        Weight("a", 400, 80, {"our avif": 10.0, "sharp avif": 20.0, "sharp webp": None}),
        Weight("b", 400, 80, {"our avif": None, "sharp avif": 20.0, "sharp webp": None}),
    ]

    held = bar(report(weights=weights), "sharp avif")

    assert not held.holds
    assert "not reached" in markdown(report(weights=weights))


def test_memory_is_held_to_a_bar_for_us_alone() -> None:
    memories = [
        Memory("baseline", "ours", 30.0, 80.0),
        Memory("baseline", "sharp", 60.0, 120.0),
        Memory("baseline", "thumbor", 50.0, None),
    ]

    text = markdown(report(memories=memories))

    assert [each.measured for each in found(report(memories=memories))] == [80.0]
    assert "refused" in text


def test_json_has_the_ratios_too() -> None:
    told = json.loads(report(rows=[row()]).json())

    assert told["rows"][0]["after_ratio"] == 0.25


def test_nothing_measured_is_no_table() -> None:
    assert markdown(report()).count("###") == 1


def test_a_table_is_padded_for_terminals_and_compact_for_documents() -> None:
    padded = table(("a", "longer"), [("value", 1.0), ("", None)])

    assert padded.splitlines() == [
        "| a     | longer |",
        "| ----- | ------ |",
        "| value | 1.00   |",
        "|       |        |",
    ]
    assert compact(padded).splitlines() == [
        "| a | longer |",
        "| --- | --- |",
        "| value | 1.00 |",
        "| | |",
    ]


@pytest.mark.parametrize(
    "brief, side", [("mip=1280; fm=jpg; q=80", 1280), ("fm=jpg; q=80", None), ("", None)]
)
def test_the_mip_is_read_from_the_brief(brief: str, side: int | None) -> None:
    assert mip_side(brief) == side
