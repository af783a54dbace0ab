"""The bars of the performance page show the numbers of its tables."""

import pytest

from infra.docs import bars
from infra.docs.bars import CHARTS, Bar, draw, find_number

TABLE = "# A\n\n## Speed\n\n| a | ms |\n|---|---|\n| x | 12.5 |\n| y | 1,000 |\n\n## Size\n"


def test_the_bars_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    code = bars.main(["--check"])

    assert code == 0, capsys.readouterr().err


def test_a_number_is_found_by_heading_row_and_column() -> None:
    assert find_number(TABLE, Bar("", "Speed", "| x |", "ms")) == 12.5


@pytest.mark.parametrize(
    "heading, row, column",
    [("Size", "| x |", "ms"), ("Speed", "| z |", "ms"), ("Speed", "| x |", "kB")],
)
def test_a_missing_number_is_an_error(heading: str, row: str, column: str) -> None:
    with pytest.raises(ValueError, match=f"under '{heading}'"):
        find_number(TABLE, Bar("", heading, row, column))


def test_a_bar_is_as_long_as_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = {"long": 200.0, "half": 100.0, "short": 0.1}
    monkeypatch.setattr(bars, "CHARTS", {"A chart": [Bar(label, "", "", "") for label in numbers]})
    monkeypatch.setattr(bars, "find_number", lambda _, bar: numbers[bar.label])

    lines = draw("").splitlines()

    assert [line.count("█") for line in lines] == [0, 0, 18, 9, 1, 0]


def test_a_page_that_is_not_up_to_date_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bars, "CHARTS", dict(list(CHARTS.items())[:1]))

    assert bars.main(["--check"]) == 1
    assert "performance.md; run: make generate" in capsys.readouterr().err


def test_the_bars_fit_on_a_phone() -> None:
    lines = draw(bars.PAGE.read_text(encoding="utf-8")).splitlines()

    assert max(map(len, lines)) <= 42
