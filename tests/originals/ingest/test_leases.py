"""Leases of an original, and events that arrive late."""

import pytest

from origin_lambda.errors import Busy, StoreFailed, Unavailable
from origin_lambda.originals.ingest import LEASE_SECONDS
from origin_lambda.originals.record import LastNotification, Status
from tests.support.ingest_world import (
    World,
    fail_calls,
    list_swallowed_failures,
    on_first_call,
    raise_failure,
    start_other_delivery,
    version,
)
from tests.support.originals import draw

# Leases.


@pytest.mark.parametrize("again", [False, True])
def test_an_original_with_a_lease_is_busy(world: World, again: bool) -> None:
    record = start_other_delivery(world, draw("jpeg"), world.now + 1)

    with pytest.raises(Busy):
        world.ingest_original(again=again)

    assert world.record == record
    assert world.originals.calls == ["stat"]


def test_after_the_lease_of_a_lost_delivery_ends_the_original_is_ingested(
    world: World,
) -> None:
    world.now = 1_000_000
    start_other_delivery(world, draw("jpeg"), world.now)

    record = world.ingest_original()

    assert (record.status, record.leased) == (Status.READY, 0)


def test_another_version_does_not_wait_for_the_lease(world: World) -> None:
    start_other_delivery(world, draw("jpeg"), world.now + 50)

    record = world.ingest_original(draw("png"))

    assert (record.version, record.status) == (version(draw("png")), Status.READY)


def test_an_original_has_a_lease_during_its_ingest(world: World) -> None:
    leases: list[int] = []
    world.originals.before_call = on_first_call("read", lambda: leases.append(world.record.leased))

    world.ingest_original(draw("jpeg"))

    assert leases == [int(world.now) + LEASE_SECONDS]
    assert world.record.leased == 0


def test_a_failed_ingest_releases_the_lease(world: World) -> None:
    world.originals.before_call = on_first_call("read", raise_failure)
    with pytest.raises(StoreFailed):
        world.ingest_original(draw("jpeg"))

    assert (world.record.status, world.record.leased) == (Status.PENDING, 0)
    assert world.ingest_original().is_settled


def test_a_failure_to_release_the_lease_hides_no_other_failure(
    world: World, lines: list[str]
) -> None:
    def fail() -> None:
        world.catalog.before_call = fail_calls("find", "save")
        message = "busy"
        raise Unavailable(message)

    world.originals.before_call = on_first_call("read", fail)

    with pytest.raises(Unavailable, match="busy"):
        world.ingest_original(draw("jpeg"))
    assert world.record.leased > world.now
    assert list_swallowed_failures(lines) == ["lease"]


def test_an_analysis_is_not_repeated_after_an_alert_failed(
    world: World,
) -> None:
    assert world.alerts is not None
    world.alerts.before_call = on_first_call("announce", raise_failure)
    with pytest.raises(StoreFailed):
        world.ingest_original(draw("jpeg"))
    half = world.record
    calls = len(world.originals.calls)

    whole = world.ingest_original()

    assert (half.status, half.last_notification, half.leased) == (Status.READY, None, 0)
    assert (whole.last_notification, whole.analysis) == (
        LastNotification(half.version, Status.READY),
        half.analysis,
    )
    assert world.originals.calls[calls:] == ["stat"]
    assert [event for event, _ in world.sent_alerts] == ["created"]


# Late events.


@pytest.mark.parametrize(
    "last_sequencer, new_sequencer, is_late",
    [
        ("0B", "0A", True),
        ("0A", "0B", False),
        ("0A", "0A", False),
        # The shorter one is padded with zeros on the right.
        ("0A", "09FF", True),
        ("0A", "0A01", False),
        ("0A01", "0A", True),
        ("0A00", "0A", False),
        ("0A", "0A00", False),
        ("FF", "0100", True),
        ("0100", "FF", False),
        ("0055AED6DCD90281E5", "0055AED6DCD90281E4", True),
        # An event without a sequencer is never late.
        ("", "0A", False),
        ("0A", "", False),
    ],
)
def test_an_event_that_is_older_than_the_last_is_ignored(
    world: World, last_sequencer: str, new_sequencer: str, is_late: bool
) -> None:
    world.ingest_original(draw("jpeg"), last_sequencer)
    world.remove()

    record = world.ingest_original(sequencer=new_sequencer)

    assert (record.status is Status.READY) == is_late
    assert record.sequencer == (last_sequencer if is_late or not new_sequencer else new_sequencer)


def test_an_older_event_reads_nothing(world: World) -> None:
    record = world.ingest_original(draw("jpeg"), "0B")
    calls = len(world.originals.calls)

    assert world.ingest_original(draw("png"), "0A") == record
    assert world.originals.calls[calls:] == []
