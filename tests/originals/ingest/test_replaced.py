"""Ingest of an original that is replaced, and a repeated ingest."""

import dataclasses

import pytest

from origin_lambda.image.formats import Kind
from origin_lambda.image.probe import Limits
from origin_lambda.originals.ingest import LEASE_SECONDS
from origin_lambda.originals.purge import SWEEP_SECONDS
from origin_lambda.originals.record import Status
from tests.support.ingest_world import KEY, LONG, Stopped, World, on_call, stop, version
from tests.support.originals import draw, jpeg, quadrants

# An original that is replaced.


def test_a_replaced_original_is_analysed_again_and_its_derivatives_are_deleted(
    photo: World,
) -> None:
    record = photo.ingest_original(draw("png"), "0B")

    assert record.analysis is not None
    assert record.analysis.facts.kind is Kind.PNG
    assert photo.sent_alerts == [
        ("created", version(draw("jpeg"))),
        ("replaced", version(draw("png"))),
    ]
    assert photo.derivative_keys == []
    assert photo.edge.port.invalidated == ["/cats/tom.jpg"]
    assert (record.created, record.changed, record.sequencer) == (1_000_000, 1_000_100, "0B")


def test_the_mips_of_a_replaced_original_are_deleted(world: World) -> None:
    world.ingest_original(jpeg(quadrants(LONG)))
    old = world.mips
    world.ingest_original(jpeg(quadrants((3600, 80))))

    assert (len(old), len(world.mips)) == (5, 5)
    assert not set(old) & set(world.mips)


def test_the_same_bytes_put_again_change_nothing_visible(photo: World) -> None:
    known, kept = photo.record, photo.derivative_keys

    record = photo.ingest_original(draw("jpeg"), "0B")

    assert record == photo.record
    assert dataclasses.replace(record, revision=known.revision, sequencer="0A") == known
    assert record.sequencer == "0B"
    assert (photo.derivative_keys, len(photo.sent_alerts), photo.edge.calls) == (kept, 1, [])


def test_derivatives_of_a_version_in_between_are_swept(photo: World) -> None:
    """A render may have read a version that was replaced back before its event was delivered."""
    photo.ingest_original(draw("jpeg"), "0C")

    assert photo.queue.port.sent[1:] == [
        ({"event": "sweep", "key": KEY, "invalidate": False}, SWEEP_SECONDS)
    ]


def test_the_id_of_a_change_is_the_same_after_the_same_bytes_were_put_again(
    world: World,
) -> None:
    world.put(draw("jpeg"))
    world.catalog.before_call = on_call(3, "find", stop)
    with pytest.raises(Stopped):
        world.ingest_original(sequencer="0A")
    world.now += LEASE_SECONDS

    world.ingest_original(draw("jpeg"), "0C")

    assert world.alerts is not None
    first, second = [message for message, _ in world.alerts.port.sent]
    assert (first["event"], first["id"]) == ("created", second["id"])
    assert [message["event"] for message, _ in world.queue.port.sent] == ["sweep", "sweep"]
    assert world.record.sequencer == "0A"


@pytest.mark.parametrize("sequencer", ["0A", ""])
def test_a_repeated_event_changes_nothing(photo: World, sequencer: str) -> None:
    known = photo.record

    assert photo.ingest_original(sequencer=sequencer) == photo.record == known
    assert (len(photo.queue.calls), photo.edge.calls) == (1, [])


def test_a_rejection_after_success_is_announced(photo: World) -> None:
    record = photo.ingest_original(draw("text"))

    assert (record.status, record.analysis) == (Status.REJECTED, None)
    assert [event for event, _ in photo.sent_alerts] == ["created", "rejected"]
    assert photo.derivative_keys == []


def test_a_rejected_original_is_created_once_it_is_good(world: World) -> None:
    world.ingest_original(draw("text"))

    record = world.ingest_original(draw("jpeg"))

    assert (record.status, record.reason) == (Status.READY, None)
    assert [event for event, _ in world.sent_alerts] == ["rejected", "created"]


# A repeated ingest.


def test_a_repeated_ingest_analyses_without_an_alert(world: World) -> None:
    record = world.ingest_original(jpeg(quadrants(LONG)))
    world.derivatives.port.objects.clear()
    world.now += 100

    again = world.ingest_original(again=True)

    assert again.is_settled
    assert (again.analysis, again.mips) == (record.analysis, record.mips)
    assert again.ingested == record.ingested + 100
    assert len(world.mips) == 5
    assert len(world.sent_alerts) == 1


def test_a_repeated_ingest_keeps_derivatives(photo: World) -> None:
    kept = photo.derivative_keys

    photo.ingest_original(again=True)

    assert photo.derivative_keys == kept
    assert photo.edge.calls == []


def test_a_repeated_ingest_with_other_limits_announces_the_new_status() -> None:
    world = World(Limits(bytes_in=100))
    world.ingest_original(draw("jpeg"))
    world.limits = Limits()

    record = world.ingest_original(again=True)

    assert (record.status, record.reason) == (Status.READY, None)
    assert [event for event, _ in world.sent_alerts] == ["rejected", "created"]


def test_a_repeated_ingest_keeps_a_tombstone(photo: World) -> None:
    photo.remove()
    tombstone = photo.ingest_original()

    again = photo.ingest_original(again=True)

    assert dataclasses.replace(again, revision=tombstone.revision) == tombstone
    assert [event for event, _ in photo.sent_alerts] == ["created", "deleted"]
