"""The page on coverage agrees with the parameter table."""

import pytest

from infra.docs import coverage
from infra.docs.imgix import LATER, PARAMETERS, REASONS, find_reason
from infra.docs.product import Product, Row
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
    page = coverage.page().partition("## imgix\n")[2].partition("\n## ")[0]

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


# Other services.

PLANNED: frozenset[str] = frozenset()
"""Parameters that will exist, and are not imgix's."""


def is_planned(name: str) -> bool:
    """Return whether a parameter will exist."""
    categories = [category for category, text in PARAMETERS.items() if name in text.split()]
    return name in PLANNED or [find_reason(each, name) for each in categories] == [LATER]


@pytest.mark.parametrize("product", coverage.PRODUCTS, ids=lambda product: product.name)
def test_answers_name_parameters_that_exist_or_are_planned(product: Product) -> None:
    unknown = {name for name in product.names() if not find_row(name) and not is_planned(name)}

    assert unknown == set()


def test_what_is_planned_does_not_exist_yet() -> None:
    assert [name for name in PLANNED if find_row(name)] == []


@pytest.mark.parametrize("product", coverage.PRODUCTS, ids=lambda product: product.name)
def test_every_option_has_our_name_or_a_reason(product: Product) -> None:
    page = coverage.page()

    for row in product.rows():
        assert row.here or row.remark, row.option
        assert f"| `{row.option}` | {row.status} | {row.here} | {row.remark} |" in page
    assert {row.status for row in product.rows()} >= {"yes", "no"}


@pytest.mark.parametrize(
    "answer, row",
    [
        ("w fit=crop; a remark", Row("x", "yes", "`w`, `fit=crop`", "a remark")),
        ("sat=-100", Row("x", "yes", "`sat=-100`")),
        ("w nothing", Row("x", "not yet", "`w`, `nothing`")),
        # Accepted, but without an effect, or with that of another value.
        ("fm=jpeg", Row("x", "not yet", "`fm=jpeg`")),
        ("yes: always", Row("x", "yes", remark="always")),
        ("no: never", Row("x", "no", remark="never")),
    ],
)
def test_an_answer_becomes_a_row(answer: str, row: Row) -> None:
    assert list(Product("", "", {"x": answer}).rows()) == [row]


def test_a_value_that_a_parameter_refuses_is_an_error() -> None:
    with pytest.raises(ValueError):
        list(Product("", "", {"x": "fit=nothing"}).rows())
