"""Notifications of subscribers about two changes at once."""

import pytest

from origin_lambda.originals.ingest import LEASE_SECONDS
from origin_lambda.originals.record import LastNotification, Status
from tests.support.ingest_world import Stopped, World, on_first_call, stop, version
from tests.support.originals import draw


def test_an_alert_sent_while_the_version_changed_counts_as_sent(world: World) -> None:
    def overtake() -> None:
        world.originals.before_call = on_first_call("read", stop)
        with pytest.raises(Stopped):
            world.ingest_original(draw("png"))

    assert world.alerts is not None
    world.alerts.before_call = on_first_call("announce", overtake)
    world.ingest_original(draw("jpeg"))
    world.now += LEASE_SECONDS

    world.ingest_original()

    assert world.sent_alerts == [
        ("created", version(draw("jpeg"))),
        ("replaced", world.record.version),
    ]
    assert world.alerts.port.sent[-1][0]["previous"] == version(draw("jpeg"))


def test_a_late_alert_leaves_the_newer_record_settled(world: World) -> None:
    assert world.alerts is not None
    world.alerts.before_call = on_first_call("announce", lambda: world.ingest_original(draw("png")))

    world.ingest_original(draw("jpeg"))

    assert world.record.last_notification == LastNotification(version(draw("png")), Status.READY)
    assert world.record.is_settled


def test_after_a_late_alert_the_last_alert_is_about_the_current_version(
    world: World,
) -> None:
    assert world.alerts is not None
    world.alerts.before_call = on_first_call("announce", lambda: world.ingest_original(draw("png")))

    world.ingest_original(draw("jpeg"))

    new, old = version(draw("png")), version(draw("jpeg"))
    assert world.sent_alerts == [("created", new), ("created", old), ("replaced", new)]


def test_an_original_put_back_during_an_alert_is_announced_again(photo: World) -> None:
    assert photo.alerts is not None
    photo.alerts.before_call = on_first_call(
        "announce", lambda: photo.ingest_original(draw("jpeg"))
    )

    photo.ingest_original(b"no picture")

    assert [event for event, _ in photo.sent_alerts] == ["created", "rejected", "created"]
    assert photo.record.is_settled
    assert (photo.record.status, photo.record.leased) == (Status.READY, 0)
