"""Ingest of an original that is deleted."""

from origin_lambda.originals.record import Status
from tests.support.ingest_world import LONG, World, version
from tests.support.originals import draw, jpeg, quadrants


def test_a_deleted_original_leaves_a_tombstone(photo: World) -> None:
    photo.remove()

    record = photo.ingest_original(sequencer="0B")

    assert (record.status, record.version, record.bytes, record.analysis) == (
        Status.DELETED,
        "",
        0,
        None,
    )
    assert photo.sent_alerts == [("created", version(draw("jpeg"))), ("deleted", None)]
    assert photo.derivative_keys == []
    assert photo.edge.port.invalidated == ["/cats/tom.jpg"]


def test_the_mips_of_a_deleted_original_are_deleted(world: World) -> None:
    world.ingest_original(jpeg(quadrants(LONG)))
    world.remove()

    world.ingest_original()

    assert world.derivatives.port.objects == {}


def test_the_deletion_of_an_unknown_original_is_not_announced(world: World) -> None:
    record = world.ingest_original()

    assert (record.status, record.is_settled, world.sent_alerts) == (Status.DELETED, True, [])


def test_a_restored_original_is_created_again(photo: World) -> None:
    photo.remove()
    photo.ingest_original()

    record = photo.ingest_original(draw("jpeg"))

    assert record.status is Status.READY
    assert [event for event, _ in photo.sent_alerts] == ["created", "deleted", "created"]
