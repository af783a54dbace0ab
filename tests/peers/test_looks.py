"""The rows of the comparison of effects can be measured."""

from pathlib import Path

import pytest
from PIL import Image

from bench.peers import looks
from bench.peers.contestants import OURS
from bench.peers.peer import Answer, Ask
from origin_lambda.url.grammar import parse

TABLE = looks._TABLE


class Copier:
    """A peer that answers with the original, and counts what it is asked for."""

    version = fed = ""
    pid = 0

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[Ask] = []

    def render(self, ask: Ask) -> Answer:
        self.asked.append(ask)
        return Answer(ask.path.read_bytes(), 2.0 if self.name == OURS else 4.0)

    def close(self) -> None:
        pass


@pytest.mark.parametrize("row", [*looks._rows("pixels"), *looks._rows("costs")], ids=str)
def test_our_query_of_a_row_is_accepted(row: dict[str, str]) -> None:
    assert parse("/a", row["query"]).transform


def test_a_row_whose_parameters_do_not_exist_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "_TABLE", {"pixels": [{"query": "w=5&nothing=3"}, {"query": "w=5"}]})

    assert list(looks._rows("pixels")) == [{"query": "w=5"}]


def test_equal_pictures_differ_by_nothing(tmp_path: Path) -> None:
    found = looks.compare_pixels({name: Copier(name) for name in (OURS, "sharp")}, tmp_path)

    assert {each.query for each in found} == {f"`{row['query']}`" for row in looks._rows("pixels")}
    assert [each.figures for each in found] == [{"photo": 0, "alpha": 0, "grey": 0}] * len(found)
    with Image.open(tmp_path / "look-plain-alpha.png") as image:
        assert image.mode == "RGBA"


def test_times_are_medians_and_their_ratio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "_SECONDS", 0.0)
    peers = {name: Copier(name) for name in (OURS, "sharp")}
    path = tmp_path / "a"
    path.write_bytes(b"")

    found = looks._race(
        peers, path, path, {"query": "blur=9", "sharp": [["blur", 3]], "reason": "x"}
    )

    assert found == looks.Look(
        "`blur=9`", "`blur()`", {"ours ms": 2.0, "sharp ms": 4.0, "ratio": 0.5}, "x"
    )
    assert peers["sharp"].asked[0].settings == {
        "height": 800,
        "steps": [["blur", 3]],
        "quality": 80,
    }
