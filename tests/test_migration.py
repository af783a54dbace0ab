"""The pages about moving from another service agree with the lists of its options."""

import pytest

from infra.docs import migration
from infra.docs.imgix import PARAMETERS
from infra.docs.marks import replace_marked
from origin_lambda.url.grammar import find_row


def test_the_tables_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    code = migration.main(["--check"])

    assert code == 0, capsys.readouterr().err


@pytest.mark.parametrize("page", migration.COMMON)
def test_a_page_shows_common_options_and_every_missing_one(page: str) -> None:
    sections = migration.build_sections(page)
    product, names = migration.COMMON[page]

    assert sections["common"].count("\n") == len(names.split("; ")) + 1
    missing = [line.split("|")[1] for line in sections["missing"].splitlines()]
    for row in product.rows():
        assert (f"`{row.option}`" in " ".join(missing)) == (row.status != "yes")


def test_the_page_for_imgix_lists_every_missing_parameter() -> None:
    table = migration.build_sections("imgix.md")["missing"]

    for name in " ".join(PARAMETERS.values()).split():
        assert (f"`{name}`" in table) == (find_row(name) is None)


def test_a_stale_page_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(migration, "find_row", lambda _: None)

    assert migration.main(["--check"]) == 1
    assert "imgix.md; run: make generate" in capsys.readouterr().err


def test_a_page_without_marks_is_an_error() -> None:
    with pytest.raises(ValueError, match="has no <!-- begin missing -->"):
        replace_marked("# A page\n", {"missing": ""})
