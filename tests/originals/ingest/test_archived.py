"""Originals in an archive of S3: rejected until they are restored."""

from typing import Any

import pytest

from origin_lambda.errors import Archived
from origin_lambda.originals.record import Status
from tests.support.ingest_world import KEY, LONG, World, do_nothing, version
from tests.support.origin_world import read_error
from tests.support.originals import draw, jpeg, quadrants

PHOTO = draw("jpeg")
MESSAGE = "the original is archived, and must be restored first"


def archive(world: World) -> None:
    """Let the bucket refuse to read the original, and to copy it."""

    def refuse(call: str, *arguments: Any) -> None:
        del arguments
        if call == "read":
            raise Archived(MESSAGE, detail="InvalidObjectState")

    world.originals.before_call = refuse


def restore(world: World) -> None:
    world.originals.before_call = do_nothing


@pytest.fixture
def archived(world: World) -> World:
    """Return a world whose original was archived before its first ingest."""
    archive(world)
    world.ingest_original(PHOTO, "0A")
    return world


def test_an_archived_original_is_rejected_with_one_alert(archived: World) -> None:
    reason = archived.record.reason

    assert archived.record.status is Status.REJECTED
    assert reason is not None
    assert (reason.code, reason.message) == ("archived", MESSAGE)
    assert archived.alerts is not None
    ((message, attributes),) = archived.alerts.port.sent
    assert (message["event"], message["reason"]["code"]) == ("rejected", "archived")
    assert attributes["rejected"] == "true"

    for sequencer in ("", "0B"):
        archived.ingest_original(sequencer=sequencer)

    assert archived.record.status is Status.REJECTED
    assert archived.sent_alerts == [("rejected", version(PHOTO))]


@pytest.mark.parametrize("query", ["w=30", "fm=json", ""])
def test_an_archived_original_is_answered_with_409_for_a_minute(
    archived: World, query: str
) -> None:
    answer = archived.ask(query)

    assert answer.status == 409
    assert read_error(answer) == {"code": "archived", "message": MESSAGE}
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert archived.requests == []
    assert archived.derivative_keys == []


def test_an_archived_original_that_the_catalog_does_not_know_is_ingested(world: World) -> None:
    world.put(PHOTO)
    archive(world)

    assert world.ask("w=30").status == 409
    assert world.requests == [("unknown", version(PHOTO))]


def test_an_archived_layer_is_named_by_its_parameter(world: World) -> None:
    world.ingest_original(PHOTO)
    world.put(PHOTO, "mark.jpg")

    def refuse(call: str, *arguments: Any) -> None:
        if call == "read" and arguments[0] == "mark.jpg":
            raise Archived(MESSAGE)

    world.originals.before_call = refuse

    answer = world.ask("w=30&mark=mark.jpg")

    assert answer.status == 409
    assert read_error(answer) == {"code": "archived", "message": MESSAGE, "param": "mark"}


@pytest.mark.parametrize("sequencer", ["", "0A"], ids=["no sequencer", "the old sequencer"])
def test_a_restored_original_is_ingested_by_its_event(archived: World, sequencer: str) -> None:
    restore(archived)

    record = archived.ingest_original(sequencer=sequencer)

    assert record.status is Status.READY
    assert record.reason is None
    assert record.analysis is not None
    assert [event for event, _ in archived.sent_alerts] == ["rejected", "created"]
    assert archived.ask("w=30").status == 200


def test_a_restore_without_an_event_is_seen_by_the_next_request(archived: World) -> None:
    restore(archived)

    assert archived.ask("w=30").status == 200
    assert archived.requests == [("restored", version(PHOTO))]

    archived.ingest.ingest(KEY)

    assert archived.record.status is Status.READY


def test_a_crash_while_a_restored_original_is_ingested_is_repaired(archived: World) -> None:
    restore(archived)

    class Stopped(BaseException):
        pass

    def stop(call: str, *arguments: Any) -> None:
        del arguments
        if call == "read":
            raise Stopped

    archived.originals.before_call = stop
    with pytest.raises(Stopped):
        archived.ingest_original()
    restore(archived)
    archived.now += 100

    assert archived.ingest_original().status is Status.READY


def test_an_original_that_was_ingested_before_it_was_archived_keeps_its_mips(
    world: World,
) -> None:
    world.ingest_original(jpeg(quadrants(LONG)))
    archive(world)

    assert world.ask("w=300").status == 200
    assert world.ask("w=3000").status == 409

    record = world.ingest_original(again=True)

    assert record.status is Status.READY
    assert record.mips
    assert record.analysis is not None
    assert [event for event, _ in world.sent_alerts] == ["created"]
    assert world.ask("w=310").status == 200


def test_a_replaced_original_is_no_longer_archived(archived: World) -> None:
    restore(archived)

    record = archived.ingest_original(draw("png"), "0B")

    assert record.status is Status.READY
    assert archived.sent_alerts[-1] == ("created", version(draw("png")))
