"""Lines in the terminal: shortened, harmless, and possible without a reader."""

import os

import pytest

from infra.laptop.request_logger import format_request
from infra.terminal import print_line, shorten


def test_a_long_url_is_shortened_in_the_middle() -> None:
    url = "/cats/tom.jpg?txt=" + "x" * 5_000 + "&w=400"
    line = format_request(
        200, 12.3, url, {"x-cache": "Hit from cloudfront", "x-calotype": "render"}
    )

    assert len(line) < 220
    assert line.startswith("200     12 ms  /cats/tom.jpg?txt=xxx")
    assert line.endswith("xxx&w=400  hit | render")
    assert "\u2026" in line


def test_a_short_url_is_printed_whole_and_escaped() -> None:
    miss = {"x-cache": "Miss from cloudfront"}

    assert format_request(200, 1, "/a.jpg?w=400", miss) == "200      1 ms  /a.jpg?w=400  miss"
    assert "\x9b" not in format_request(404, 1, "/\x9b2J.jpg", {"x-cache": "Error from cloudfront"})
    assert format_request(200, 1, "/a.jpg", {}).rstrip() == "200      1 ms  /a.jpg"


@pytest.mark.parametrize("length", [10, 160, 161, 5_000])
def test_a_shortened_text_keeps_both_ends(length: int) -> None:
    text = "a" * (length // 2) + "b" * (length - length // 2)
    short = shorten(text)

    assert len(short) == min(length, 160)
    assert (short == text) == (length <= 160)
    assert (short[0], short[-1]) == ("a", "b")


def test_a_closed_output_is_reported_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed, monkeypatch.context() as patch:
        patch.setattr("sys.stdout", closed)
        print_line("first")
        print_line("second")

    assert capsys.readouterr().err.count("the output is closed") == 1


def test_the_line_of_an_answer_warns_of_ignored_names() -> None:
    headers = {"x-calotype": "render; fm=jpg", "x-calotype-ignored": "mark, txt"}

    line = format_request(200, 1, "/a.jpg?w=4&txt=Hi&mark=b.png", headers)

    assert line.endswith("  render; fm=jpg | IGNORED: mark, txt")
