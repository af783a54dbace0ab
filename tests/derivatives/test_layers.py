"""Derivatives of several originals: names, versions and purges."""

import dataclasses
from typing import Any, Final
from urllib.parse import quote

import pytest
from cachetools import LRUCache
from PIL import Image

from origin_lambda import RECIPE, log
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.derivatives.layer_cache import LayerCache
from origin_lambda.derivatives.picture import Picture
from origin_lambda.derivatives.renderer import not_found
from origin_lambda.image.analysis.measure import FocalPoint
from origin_lambda.image.geometry import Size
from origin_lambda.image.layers.mark import plan_mark
from origin_lambda.image.probe import Limits
from origin_lambda.originals import purge
from origin_lambda.originals.catalog import find_record, from_json, to_json
from origin_lambda.originals.dispatch import Dispatcher
from origin_lambda.originals.messages import sweep_request, use_request
from origin_lambda.originals.purge import SWEEP_SECONDS
from origin_lambda.originals.record import MAX_DEPENDENTS, Annotations, OriginalRecord, Status
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import canonical, format_query, parse
from origin_lambda.url.layers import can_use_layer, layer_keys, layer_params, read_layers
from tests.originals.test_messages import in_sqs
from tests.support.ingest_world import (
    KEY,
    LONG,
    PLAIN,
    World,
    do_nothing,
    fail_calls,
    on_first_call,
    version,
)
from tests.support.origin_world import FRESH, read_error
from tests.support.originals import draw, encoded, quadrants


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "write", len)


# The names of layers.


def test_the_layers_of_a_transform_are_named_in_table_order_and_once() -> None:
    asked = parse("/tom.jpg", "mark=logo.png&w=9&blend=cats/ada%201.jpg").transform

    assert layer_keys(asked) == ("cats/ada 1.jpg", "logo.png")
    assert layer_params(asked) == {"cats/ada 1.jpg": "blend", "logo.png": "mark"}
    assert layer_params(parse("/tom.jpg", "mark=a.png&blend=a.png%3Frot%3D5").transform) == {
        "a.png": "blend"
    }


def test_a_transform_that_names_no_other_original_has_no_layers() -> None:
    assert layer_keys(parse("/tom.jpg", "w=9&dl=logo.png").transform) == ()


def test_a_layer_is_read_back_from_every_spelling() -> None:
    asked = parse("/tom.jpg", "mark=cats/ada%201.jpg&w=9").transform
    segment = canonical(asked)

    assert segment == f"mark=Y2F0cy9hZGEgMS5qcGc,r={RECIPE},w=9"
    assert parse(f"/tom.jpg/{segment}", "").transform == asked
    assert parse("/tom.jpg", format_query(asked)).transform == asked
    assert read_layers(segment) == ("cats/ada 1.jpg",)


@pytest.mark.parametrize(
    "segment, expected",
    [
        (f"mark=bG9nby5wbmc,r={RECIPE}", True),
        (f"mark=bG9nby5qcGc,r={RECIPE}", False),
        (f"r={RECIPE},w=9", False),
        (f"r={RECIPE + 1},w=9", True),
        (f"mark=%,r={RECIPE}", True),
        (f"mark=a,r={RECIPE}", True),
        ("w=9", True),
        ("320", True),
        ("", True),
    ],
)
def test_a_segment_that_cannot_be_parsed_can_use_any_layer(segment: str, expected: bool) -> None:
    assert can_use_layer(segment, "logo.png") is expected


# What the origin does with layers.

MARK: Final = "logo.png"
MARKED: Final = f"w=30&mark={MARK}"


def build_ingested(body: bytes | None = None, mark: bytes | None = None) -> World:
    """Return a world whose catalog knows an original, and one to lay over it."""
    world = World()
    world.ingest_original(body or draw("jpeg"))
    take_mark(world, mark or draw("png"))
    return world


def take_mark(world: World, body: bytes) -> None:
    world.put(body, MARK)
    world.ingest.ingest(MARK)


def mark_of(world: World) -> OriginalRecord:
    record = find_record(world.catalog.port, MARK)
    assert record is not None
    return record


