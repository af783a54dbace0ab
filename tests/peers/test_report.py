"""A report has tables of ratios, and does not count what no peer renders."""

import json
from typing import Any

import pytest

from bench.peers.matrix import Row, mip_side
from bench.peers.memory import Memory
from bench.peers.report import Report, make_table
from origin_lambda.url.values import Format


def build_row(**changes: Any) -> Row:
    usual: dict[str, Any] = {
        "original": "dune.jpg",
        "kind": "jpg",
        "width": 400,
        "format": Format.JPEG,
        "mip": 1280,
        "after": 5.0,
        "before": 30.0,
        "peers": {"sharp": 20.0, "pyvips": 25.0},
        "bytes": {"after": 9000, "before": 9100, "sharp": 10_000, "pyvips": 10_100},
    }
    return Row(**(usual | changes))


def report(**measured: Any) -> Report:
    return Report({"machine": "a machine"}, **measured)


def test_a_row_is_compared_with_the_fastest_peer() -> None:
    measured = build_row()

    assert (measured.fastest, measured.after_ratio, measured.before_ratio) == ("sharp", 0.25, 1.5)


def read_cells(text: str, title: str) -> list[list[str]]:
    """Return the rows of a section's table, without its head."""
    section = text.split(f"### {title}")[1].split("###", maxsplit=1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_a_row_that_no_peer_renders_has_no_ratio_and_is_not_counted() -> None:
    alone = build_row(kind="heic", peers={}, bytes={"after": 9000, "before": 9100})

    text = report(rows=[alone]).markdown()

    assert (alone.fastest, alone.after_ratio) == (None, None)
    assert "Our time to the fastest" not in text
    assert read_cells(text, "Worst rows after ingest")[0][:3] == ["dune.jpg", "400", "jpg"]


def test_means_over_rows_are_geometric() -> None:
    rows = [build_row(after=5.0), build_row(after=20.0)]

    (mean,) = read_cells(report(rows=rows).markdown(), "Our time to the fastest peer's")

    assert mean == ["jpg", "2", "0.50", "1.00", "1.50", "1.50", "0.90", "2"]


def test_rows_are_grouped_by_kind_and_by_width_and_format() -> None:
    rows = [build_row(), build_row(kind="png", before=60.0), build_row(width=800)]

    text = report(rows=rows).markdown()

    assert [line[:2] for line in read_cells(text, "By kind")] == [["jpg", "2"], ["png", "1"]]
    assert [line[0] for line in read_cells(text, "By width")] == ["400 jpg", "800 jpg"]


def test_a_peer_that_refuses_a_render_has_no_memory() -> None:
    memories = [
        Memory("baseline", "ours", 30.0, 80.0),
        Memory("baseline", "thumbor", 50.0, None),
    ]

    lines = read_cells(report(memories=memories).markdown(), "Memory")

    assert lines == [["ours", "30", "80"], ["thumbor", "50", "refused"]]


def test_json_has_the_ratios_too() -> None:
    content = json.loads(report(rows=[build_row()]).json())

    assert content["rows"][0]["after_ratio"] == 0.25


def test_without_measurements_there_is_no_table() -> None:
    assert report().markdown().count("###") == 1


def test_a_table_without_rows_is_empty() -> None:
    assert make_table(("a", "b"), []) == ""
    assert make_table(("a", "b"), [("x", 1.0), (2, None)]).splitlines() == [
        "| a | b |",
        "| --- | --- |",
        "| x | 1.00 |",
        "| 2 |  |",
    ]


@pytest.mark.parametrize(
    "brief, side", [("mip=1280; fm=jpg; q=80", 1280), ("fm=jpg; q=80", None), ("", None)]
)
def test_the_mip_is_read_from_the_brief(brief: str, side: int | None) -> None:
    assert mip_side(brief) == side
