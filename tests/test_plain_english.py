"""The check for words to avoid: which words it reports, and where."""

import subprocess
from pathlib import Path

import pytest

from infra.docs import plain_english
from infra.docs.plain_english import WORDS, check


def find_words(text: str, path: str = "docs/page.md") -> list[str]:
    return [place.word for place in check(path, text)]


@pytest.mark.parametrize("word", WORDS)
def test_every_word_of_the_list_is_reported(word: str) -> None:
    assert find_words(f"Say {word} here.") == [word]


@pytest.mark.parametrize("text", ["a cache of\nours", "a cache of\n    ours", "of  Ours"])
def test_a_word_is_found_across_a_line_break(text: str) -> None:
    assert find_words(text) == ["of ours"]


@pytest.mark.parametrize("text", ["def told():", "_told", "as_told_by", "told_2", "TOLD", "(told)"])
def test_a_word_is_found_in_an_identifier(text: str) -> None:
    assert find_words(text) == ["told"]


@pytest.mark.parametrize("text", ["untold", "toldo", "told2", "sof ours", "of course", ""])
def test_a_part_of_another_word_is_not_reported(text: str) -> None:
    assert find_words(text) == []


def test_the_path_and_the_line_are_right() -> None:
    places = list(check("a/b.py", "one\ntold\n\nthis is of\nours, anew\n"))

    assert [(place.path, place.line, place.word) for place in places] == [
        ("a/b.py", 2, "told"),
        ("a/b.py", 4, "of ours"),
        ("a/b.py", 5, "anew"),
    ]
    assert str(places[0]) == f"a/b.py:2: 'told': {WORDS['told']}"


def test_an_exception_applies_only_to_its_file_and_its_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = {("docs/page.md", "told"): "a stored field", ("docs/list.md", "*"): "it lists them"}
    monkeypatch.setattr(plain_english, "EXCEPTIONS", rows)

    assert find_words("told anew") == ["anew"]
    assert find_words("told anew", "docs/list.md") == []
    assert find_words("told anew", "docs/other.md") == ["told", "anew"]


def test_every_exception_is_needed() -> None:
    root = Path(__file__).parents[1]

    for path, word in plain_english.EXCEPTIONS:
        pattern = plain_english.compile_words(WORDS if word == "*" else (word,))
        assert pattern.search((root / path).read_text(encoding="utf-8")), (path, word)


def test_the_exit_code_is_1_if_a_word_is_found(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [("docs/a.md", "Say it anew."), ("docs/b.md", "Say it again.")]
    monkeypatch.setattr(plain_english, "read_tracked_files", lambda: iter(files))

    assert plain_english.main([]) == 1
    assert capsys.readouterr().out.startswith("docs/a.md:1: 'anew': again\n1 ")
    assert plain_english.main(["docs/b"]) == 0
    assert capsys.readouterr().out == ""


def test_only_tracked_text_files_are_read(tmp_path: Path) -> None:
    for name in ("docs/a.md", "Makefile", "picture.png", "new.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("told")
    for arguments in ("init -q", "add docs Makefile picture.png"):
        subprocess.run(["git", *arguments.split()], cwd=tmp_path, check=True)

    files = plain_english.read_tracked_files(tmp_path)

    assert {path for path, _ in files} == {"Makefile", "docs/a.md"}