def deliver_requests(world: World) -> None:
    """Let ingest deal with all that the origin has asked for."""
    messages = [message for message, delay in world.queue.port.sent if not delay]
    world.queue.port.sent.clear()
    batch = in_sqs(*messages)
    assert Dispatcher(world.ingest, "originals").dispatch(batch) == {"batchItemFailures": []}


def build_tracked() -> World:
    """Return a world in which a derivative with a layer is stored, and that is on record."""
    world = build_ingested()
    world.ask(MARKED)
    deliver_requests(world)
    world.queue.port.sent.clear()
    world.edge.port.invalidated.clear()
    return world


def test_a_derivative_is_stored_with_the_versions_of_all_its_inputs() -> None:
    world = build_ingested()

    response = world.ask(f"{MARKED}&blend={KEY}")

    tom, logo = version(draw("jpeg")), version(draw("png"))
    (name,) = world.derivative_keys
    assert (
        world.derivatives.port.objects[name].metadata.user_metadata["version"]
        == f"{tom}+{tom}+{logo}"
    )
    assert response.headers["cache-control"] == FRESH


def test_it_is_rendered_again_after_a_layer_or_its_annotations_change() -> None:
    world = build_tracked()
    world.ask(MARKED)
    sources = [world.ask(MARKED).headers["x-calotype"].partition(";")[0]]

    world.ingest.annotate(MARK, lambda _: Annotations(FocalPoint(0, 0)))
    sources.append(world.ask(MARKED).headers["x-calotype"].partition(";")[0])
    take_mark(world, draw("gif-animated"))
    sources.append(world.ask(MARKED).headers["x-calotype"].partition(";")[0])

    assert sources == ["stored", "render", "render"]


def test_a_304_is_cached_only_if_it_is_purged_with_its_layer() -> None:
    world = build_ingested()
    world.queue.before_call = fail_calls("send")
    tag = world.ask(MARKED).headers["etag"]

    on_first_call = world.ask(MARKED, headers={"if-none-match": tag})
    world.queue.before_call = do_nothing
    world.ask(MARKED)
    deliver_requests(world)
    after = world.ask(MARKED, headers={"if-none-match": tag})

    assert (on_first_call.status, on_first_call.headers["cache-control"]) == (304, "no-store")
    assert (after.status, after.headers["cache-control"]) == (304, FRESH)


def test_a_stored_derivative_of_another_layer_is_made_again() -> None:
    world = build_tracked()
    old = dict(world.derivatives.port.objects)
    take_mark(world, draw("gif-animated"))
    world.derivatives.port.objects.update(old)

    assert world.ask(MARKED).headers["x-calotype"].startswith("render")


def test_a_missing_layer_is_named_by_its_parameter() -> None:
    world = World()
    world.ingest_original(draw("jpeg"))

    response = world.ask("w=30&blend=missing.png")

    assert (response.status, response.headers["cache-control"]) == (404, "public, max-age=60")
    assert read_error(response) == {
        "code": "no-such-original",
        "message": "blend names no original",
        "param": "blend",
    }
    assert world.requests == []


@pytest.mark.parametrize("name", ["", "a/", "a/../b", ".mips/a/v1/320"])
def test_a_layer_is_named_by_the_key_of_an_original(name: str) -> None:
    world = World()
    world.ingest_original(draw("jpeg"))

    response = world.ask(f"w=30&mark={name}")

    assert (response.status, read_error(response)["param"]) == (400, "mark")


def test_a_missing_optional_watermark_is_left_out_for_a_minute() -> None:
    world = World()
    world.ingest_original(draw("jpeg"))

    without = world.ask(f"{MARKED}&mark-optional=true")
    assert (without.status, without.headers["cache-control"]) == (200, "public, max-age=60")
    assert world.derivative_keys == []

    take_mark(world, draw("png"))
    with_mark = world.ask(f"{MARKED}&mark-optional=true")
    assert with_mark.body == world.ask(MARKED).body != without.body
    assert with_mark.headers["cache-control"] == FRESH


