"""No SVG takes much memory or time, whatever it asks for."""

import json
import resource
import subprocess
import sys
from typing import Final

import pytest

from origin_lambda.adapters.resvg import draw
from origin_lambda.errors import Unprocessable
from origin_lambda.image.geometry import Box, Size
from origin_lambda.image.source import Drawing
from tests.support.svg_bombs import drawing, svg_bombs

SIZE: Final = Size(300, 200)
MAX_MEMORY: Final = 100 * 2**20
MAX_SECONDS: Final = 0.25
"""Processor time, of which 0.09 s are the limit for drawing; a busy processor doubles the rest."""

BOMBS: Final = dict(svg_bombs())

PROGRAM: Final = """
import json, resource, sys
from tests.image.test_svg_bombs import cost
print(json.dumps(cost(sys.stdin.buffer.read())))
"""


def used_seconds() -> float:
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


def cost(data: bytes) -> tuple[str, float, int]:
    """Return the outcome of drawing a bomb, its processor time, and the memory of the drawer."""
    before = used_seconds()
    try:
        draw.draw(data, Drawing(Box(0, 0, *SIZE), SIZE, SIZE))
        outcome = "drawn"
    except Unprocessable as error:
        outcome = error.message
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return outcome, used_seconds() - before, memory


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_drawn_or_refused_in_little_time_and_memory(name: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=BOMBS[name],
        capture_output=True,
        timeout=20,
        check=True,
    )
    outcome, seconds, memory = json.loads(run.stdout)

    assert outcome in {
        "drawn",
        "the original is broken",
        "the original is nested too deeply",
        "the original takes too much time or memory to draw at this size",
        "an SVG of more than 20,000 elements cannot become pixels",
        "an SVG of more than 1,000,000 bytes cannot become pixels",
    }
    assert memory < MAX_MEMORY
    assert seconds < MAX_SECONDS


@pytest.mark.parametrize("name", ["copies", "elements", "bytes"])
def test_elements_and_bytes_are_counted_before_the_rasteriser_starts(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draw, "_find_extension", lambda: pytest.fail("it was started"))

    outcome, *_ = cost(BOMBS[name])

    assert outcome.startswith("an SVG of more than")


def test_a_rasteriser_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "_WALL_SECONDS", -0.07)

    outcome, *_ = cost(drawing("<g/>"))

    assert outcome == "the original takes too much time or memory to draw at this size"


def test_the_rasteriser_inherits_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    seen = {}

    def run(command: list[str], **options: object) -> None:
        seen.update(options)
        raise subprocess.TimeoutExpired(command, 1)

    monkeypatch.setattr(subprocess, "run", run)
    cost(drawing("<g/>"))

    assert seen["env"] == {}
