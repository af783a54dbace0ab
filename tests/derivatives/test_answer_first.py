"""Derivatives that are stored after the answer (docs/decisions/0053)."""

import json
import math
import socket
import time
from typing import Final

import pytest

from origin_lambda import log
from origin_lambda.adapters.lambda_extension import start_extension
from tests.contract.scripted_server import serve_script
from tests.support.ingest_world import KEY, World, fail_calls
from tests.support.origin_world import FRESH
from tests.support.originals import draw

SALIENT: Final = "w=30&h=30&fit=crop&crop=faces&fm=png"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    written: list[str] = []
    monkeypatch.setattr(log, "write", written.append)
    return written


@pytest.fixture
def world(lines: list[str]) -> World:
    del lines
    made = World(later=[])
    made.ingest_original(draw("jpeg"))
    made.derivatives.calls.clear()
    return made


def finish(world: World) -> None:
    assert world.later is not None
    for work in world.later:
        work()


def test_the_answer_is_given_before_the_derivative_is_stored(world: World) -> None:
    answer = world.ask("w=30")

    assert (answer.status, answer.headers["cache-control"]) == (200, FRESH)
    assert "write" not in world.derivatives.calls

    finish(world)

    assert world.derivatives.calls.count("write") == 1
    assert world.ask("w=30").headers["x-calotype"].startswith("stored")


def test_a_derivative_is_deleted_again_if_the_original_changed_after_the_answer(
    world: World,
) -> None:
    world.ask("w=30")
    world.ingest_original(draw("png"))
    world.queue.port.sent.clear()

    finish(world)

    assert not list(world.derivatives.port.keys(f"{KEY}/"))
    (message, _), *_ = world.queue.port.sent
    assert message["key"] == KEY


@pytest.mark.usefixtures("world")
def test_a_failure_to_store_is_counted_after_the_answer(world: World, lines: list[str]) -> None:
    world.derivatives.before_call = fail_calls("write")

    assert world.ask("w=30").status == 200
    finish(world)

    counted = [line for line in map(json.loads, lines) if line["event"] == "tolerated"]
    assert [line["what"] for line in counted] == ["store"]


def test_nothing_is_stored_after_the_deadline(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.ask("w=30", deadline=time.monotonic() + 60)
    monkeypatch.setattr(time, "monotonic", lambda: math.inf)

    finish(world)

    assert "write" not in world.derivatives.calls


def test_a_derivative_that_changes_after_ingest_is_not_stored_at_all(lines: list[str]) -> None:
    del lines
    world = World(later=[])
    world.put(draw("jpeg"))

    answer = world.ask(SALIENT)

    assert answer.headers["cache-control"] == "public, max-age=60"
    assert world.later == []


# What is stored before the answer all the same.


def test_a_derivative_that_is_too_large_to_answer_is_stored_first(world: World) -> None:
    answer = world.ask("w=30", answer_limit=10)

    assert answer.status == 302
    assert world.later == []
    assert "write" in world.derivatives.calls


def test_a_version_that_the_catalog_does_not_have_is_stored_and_checked_first(
    world: World,
) -> None:
    world.put(draw("png"))

    assert world.ask("w=30").headers["cache-control"] == "no-store"
    assert world.later == []


def test_an_unknown_original_is_stored_first_if_its_ingest_cannot_be_requested(
    lines: list[str],
) -> None:
    del lines
    world = World(later=[], can_request=False)
    world.put(draw("jpeg"))

    assert world.ask("w=30").status == 200
    assert world.later == []
    assert "write" in world.derivatives.calls


def test_an_error_is_checked_before_the_answer(world: World) -> None:
    world.put(b"no picture")

    assert world.ask("w=30").headers["cache-control"] == "no-store"


# Lambda's extension.


def test_without_lambda_nothing_runs_after_an_answer() -> None:
    assert start_extension({}) is None


def test_a_snapshot_is_taken_without_an_extension() -> None:
    environment = {
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
    }

    assert start_extension(environment) is None


def test_where_no_extension_can_register_derivatives_are_stored_first(lines: list[str]) -> None:
    def refuse(connection: socket.socket) -> bool:
        connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        return True

    with serve_script(refuse) as server:
        address = server.url.removeprefix("http://")
        assert start_extension({"AWS_LAMBDA_RUNTIME_API": address}) is None

    assert json.loads(lines[-1])["event"] == "store-first"