@pytest.mark.parametrize(
    "query, message",
    [
        ("w=x", "in the query string of mark: w accepts"),
        ("mark=logo.png", "mark names a layer that has a layer of its own"),
        ("fm=json", "mark accepts a transform whose result is a picture"),
    ],
)
def test_a_bad_transform_of_a_layer_is_explained(query: str, message: str) -> None:
    response = build_ingested().ask(f"w=30&mark={quote(f'{MARK}?{query}')}")

    assert (response.status, read_error(response)["param"]) == (400, "mark")
    assert read_error(response)["message"].startswith(message)


def test_a_layer_that_is_cropped_to_its_faces_is_stored_after_its_ingest() -> None:
    world = World()
    world.ingest_original(draw("jpeg"))
    world.put(draw("photograph"), MARK)
    query = f"w=30&blend={MARK}&blend-size=inherit&blend-crop=faces"

    assert world.ask(query).headers["cache-control"] == "public, max-age=60"
    world.ingest.ingest(MARK)
    assert world.ask(query).headers["cache-control"] == FRESH


def test_a_layer_is_rendered_from_a_mip_if_one_is_large_enough() -> None:
    world = build_ingested(mark=encoded(quadrants().resize(LONG), "JPEG"))
    world.originals.calls.clear()

    world.ask(MARKED)

    assert world.originals.calls == ["read"]  # of what is under it


def test_a_layer_that_has_gone_unnoticed_is_not_cached_and_looked_at() -> None:
    world = build_tracked()
    world.originals.port.delete([MARK])

    response = world.ask("w=31&mark=logo.png")

    assert (response.status, response.headers["cache-control"]) == (404, "no-store")
    assert read_error(response)["param"] == "mark"
    assert ("missing", version(draw("png"))) in world.requests


def test_a_layer_that_is_no_picture_is_named_by_its_parameter() -> None:
    world = build_ingested(mark=b"no picture")

    response = world.ask(MARKED)

    assert (response.status, read_error(response)["param"]) == (415, "mark")


def test_a_layer_over_the_limit_is_refused_without_being_fetched() -> None:
    world = build_ingested(mark=draw("png") + b" " * 20_000)
    world.limits = Limits(bytes_in=15_000)
    world.originals.before_call = fail_calls("read")

    response = world.ask(MARKED)

    assert (response.status, read_error(response)["param"]) == (413, "mark")


def test_the_use_of_a_layer_is_reported_before_anything_is_stored() -> None:
    world = build_ingested()
    world.queue.port.sent.clear()
    world.derivatives.before_call = on_first_call(
        "write", lambda: sent.extend(world.queue.port.sent)
    )
    sent: list[Any] = []

    world.ask(MARKED)

    assert sent == [(use_request(mark_of(world), KEY), 0)]


@pytest.mark.parametrize("query", [MARKED, "mark=logo.png&w=31"])
def test_a_use_that_is_on_record_is_not_reported_again(query: str) -> None:
    world = build_tracked()

    world.ask(query)

    assert world.queue.port.sent == []


def test_an_original_that_is_laid_over_itself_is_not_reported() -> None:
    world = build_ingested()
    world.queue.port.sent.clear()

    response = world.ask(f"w=30&mark={KEY}")

    assert (response.headers["cache-control"], world.queue.port.sent) == (FRESH, [])


def test_a_use_that_cannot_be_reported_is_neither_stored_nor_cached() -> None:
    world = build_ingested()
    world.queue.before_call = fail_calls("send")

    response = world.ask(MARKED)

    assert (response.status, response.headers["cache-control"], world.derivative_keys) == (
        200,
        "no-store",
        [],
    )


def test_what_is_too_large_to_answer_needs_its_use_to_be_reported() -> None:
    world = build_ingested()
    world.queue.before_call = fail_calls("send")

    response = world.ask(MARKED, answer_limit=100)

    assert (response.status, response.headers["cache-control"]) == (503, "no-store")


