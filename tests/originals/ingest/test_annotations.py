"""Annotations of an original by its owner."""

import dataclasses
from typing import Final

import pytest

from origin_lambda.errors import NoSuchOriginal, StoreFailed
from origin_lambda.image.analysis.measure import FocalPoint
from origin_lambda.originals.record import Annotations, Status
from tests.support.ingest_world import KEY, LONG, World, on_first_call, raise_failure
from tests.support.originals import draw, jpeg, quadrants

SAID: Final = Annotations(FocalPoint(0.25, 0.75), "A cat", ("cat", "tom"))


def test_annotations_are_saved_and_older_derivatives_are_deleted(photo: World) -> None:
    known = photo.record

    record = photo.ingest.annotate(KEY, lambda _: SAID)

    assert record == photo.record
    assert record == dataclasses.replace(
        known, annotations=SAID, edition=1, revision=known.revision + 1
    )
    assert photo.derivative_keys == []
    assert photo.edge.port.invalidated == ["/cats/tom.jpg"]
    assert len(photo.sent_alerts) == 1


def test_annotations_do_not_delete_mips(world: World) -> None:
    world.ingest_original(jpeg(quadrants(LONG)))
    mips = world.mips

    world.ingest.annotate(KEY, lambda _: SAID)

    assert world.mips == mips != []


def test_annotations_invalidate_the_edge_even_without_stored_derivatives(world: World) -> None:
    world.ingest_original(draw("jpeg"))

    world.ingest.annotate(KEY, lambda _: SAID)

    assert world.edge.port.invalidated == ["/cats/tom.jpg"]


def test_annotations_stay_when_the_original_is_replaced(photo: World) -> None:
    photo.ingest.annotate(KEY, lambda _: SAID)

    record = photo.ingest_original(draw("png"))

    assert (record.annotations, record.edition, record.status) == (SAID, 1, Status.READY)


def test_a_change_of_annotations_receives_the_present_ones(photo: World) -> None:
    photo.ingest.annotate(KEY, lambda _: SAID)

    record = photo.ingest.annotate(KEY, lambda said: dataclasses.replace(said, alt=said.alt + "!"))

    assert record.annotations == dataclasses.replace(SAID, alt="A cat!")


def test_repeated_annotations_complete_a_purge_that_failed(photo: World) -> None:
    photo.derivatives.before_call = on_first_call("delete", raise_failure)
    with pytest.raises(StoreFailed):
        photo.ingest.annotate(KEY, lambda _: SAID)
    assert len(photo.derivative_keys) == 3

    record = photo.ingest.annotate(KEY, lambda _: SAID)

    assert record.edition == 1
    assert photo.derivative_keys == []


@pytest.mark.parametrize("gone", [False, True])
def test_a_missing_original_cannot_be_annotated(world: World, gone: bool) -> None:
    if gone:
        world.ingest_original(draw("jpeg"))
        world.remove()
        world.ingest_original()
    records = dict(world.catalog.port.items)

    with pytest.raises(NoSuchOriginal):
        world.ingest.annotate(KEY, lambda _: SAID)
    assert world.catalog.port.items == records
