"""The page on coverage agrees with the parameter table."""

import pytest

from infra.docs import coverage
from infra.docs.imgix import PARAMETERS, REASONS, find_reason
from origin_lambda.url.grammar import find_row

NAMES = [name for text in PARAMETERS.values() for name in text.split()]


def test_imgix_has_179_parameters_and_each_is_listed_once() -> None:
    assert len(NAMES) == len(set(NAMES)) == 179


def test_a_reason_is_for_something_that_is_missing() -> None:
    missing = {
        name: category
        for category, text in PARAMETERS.items()
        for name in text.split()
        if find_row(name) is None
    }
    used = {find_reason(category, name) for name, category in missing.items()}

    assert set(REASONS.values()) <= used


def test_the_page_lists_each_parameter_once_and_counts_those_that_work() -> None:
    page = coverage.page()

    for name in NAMES:
        assert page.count(f"`{name}`") == 1, name
    working = sum(find_row(name) is not None for name in NAMES)
    assert f"{working} of imgix's 179 parameters work" in page


def test_a_page_that_is_not_up_to_date_is_noticed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert coverage.main(["--check"]) == 0
    monkeypatch.setattr(coverage, "find_row", lambda _: None)

    assert coverage.main(["--check"]) == 1
    assert "make generate" in capsys.readouterr().err
