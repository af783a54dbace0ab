"""No small file takes much memory or time."""

import json
import pickle
import resource
import subprocess
import sys
from typing import Any, Final

import pytest

from origin_lambda.adapters.memory_limit import limit_memory
from tests.support.bombs import bombs

MAX_SECONDS: Final = 5
MAX_MEMORY: Final = 512 * 2**20
REFUSED: Final = {"NotAPicture", "TooLarge", "Unprocessable"}


@pytest.fixture(scope="module")
def outcomes() -> list[dict[str, Any]]:
    all_bombs = list(bombs())
    run = subprocess.run(
        [sys.executable, "-m", "tests.support.memory_sandbox"],
        input=pickle.dumps(all_bombs),
        capture_output=True,
        timeout=2 * MAX_SECONDS * len(all_bombs),
        check=False,
    )
    results = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(results) == len(all_bombs), (
        f"{all_bombs[len(results)][0]} ended it: {run.stderr[-500:].decode()}"
    )
    return results


def test_there_are_many_bombs_and_none_is_large(outcomes: list[dict[str, Any]]) -> None:
    assert len(outcomes) > 60
    assert max(one["bytes"] for one in outcomes) <= 512_000


def test_every_bomb_is_shown_or_refused(outcomes: list[dict[str, Any]]) -> None:
    assert [one for one in outcomes if one["outcome"] not in REFUSED | {"shown"}] == []


def test_no_bomb_takes_half_a_gigabyte(outcomes: list[dict[str, Any]]) -> None:
    assert [one for one in outcomes if one["memory"] > MAX_MEMORY] == []


def test_no_bomb_takes_five_seconds_to_analyse_or_to_render(outcomes: list[dict[str, Any]]) -> None:
    assert [one for one in outcomes if one["seconds"] > MAX_SECONDS] == []


def test_a_function_refuses_an_original_that_needs_too_much_memory() -> None:
    program = """
import io
from PIL import Image
from origin_lambda.adapters.memory_limit import limit_memory
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.errors import Unprocessable
from origin_lambda.image.derive import derive
from origin_lambda.image.probe import Limits
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import parse

written = io.BytesIO()
Image.new("RGB", (9000, 9000), 9).save(written, "PNG")
limit_memory({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "330", "AWS_LAMBDA_RUNTIME_API": "here"})
try:
    derive(written.getvalue(), parse("/a", "fm=png&w=9").transform, PillowCodec(), Limits(), Stopwatch())
except Unprocessable as error:
    print(error.message)
"""

    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert run.stdout == "the original takes too much memory\n", run.stderr


def test_elsewhere_memory_is_not_limited() -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)

    limit_memory({})
    limit_memory({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128"})

    assert resource.getrlimit(resource.RLIMIT_DATA) == before
