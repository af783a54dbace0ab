"""Ingest of an original that is deleted."""

from origin_lambda.originals.record import Status
from tests.support.ingest_world import LONG, World, version
from tests.support.originals import draw, jpeg, quadrants


def test_of_a_deleted_original_a_tombstone_is_left(photo: World) -> None:
    photo.remove()

    item = photo.take(sequencer="0B")

    assert (item.status, item.version, item.bytes, item.analysis) == (Status.DELETED, "", 0, None)
    assert photo.announced == [("created", version(draw("jpeg"))), ("deleted", None)]
    assert photo.kept == []
    assert photo.edge.port.invalidated == ["/cats/tom.jpg/"]


def test_the_mips_of_a_deleted_original_are_gone(world: World) -> None:
    world.take(jpeg(quadrants(LONG)))
    world.remove()

    world.take()

    assert world.derivatives.port.objects == {}


def test_the_deletion_of_an_unknown_original_is_not_announced(world: World) -> None:
    item = world.take()

    assert (item.status, item.is_settled, world.announced) == (Status.DELETED, True, [])


def test_an_original_that_comes_back_is_created_again(photo: World) -> None:
    photo.remove()
    photo.take()

    item = photo.take(draw("jpeg"))

    assert item.status is Status.READY
    assert [event for event, _ in photo.announced] == ["created", "deleted", "created"]
