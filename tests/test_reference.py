"""The pages that are generated from the parameter table are complete and up to date."""

from pathlib import Path

import pytest

from infra.docs import reference
from origin_lambda.url.transform import TABLE, Param, Row


def find_row(param: Param) -> list[str]:
    """Return the cells of the one row that documents a parameter."""
    rows = (
        line.split(" | ") for line in reference.build_page().splitlines() if line.startswith("| `")
    )
    # Other tables of the page have fewer columns.
    (row,) = (row for row in rows if len(row) == 4 and row[0].startswith(f"| `{param.name}`"))
    return row


def test_the_reference_page_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert reference.main(["--check"]) == 0, "run: make generate"
    assert capsys.readouterr().err == ""


def test_a_change_of_the_stages_makes_the_architecture_page_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = reference.ARCHITECTURE.read_text(encoding="utf-8")
    page = tmp_path / "architecture.md"
    page.write_text(text.replace("-> blur ->", "->"), encoding="utf-8")
    monkeypatch.setattr(reference, "ARCHITECTURE", page)

    assert reference.main(["--check"]) == 1
    assert "architecture.md; run: make generate" in capsys.readouterr().err
    assert reference.main([]) == 0
    assert page.read_text(encoding="utf-8") == text


def test_a_page_without_a_place_for_the_stages_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "architecture.md"
    page.write_text("# Architecture\n", encoding="utf-8")

    with pytest.raises(ValueError, match=r"architecture\.md lacks the markers of stages"):
        reference.update(page, "stages", "")


def test_an_old_or_missing_reference_page_names_the_command_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "url-reference.md"
    monkeypatch.setattr(reference, "PAGE", page)

    assert reference.main(["--check"]) == 1
    page.write_text(reference.build_page().replace("`w`", "`ww`"), encoding="utf-8")
    assert reference.main(["--check"]) == 1
    assert "make generate" in capsys.readouterr().err
    assert reference.main([]) == 0
    assert reference.main(["--check"]) == 0


@pytest.mark.parametrize("row", TABLE.all_rows, ids=lambda row: row.param.name)
def test_every_parameter_is_documented_in_one_row(row: Row) -> None:
    param = row.param
    names, accepts, default, text = find_row(param)

    assert set(names.strip("| ").split(", ")) == {f"`{name}`" for name in (param.name, *param.aliases)}  # fmt: skip
    assert accepts == param.kind.expected
    assert text == f"{param.text} |"
    if default:
        assert param.kind.parse(default.strip("`")) == row.default


def test_every_spelling_is_on_the_page() -> None:
    missing = [name for name in TABLE.spellings if f"`{name}`" not in reference.build_page()]

    assert missing == []
