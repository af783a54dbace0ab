"""Annotations of an original by its owner."""

import dataclasses
from typing import Final

import pytest

from origin_lambda.errors import NoSuchOriginal, StoreFailed
from origin_lambda.image.analysis.measure import FocalPoint
from origin_lambda.originals.record import Annotations, Status
from tests.support.ingest_world import KEY, LONG, World, before, failed
from tests.support.originals import draw, jpeg, quadrants

SAID: Final = Annotations(FocalPoint(0.25, 0.75), "A cat", ("cat", "tom"))


def test_what_the_owner_says_is_kept_and_what_was_made_without_it_is_gone(photo: World) -> None:
    known = photo.item

    item = photo.ingest.annotate(KEY, lambda _: SAID)

    assert item == photo.item
    assert item == dataclasses.replace(
        known, annotations=SAID, generation=1, revision=known.revision + 1
    )
    assert photo.kept == []
    assert photo.edge.port.invalidated == ["/cats/tom.jpg/"]
    assert len(photo.announced) == 1


def test_what_the_owner_says_leaves_the_mips(world: World) -> None:
    world.take(jpeg(quadrants(LONG)))
    mips = world.mips

    world.ingest.annotate(KEY, lambda _: SAID)

    assert world.mips == mips != []


def test_what_the_owner_says_reaches_the_edge_though_the_bucket_has_nothing(world: World) -> None:
    world.take(draw("jpeg"))

    world.ingest.annotate(KEY, lambda _: SAID)

    assert world.edge.port.invalidated == ["/cats/tom.jpg/"]


def test_what_the_owner_says_outlives_a_new_version(photo: World) -> None:
    photo.ingest.annotate(KEY, lambda _: SAID)

    item = photo.take(draw("png"))

    assert (item.annotations, item.generation, item.status) == (SAID, 1, Status.READY)


def test_a_change_of_what_the_owner_said_is_given_that(photo: World) -> None:
    photo.ingest.annotate(KEY, lambda _: SAID)

    item = photo.ingest.annotate(KEY, lambda said: dataclasses.replace(said, alt=said.alt + "!"))

    assert item.annotations == dataclasses.replace(SAID, alt="A cat!")


def test_to_say_it_once_more_does_what_may_have_been_left_undone(photo: World) -> None:
    photo.derivatives.meddle = before("delete", failed)
    with pytest.raises(StoreFailed):
        photo.ingest.annotate(KEY, lambda _: SAID)
    assert len(photo.kept) == 3

    item = photo.ingest.annotate(KEY, lambda _: SAID)

    assert item.generation == 1
    assert photo.kept == []


@pytest.mark.parametrize("gone", [False, True])
def test_of_what_is_not_there_nothing_can_be_said(world: World, gone: bool) -> None:
    if gone:
        world.take(draw("jpeg"))
        world.remove()
        world.take()
    items = dict(world.catalog.port.items)

    with pytest.raises(NoSuchOriginal):
        world.ingest.annotate(KEY, lambda _: SAID)
    assert world.catalog.port.items == items
