"""Notifications of subscribers about two changes at once."""

import pytest

from origin_lambda.originals.ingest import LEASE_SECONDS
from origin_lambda.originals.record import LastNotification, Status
from tests.support.ingest_world import Stopped, World, before, stopped, version
from tests.support.originals import draw


def test_an_alert_sent_while_the_version_changed_counts_as_sent(world: World) -> None:
    def overtake() -> None:
        world.originals.meddle = before("read", stopped)
        with pytest.raises(Stopped):
            world.take(draw("png"))

    assert world.alerts is not None
    world.alerts.meddle = before("announce", overtake)
    world.take(draw("jpeg"))
    world.now += LEASE_SECONDS

    world.take()

    assert world.announced == [("created", version(draw("jpeg"))), ("replaced", world.item.version)]
    assert world.alerts.port.sent[-1][0]["previous"] == version(draw("jpeg"))


def test_who_tells_later_than_who_overtook_it_unsettles_nothing(world: World) -> None:
    assert world.alerts is not None
    world.alerts.meddle = before("announce", lambda: world.take(draw("png")))

    world.take(draw("jpeg"))

    assert world.item.last_notification == LastNotification(version(draw("png")), Status.READY)
    assert world.item.is_settled


def test_who_tells_later_than_who_overtook_it_has_the_last_word_be_of_what_there_is(
    world: World,
) -> None:
    assert world.alerts is not None
    world.alerts.meddle = before("announce", lambda: world.take(draw("png")))

    world.take(draw("jpeg"))

    new, old = version(draw("png")), version(draw("jpeg"))
    assert world.announced == [("created", new), ("created", old), ("replaced", new)]


def test_an_original_put_back_during_an_alert_is_announced_again(photo: World) -> None:
    assert photo.alerts is not None
    photo.alerts.meddle = before("announce", lambda: photo.take(draw("jpeg")))

    photo.take(b"no picture")

    assert [event for event, _ in photo.announced] == ["created", "rejected", "created"]
    assert photo.item.is_settled
    assert (photo.item.status, photo.item.leased) == (Status.READY, 0)
