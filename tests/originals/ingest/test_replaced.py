"""Ingest of an original that is replaced, and a repeated ingest."""

import dataclasses

import pytest

from origin_lambda.image.formats import Kind
from origin_lambda.image.probe import Limits
from origin_lambda.originals.ingest import LEASE_SECONDS
from origin_lambda.originals.purge import SWEEP_SECONDS
from origin_lambda.originals.record import Status
from tests.support.ingest_world import KEY, LONG, Stopped, World, at_call, stopped, version
from tests.support.originals import draw, jpeg, quadrants

# An original that is replaced.


def test_a_replaced_original_is_analysed_again_and_its_derivatives_are_deleted(
    photo: World,
) -> None:
    item = photo.take(draw("png"), "0B")

    assert item.analysis is not None
    assert item.analysis.facts.kind is Kind.PNG
    assert photo.announced == [
        ("created", version(draw("jpeg"))),
        ("replaced", version(draw("png"))),
    ]
    assert photo.kept == []
    assert photo.edge.port.invalidated == ["/cats/tom.jpg/"]
    assert (item.created, item.changed, item.sequencer) == (1_000_000, 1_000_100, "0B")


def test_the_mips_of_a_replaced_original_are_gone(world: World) -> None:
    world.take(jpeg(quadrants(LONG)))
    old = world.mips
    world.take(jpeg(quadrants((3600, 80))))

    assert (len(old), len(world.mips)) == (5, 5)
    assert not set(old) & set(world.mips)


def test_the_same_bytes_put_again_change_nothing_visible(photo: World) -> None:
    known, kept = photo.item, photo.kept

    item = photo.take(draw("jpeg"), "0B")

    assert item == photo.item
    assert dataclasses.replace(item, revision=known.revision, sequencer="0A") == known
    assert item.sequencer == "0B"
    assert (photo.kept, len(photo.announced), photo.edge.calls) == (kept, 1, [])


def test_what_was_made_of_another_one_in_between_is_swept(photo: World) -> None:
    """Renderers may have seen one that was put, and put back, before its event was delivered."""
    photo.take(draw("jpeg"), "0C")

    assert photo.queue.port.sent[1:] == [
        ({"event": "sweep", "key": KEY, "invalidate": False}, SWEEP_SECONDS)
    ]


def test_the_id_of_a_change_is_the_same_after_the_same_bytes_were_put_again(
    world: World,
) -> None:
    world.put(draw("jpeg"))
    world.catalog.meddle = at_call(3, "find", stopped)
    with pytest.raises(Stopped):
        world.take(sequencer="0A")
    world.now += LEASE_SECONDS

    world.take(draw("jpeg"), "0C")

    assert world.alerts is not None
    first, second = [message for message, _ in world.alerts.port.sent]
    assert (first["event"], first["id"]) == ("created", second["id"])
    assert [message["event"] for message, _ in world.queue.port.sent] == ["sweep", "sweep"]
    assert world.item.sequencer == "0A"


@pytest.mark.parametrize("sequencer", ["0A", ""])
def test_the_same_event_once_more_changes_nothing_at_all(photo: World, sequencer: str) -> None:
    known = photo.item

    assert photo.take(sequencer=sequencer) == photo.item == known
    assert (len(photo.queue.calls), photo.edge.calls) == (1, [])


def test_a_rejection_after_success_is_announced(photo: World) -> None:
    item = photo.take(draw("text"))

    assert (item.status, item.analysis) == (Status.REJECTED, None)
    assert [event for event, _ in photo.announced] == ["created", "rejected"]
    assert photo.kept == []


def test_what_is_good_at_last_is_created_only_then(world: World) -> None:
    world.take(draw("text"))

    item = world.take(draw("jpeg"))

    assert (item.status, item.reason) == (Status.READY, None)
    assert [event for event, _ in world.announced] == ["rejected", "created"]


# Doing it again.


def test_again_analyses_without_an_alert(world: World) -> None:
    item = world.take(jpeg(quadrants(LONG)))
    world.derivatives.port.objects.clear()
    world.now += 100

    again = world.take(again=True)

    assert again.is_settled
    assert (again.analysis, again.mips) == (item.analysis, item.mips)
    assert again.ingested == item.ingested + 100
    assert len(world.mips) == 5
    assert len(world.announced) == 1


def test_again_leaves_what_was_made_of_it(photo: World) -> None:
    kept = photo.kept

    photo.take(again=True)

    assert photo.kept == kept
    assert photo.edge.calls == []


def test_under_other_limits_again_tells_what_has_become_of_it() -> None:
    world = World(Limits(bytes_in=100))
    world.take(draw("jpeg"))
    world.limits = Limits()

    item = world.take(again=True)

    assert (item.status, item.reason) == (Status.READY, None)
    assert [event for event, _ in world.announced] == ["rejected", "created"]


def test_again_leaves_a_tombstone_a_tombstone(photo: World) -> None:
    photo.remove()
    tombstone = photo.take()

    again = photo.take(again=True)

    assert dataclasses.replace(again, revision=tombstone.revision) == tombstone
    assert [event for event, _ in photo.announced] == ["created", "deleted"]
