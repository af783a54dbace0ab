"""The pictures of the URL reference show every parameter, and look as the pipeline renders them."""

from pathlib import Path

import pytest

from infra.demo import FILES
from infra.docs import pictures
from infra.docs.examples import EXAMPLES, MADE, REASONS, SUBJECTS
from infra.docs.reference import build_page
from origin_lambda.url.grammar import canonical, parse
from origin_lambda.url.transform import TABLE

MOST_BYTES = 1_500_000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder in place of docs/pictures, for few examples."""
    monkeypatch.setattr(pictures, "FOLDER", tmp_path / "pictures")
    few = {"flip": ("cat.jpg?flip=h",), "sat": ("cat.jpg?sat=-70",)}
    monkeypatch.setattr(pictures, "EXAMPLES", few)
    monkeypatch.setattr(pictures, "RECIPES", ())
    monkeypatch.setattr(pictures, "TOUR", ())
    monkeypatch.setattr(pictures, "REASONS", dict.fromkeys([*TABLE.groups, "access"], "a test"))
    return tmp_path / "pictures"


def test_the_pictures_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    code = pictures.main(["--check"])

    assert code == 0, capsys.readouterr().err


def test_the_pictures_are_few_bytes() -> None:
    assert sum(path.stat().st_size for path in pictures.FOLDER.iterdir()) < MOST_BYTES


def test_a_missing_a_different_and_a_superfluous_picture_are_reported_and_repaired(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pictures.main([]) == 0
    assert {path.name for path in folder.iterdir()} == {
        "flip.webp",
        "sat.webp",
        "original-cat.webp",
    }
    (folder / "flip.webp").rename(folder / "old.webp")
    (folder / "sat.webp").write_bytes((folder / "original-cat.webp").read_bytes())
    capsys.readouterr()

    assert pictures.main(["--check"]) == 1
    errors = capsys.readouterr().err
    assert all(f"{name}.webp; run: make generate" in errors for name in ("flip", "sat", "old"))
    assert "original-cat" not in errors
    assert pictures.main([]) == 0
    assert pictures.main(["--check"]) == 0


@pytest.mark.usefixtures("folder")
def test_a_parameter_without_a_picture_and_without_a_reason_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pictures, "REASONS", {})

    assert pictures.main(["--check"]) == 1
    assert "blur" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_an_example_that_cannot_be_rendered_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "EXAMPLES", {"flip": ("cat.jpg?flip=x",)})

    with pytest.raises(ValueError, match=r"cat\.jpg\?flip=x: .*flip accepts"):
        pictures.main(["--check"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_a_parameter_use_it(name: str) -> None:
    row = TABLE.spellings[name]
    for example in pictures.list_examples(row):
        pairs = example.query.split("&")
        effective = canonical(parse("/a", f"{example.query}&w=200").transform).split(",")

        is_default = f"{name}={row.default_text}" in pairs
        assert is_default or name in {pair.partition("=")[0] for pair in effective}
        assert f"![{example.alt}](pictures/{example.file})" in build_page()


def test_reasons_and_subjects_are_of_existing_parameters_and_originals() -> None:
    rows = TABLE.all_rows

    assert set(REASONS) <= {row.name for row in rows} | {row.group for row in rows}
    assert not set(REASONS) & set(EXAMPLES)
    assert {path.name for path in FILES.iterdir()} - {"README.md"} == set(SUBJECTS) - set(MADE)