def test_a_layer_that_changes_while_it_is_used_leaves_nothing_behind() -> None:
    world = build_tracked()
    world.derivatives.port.objects.clear()
    world.derivatives.before_call = on_first_call(
        "write", lambda: take_mark(world, draw("gif-animated"))
    )

    response = world.ask(MARKED)

    assert (response.headers["cache-control"], world.derivative_keys) == ("no-store", [])
    assert world.requests[-1] == ("stale", version(draw("jpeg")))


# Layers that stay in memory.


class Renders(list[bytes]):
    """The layers that were rendered."""

    def __init__(self, cache: LayerCache) -> None:
        self.cache = cache

    def ask(self, picture: Picture, mark: str = MARK) -> Any:
        request = plan_mark(parse("/a", f"mark={mark}").transform, Size(90, 60), Limits())
        assert request

        def render() -> PillowRaster:
            self.append(picture.read().body)
            return PillowRaster(Image.new("RGBA", (40, 20)))

        return self.cache.find_or_render(request, picture, render)


def open_mark(world: World) -> Picture:
    stat = world.originals.port.stat(MARK)
    record = find_record(world.catalog.port, MARK) or OriginalRecord.unknown(MARK, stat)
    most = Limits().bytes_in
    return Picture(
        world.originals, world.derivatives, PillowCodec(), record, not_found, most, Stopwatch()
    )


def test_a_layer_is_rendered_once_for_each_version_and_transform() -> None:
    world, renders = build_ingested(), Renders(LayerCache())

    first = renders.ask(open_mark(world))
    assert renders.ask(open_mark(world)) is first
    assert renders.ask(open_mark(world), f"{MARK}%3Frot%3D9") is not first
    take_mark(world, draw("gif-animated"))
    renders.ask(open_mark(world))

    assert renders == [draw("png"), draw("png"), draw("gif-animated")]


def test_a_layer_that_has_changed_unnoticed_is_kept_as_what_it_is() -> None:
    world, renders = build_ingested(), Renders(LayerCache())
    old = open_mark(world)
    world.put(draw("gif-animated"), MARK)

    changed = renders.ask(old)
    world.put(draw("png"), MARK)

    assert renders.ask(open_mark(world)) is not changed


def test_layers_are_kept_within_a_number_of_bytes() -> None:
    world = build_ingested()
    small = Renders(LayerCache(LRUCache(40 * 20 * 4 - 1, lambda raster: raster.size.pixels * 4)))

    assert small.ask(open_mark(world)) is not small.ask(open_mark(world))


# What ingest does with layers.


def test_the_record_of_a_layer_says_who_uses_it() -> None:
    world = build_ingested()
    world.ask(MARKED)
    world.ask(MARKED.replace("30", "31"))

    deliver_requests(world)

    assert (mark_of(world).used_by, mark_of(world).used_widely) == ((KEY,), False)
    assert len(world.derivative_keys) == 2
    assert world.edge.port.invalidated == []


def test_a_use_of_what_the_catalog_lacks_has_it_ingested() -> None:
    world = World()
    world.ingest_original(draw("jpeg"))
    world.put(draw("png"), MARK)
    world.ask(MARKED)

    deliver_requests(world)

    assert (mark_of(world).status, mark_of(world).used_by) == (Status.READY, (KEY,))


def test_a_use_of_what_has_changed_since_is_purged_at_once_and_later() -> None:
    world = build_ingested()
    world.ask(MARKED)
    world.ask("w=30")
    requests = list(world.queue.port.sent)
    take_mark(world, draw("gif-animated"))
    world.queue.port.sent[:] = requests
    world.edge.port.invalidated.clear()

    deliver_requests(world)

    assert world.derivative_keys == [f"{KEY}/r=4,w=30"]
    assert world.edge.port.invalidated == [f"/{KEY}"]
    later = (sweep_request(KEY, invalidate=True, dependents=False), SWEEP_SECONDS)
    assert later in world.queue.port.sent


def test_every_use_is_followed_by_a_sweep() -> None:
    world = build_ingested()
    world.ask(MARKED)

    deliver_requests(world)

    later = (sweep_request(KEY, invalidate=False, dependents=False), SWEEP_SECONDS)
    assert later in world.queue.port.sent


