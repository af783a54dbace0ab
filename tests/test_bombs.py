"""No small file takes much memory or time, whatever it claims."""

import json
import pickle
import subprocess
import sys
from typing import Any, Final

import pytest

from tests.bombs import bombs

MOST_SECONDS: Final = 5
MOST_MEMORY: Final = 512 * 2**20
REFUSED: Final = {"NotAPicture", "TooLarge", "Unprocessable"}


@pytest.fixture(scope="module")
def outcomes() -> list[dict[str, Any]]:
    made = list(bombs())
    run = subprocess.run(
        [sys.executable, "-m", "tests.bomb_shelter"],
        input=pickle.dumps(made),
        capture_output=True,
        timeout=MOST_SECONDS * len(made),
        check=False,
    )
    found = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(found) == len(made), f"{made[len(found)][0]} ended it: {run.stderr[-500:].decode()}"
    return found


def test_there_are_many_bombs_and_none_is_large(outcomes: list[dict[str, Any]]) -> None:
    assert len(outcomes) > 60
    assert max(one["bytes"] for one in outcomes) <= 512_000


def test_every_bomb_is_shown_or_refused(outcomes: list[dict[str, Any]]) -> None:
    assert [one for one in outcomes if one["outcome"] not in REFUSED | {"shown"}] == []


def test_no_bomb_takes_half_a_gigabyte(outcomes: list[dict[str, Any]]) -> None:
    assert [one for one in outcomes if one["memory"] > MOST_MEMORY] == []


def test_no_bomb_takes_five_seconds(outcomes: list[dict[str, Any]]) -> None:
    assert [one for one in outcomes if one["seconds"] > MOST_SECONDS] == []
