"""No SVG takes much memory or time, whatever it asks for."""

import json
import pickle
import subprocess
import sys
from typing import Any, Final

import pytest

from origin_lambda.adapters.resvg import draw
from tests.support.svg_bombs import drawing, svg_bombs
from tests.support.svg_cost import measure_cost

MAX_MEMORY: Final = 100 * 2**20
MAX_SECONDS: Final = 0.3
"""Processor time: 0.09 s are the limit for drawing, and a busy processor doubles the rest."""

OUTCOMES: Final = {
    "drawn",
    "the original is broken",
    "the original is nested too deeply",
    "the original takes too much time or memory to draw at this size",
    "an SVG of more than 20,000 elements cannot become pixels",
    "an SVG of more than 1,000,000 bytes cannot become pixels",
}
BOMBS: Final = dict(svg_bombs())


@pytest.fixture(scope="module")
def costs() -> dict[str, dict[str, Any]]:
    """Measure each bomb in one process."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.support.svg_cost"],
        input=pickle.dumps(list(BOMBS.values())),
        capture_output=True,
        timeout=120,
        check=True,
    )
    return dict(zip(BOMBS, map(json.loads, run.stdout.splitlines()), strict=True))


def test_every_bomb_is_drawn_or_refused(costs: dict[str, dict[str, Any]]) -> None:
    assert len(costs) > 20
    assert {cost["outcome"] for cost in costs.values()} <= OUTCOMES
    assert len({cost["outcome"] for cost in costs.values()}) > 3


def test_no_bomb_takes_a_hundred_megabytes(costs: dict[str, dict[str, Any]]) -> None:
    assert max(cost["memory"] for cost in costs.values()) < MAX_MEMORY


def test_no_bomb_takes_much_longer_than_the_limit(costs: dict[str, dict[str, Any]]) -> None:
    assert {name: cost for name, cost in costs.items() if cost["seconds"] > MAX_SECONDS} == {}


@pytest.mark.parametrize("name", ["copies", "elements", "bytes"])
def test_elements_and_bytes_are_counted_before_the_rasteriser_starts(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draw, "_find_extension", lambda: pytest.fail("it was started"))

    assert measure_cost(BOMBS[name])["outcome"].startswith("an SVG of more than")


def test_a_rasteriser_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "_WALL_SECONDS", -10.0)

    outcome = measure_cost(drawing("<g/>"))["outcome"]

    assert outcome == "the original takes too much time or memory to draw at this size"


def test_the_rasteriser_inherits_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    seen: dict[str, object] = {}

    def run(command: list[str], **options: object) -> None:
        seen.update(options)
        raise subprocess.TimeoutExpired(command, 1)

    monkeypatch.setattr(subprocess, "run", run)
    measure_cost(drawing("<g/>"))

    assert seen["env"] == {}
