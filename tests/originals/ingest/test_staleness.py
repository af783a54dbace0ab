"""Derivatives that do not match the catalog, or are made before ingest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from origin_lambda.adapters.memory import (
    MemoryCatalog,
)
from origin_lambda.originals.messages import IngestReason
from tests.originals.ingest.test_annotations import SAID
from tests.support.ingest_world import (
    KEY,
    ONE_MINUTE,
    Hook,
    Port,
    World,
    do_nothing,
    fail_calls,
    list_swallowed_failures,
    on_call,
    on_first_call,
    open_image,
    raise_failure,
    start_other_delivery,
    version,
)
from tests.support.origin_world import FRESH, read_error
from tests.support.originals import draw

# Stored derivatives that differ from the catalog.


def test_a_stored_derivative_of_another_version_is_rendered_again(photo: World) -> None:
    old = dict(photo.derivatives.port.objects)
    photo.ingest_original(draw("png"))
    photo.derivatives.port.objects.update(old)

    response = photo.ask("w=30")

    assert response.headers["x-calotype"].startswith("render")
    assert open_image(response).format == "PNG"


def test_while_the_catalog_is_down_stored_derivatives_are_answered(
    photo: World, lines: list[str]
) -> None:
    photo.catalog.before_call = fail_calls("find")

    response = photo.ask("w=30")

    assert response.headers["x-calotype"].startswith("stored")
    assert list_swallowed_failures(lines) == ["catalog"]


def overtaken(world: World, body: bytes) -> Hook:
    """Return a hook that has an original replaced before a derivative of it is kept."""
    return on_first_call("write", lambda: world.ingest_original(body))


def test_a_derivative_that_is_stale_once_it_is_stored_is_deleted_and_not_cached(
    world: World,
) -> None:
    world.ingest_original(draw("jpeg"))
    world.derivatives.before_call = overtaken(world, draw("png"))

    response = world.ask("w=30&fm=webp")

    assert (response.status, response.headers["cache-control"]) == (200, "no-store")
    assert world.derivative_keys == []
    assert [event for event, _ in world.sent_alerts] == ["created", "replaced"]
    assert world.requests == [(IngestReason.STALE, version(draw("jpeg")))]


def test_without_a_queue_a_stale_derivative_is_deleted_too() -> None:
    world = World(can_request=False)
    world.ingest_original(draw("jpeg"))
    world.derivatives.before_call = overtaken(world, draw("png"))

    response = world.ask("w=30")

    assert (response.headers["cache-control"], world.derivative_keys) == ("no-store", [])


def test_a_stale_derivative_that_cannot_be_reported_is_left_to_the_sweep(
    world: World, lines: list[str]
) -> None:
    world.ingest_original(draw("jpeg"))

    def overtake() -> None:
        world.ingest_original(draw("png"))
        world.queue.before_call = fail_calls("send")

    world.derivatives.before_call = on_first_call("write", overtake)

    response = world.ask("w=30")

    assert (response.headers["cache-control"], len(world.derivative_keys)) == ("no-store", 1)
    assert list_swallowed_failures(lines) == ["stale"]
    world.queue.before_call = do_nothing
    world.ingest.sweep(KEY, invalidate=False)
    assert world.derivative_keys == []


def test_a_stale_derivative_that_is_too_large_to_answer_is_unavailable(world: World) -> None:
    world.ingest_original(draw("jpeg"))
    world.derivatives.before_call = overtaken(world, draw("png"))

    response = world.ask("w=30", answer_limit=100)

    assert (response.status, read_error(response)["code"]) == (503, "unavailable")
    assert response.headers["cache-control"] == "no-store"
    assert world.derivative_keys == []


def test_a_stored_original_that_is_stale_is_deleted(world: World) -> None:
    world.ingest_original(draw("jpeg"))
    world.derivatives.before_call = overtaken(world, draw("png"))

    response = world.ask("")

    assert (response.body, response.headers["cache-control"]) == (draw("jpeg"), "no-store")
    assert world.derivative_keys == []


@dataclass(slots=True)
class LateCatalog(MemoryCatalog):
    """A catalog whose eventually consistent reads return the record before the last save."""

    late: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def find(self, key: str, *, consistent: bool = False) -> Mapping[str, Any] | None:
        return MemoryCatalog.find(self, key) if consistent else self.late.get(key)

    def save(self, key: str, record: Mapping[str, Any], *, after: int) -> bool:
        if key in self.items:
            self.late[key] = self.items[key]
        return MemoryCatalog.save(self, key, record, after=after)


def test_the_check_for_staleness_reads_the_catalog_consistently() -> None:
    world = World(catalog=Port(LateCatalog()))
    world.ingest_original(draw("jpeg"))
    world.derivatives.before_call = on_first_call(
        "write", lambda: start_other_delivery(world, draw("png"), 0)
    )

    response = world.ask("w=30")

    assert (response.headers["cache-control"], world.derivative_keys) == ("no-store", [])


def test_annotations_during_a_render_make_the_derivative_stale(world: World) -> None:
    world.ingest_original(draw("jpeg"))
    world.derivatives.before_call = on_first_call(
        "write", lambda: world.ingest.annotate(KEY, lambda _: SAID)
    )

    response = world.ask("w=30&h=30&fit=crop&crop=faces")

    assert (response.headers["cache-control"], world.derivative_keys) == ("no-store", [])


@pytest.mark.parametrize("options", [{}, {"answer_limit": 100}])
def test_a_derivative_counts_as_good_if_the_catalog_fails_at_the_check(
    world: World, lines: list[str], options: dict[str, Any]
) -> None:
    world.ingest_original(draw("jpeg"))
    world.catalog.before_call = on_call(2, "find", raise_failure)

    response = world.ask("w=30", **options)

    assert response.status == (302 if options else 200)
    assert response.headers["cache-control"] == ("no-store" if options else FRESH)
    assert world.derivative_keys == [f"{KEY}/r=4,w=30"]
    assert list_swallowed_failures(lines) == ["recheck"]


def test_a_derivative_that_was_not_stored_is_checked_too(world: World, lines: list[str]) -> None:
    """The bucket may have stored it, although the call failed."""
    world.ingest_original(draw("jpeg"))

    def overtake() -> None:
        world.ingest_original(draw("png"))
        raise_failure()

    world.derivatives.before_call = on_first_call("write", overtake)

    response = world.ask("w=30")

    assert (response.status, response.headers["cache-control"]) == (200, "no-store")
    assert list_swallowed_failures(lines) == ["store"]
    assert world.requests == [(IngestReason.STALE, version(draw("jpeg")))]


# Derivatives that are made before the ingest.


@pytest.mark.parametrize("query", ["w=30&h=30&fit=crop&crop=faces", "fm=blurhash"])
def test_a_derivative_that_ingest_may_change_is_not_stored_before_it(
    world: World, query: str
) -> None:
    world.put(draw("photograph"))

    early = world.ask(query)

    assert (early.status, early.headers["cache-control"]) == (200, ONE_MINUTE)
    assert world.derivative_keys == []
    world.ingest_original()
    late = world.ask(query)
    assert late.headers["cache-control"] == FRESH
    assert late.headers["x-calotype"].startswith("render")
    assert len(world.derivative_keys) == 1


def test_a_derivative_that_ingest_does_not_change_is_stored_before_it(world: World) -> None:
    world.put(draw("photograph"))

    early = world.ask("w=30")
    kept = world.derivative_keys
    world.ingest_original()
    late = world.ask("w=30")

    assert (early.status, early.headers["cache-control"], kept) == (200, FRESH, [f"{KEY}/r=4,w=30"])
    assert (late.headers["etag"] == early.headers["etag"]) == (late.body == early.body)
    assert world.edge.port.invalidated == ["/cats/tom.jpg"]


def test_a_deleted_original_is_missing_even_if_the_catalog_lists_it(world: World) -> None:
    world.ingest_original(draw("jpeg"))
    world.remove()

    assert world.ask("w=30").status == 404


def test_a_tombstone_is_no_original(photo: World) -> None:
    photo.remove()
    photo.ingest_original()

    assert photo.ask("w=30").status == 404
    assert [event for event, _ in photo.sent_alerts] == ["created", "deleted"]


def test_a_restored_original_is_rendered_and_its_ingest_is_requested(
    photo: World,
) -> None:
    photo.remove()
    photo.ingest_original()
    photo.put(draw("png"))

    response = photo.ask("w=30")

    assert open_image(response).format == "PNG"
    assert photo.requests[0] == (IngestReason.UNKNOWN, version(draw("png")))