def store_others(world: World) -> set[str]:
    """Store derivatives that do not use the layer, and one that may: it is of another recipe."""
    stay = {f"{KEY}/r=4,w=9", "ada.jpg/mark=bG9nby5wbmc,r=4"}
    for key in (*stay, f"{KEY}/r=999"):
        world.derivatives.port.write(key, b"", PLAIN)
    return stay


@pytest.mark.parametrize("change", ["replaced", "deleted", "annotated"])
def test_a_change_of_a_layer_takes_with_it_what_uses_it(change: str) -> None:
    world = build_tracked()
    stay = store_others(world)

    match change:
        case "replaced":
            take_mark(world, draw("gif-animated"))
        case "deleted":
            world.originals.port.delete([MARK])
            world.ingest.ingest(MARK)
        case _:
            world.ingest.annotate(MARK, lambda _: Annotations(FocalPoint(0, 0)))

    assert set(world.derivative_keys) == stay
    assert set(world.edge.port.invalidated) == {f"/{MARK}", f"/{KEY}"}
    assert mark_of(world).used_by == (KEY,)


@pytest.mark.parametrize("dependents", [True, False])
def test_the_sweep_of_a_layer_deletes_what_uses_it_once_more(dependents: bool) -> None:
    world = build_tracked()

    world.ingest.sweep(MARK, invalidate=False, dependents=dependents)

    assert (world.derivative_keys == []) is dependents
    assert (world.edge.port.invalidated == [f"/{KEY}"]) is dependents


def test_the_sweep_of_an_original_compares_the_versions_of_all_inputs() -> None:
    world = build_tracked()
    kept = dict(world.derivatives.port.objects)
    world.ingest.sweep(KEY, invalidate=False)
    assert world.derivative_keys

    take_mark(world, draw("gif-animated"))
    world.derivatives.port.objects.update(kept)
    world.ingest.sweep(KEY, invalidate=False, dependents=False)

    assert world.derivative_keys == []


def test_a_record_names_so_many_dependents_and_no_more() -> None:
    record = OriginalRecord(MARK)
    for number in range(MAX_DEPENDENTS):
        record = record.with_dependent(f"{number}.jpg")
    assert len(record.used_by) == MAX_DEPENDENTS
    assert record.with_dependent("5.jpg") is record

    widely = record.with_dependent("one-more.jpg")

    assert (widely.used_by, widely.used_widely) == ((), True)
    assert widely.is_used_by("any.jpg")
    assert widely.with_dependent("5.jpg") is widely


def test_a_layer_that_is_used_widely_is_walked_for_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(purge, "WALK_KEYS", 2)
    world = build_ingested()
    stay = {f"{number}.jpg/r=4" for number in range(3)}
    uses = {f"{number}.jpg/mark=bG9nby5wbmc,r=4" for number in range(3)}
    for key in (*stay, *uses, ".mips/5c2a/v1/320"):
        world.derivatives.port.write(key, b"", PLAIN)
    record = dataclasses.replace(mark_of(world), used_widely=True, revision=9)
    world.catalog.port.items[MARK] = to_json(record)
    world.queue.port.sent.clear()
    take_mark(world, draw("gif-animated"))
    invalidated = list(world.edge.port.invalidated)

    parts = 0
    while any(not delay for _, delay in world.queue.port.sent):
        assert "/" not in world.edge.port.invalidated
        deliver_requests(world)
        parts += 1

    assert set(world.derivative_keys) == stay
    assert ".mips/5c2a/v1/320" in world.derivatives.port.objects
    assert (parts, world.edge.port.invalidated) == (4, [*invalidated, "/"])


def test_a_record_from_before_there_were_layers_is_read() -> None:
    written = to_json(OriginalRecord(MARK).with_dependent(KEY))
    before_layers = {name: each for name, each in written.items() if "used" not in name}

    assert from_json(written).used_by == (KEY,)
    assert (from_json(before_layers).used_by, from_json(before_layers).used_widely) == ((), False)
