"""Whole requests, answered with derivatives, with buckets in memory."""

import dataclasses
import hashlib
import re
from urllib.parse import quote

import pytest

from origin_lambda.derivatives import responses
from origin_lambda.http import Request
from origin_lambda.originals.catalog import to_json
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.url import grammar
from origin_lambda.url.admission import Policy
from origin_lambda.url.grammar import canonical, encode_key
from origin_lambda.url.transform import Transform
from tests.support.origin_world import CHROME, FOREVER, FRESH, PHOTO, World, read_size
from tests.support.originals import draw

# A derivative.


def test_a_derivative_has_every_header_it_needs(world: World) -> None:
    response = world.ask("/cats/tom.jpg", "w=150")

    assert (response.status, read_size(response)) == (200, (150, 100))
    timing = response.headers["server-timing"]
    etag = response.headers["etag"]
    assert {**response.headers, "server-timing": "", "etag": ""} == {
        "access-control-allow-origin": "*",
        "cache-control": FRESH,
        "content-disposition": 'inline; filename="tom.jpg"',
        "content-type": "image/jpeg",
        "cross-origin-resource-policy": "cross-origin",
        "etag": "",
        "server-timing": "",
        "timing-allow-origin": "*",
        "vary": "Save-Data",
        "x-calotype": "render; fm=jpg; q=75; in=300x200; out=150x100",
        "x-content-type-options": "nosniff",
    }
    assert etag == f'"{hashlib.md5(response.body).hexdigest()}"'
    stages = [stage.partition(";dur=")[0] for stage in timing.split(", ")]
    assert {"catalog", "fetch", "decode", "resize", "encode", "store"} <= set(stages)
    assert re.fullmatch(r"(\w+;dur=\d+\.\d(, )?)+", timing)


def test_both_spellings_give_the_same_derivative(world: World) -> None:
    raw = world.ask("/cats/tom.jpg", "w=150&fit=crop&ixlib=js&h=100.0")
    canonical = world.ask("/cats/tom.jpg/fit=crop,h=100,r=4,w=150")

    assert raw.headers["etag"] == canonical.headers["etag"]
    assert raw.body == canonical.body
    assert list(world.derivatives.objects) == ["cats/tom.jpg/fit=crop,h=100,r=4,w=150"]


def test_the_second_answer_comes_from_the_derivatives_bucket(world: World) -> None:
    first = world.ask("/cats/tom.jpg", "w=150")

    second = world.ask("/cats/tom.jpg", "w=150")

    assert second.headers["x-calotype"] == first.headers["x-calotype"].replace("render", "stored")
    assert second.body == first.body
    changing = {"x-calotype", "server-timing"}
    assert {k: v for k, v in first.headers.items() if k not in changing} == {
        k: v for k, v in second.headers.items() if k not in changing
    }


def test_a_stored_derivative_has_the_metadata_of_the_answer(world: World) -> None:
    response = world.ask("/cats/tom.jpg", "w=150&fm=webp&v=2")

    (blob,) = world.derivatives.objects.values()

    assert blob.body == response.body
    assert blob.metadata.media_type == response.headers["content-type"] == "image/webp"
    assert blob.metadata.cache_control == response.headers["cache-control"] == FOREVER
    assert blob.metadata.disposition == response.headers["content-disposition"]


def test_a_replaced_original_is_rendered_again(world: World) -> None:
    before = world.ask("/cats/tom.jpg", "w=150")
    world.put(PHOTO, draw("jpeg-portrait"))

    after = world.ask("/cats/tom.jpg", "w=150")

    assert read_size(after) == (150, 225)
    assert after.headers["x-calotype"].startswith("render")
    assert after.headers["etag"] != before.headers["etag"]


def test_a_deleted_original_is_gone_with_its_derivatives(world: World) -> None:
    world.ask("/cats/tom.jpg", "w=150")
    world.originals.delete([PHOTO])

    assert world.ask("/cats/tom.jpg", "w=150").status == 404


def test_the_kind_is_detected_from_the_bytes_and_not_from_the_name(world: World) -> None:
    world.put("lies.jpg", draw("png"))

    response = world.ask("/lies.jpg", "w=30")

    assert response.headers["content-type"] == "image/png"
    assert response.headers["content-disposition"] == 'inline; filename="lies.png"'


# Negotiation.


def test_a_negotiated_answer_varies_by_accept(world: World) -> None:
    response = world.ask("/cats/tom.jpg", "w=150&auto=format", headers=CHROME)

    assert response.headers["content-type"] == "image/avif"
    assert response.headers["vary"] == "Accept, Save-Data"
    assert list(world.derivatives.objects) == ["cats/tom.jpg/fm=auto-avif,r=4,w=150"]


def test_what_the_edge_negotiated_is_the_same_derivative(world: World) -> None:
    raw = world.ask("/cats/tom.jpg", "w=150&auto=format", headers=CHROME)

    canonical = world.ask("/cats/tom.jpg/fm=auto-avif,r=4,w=150")

    assert canonical.headers["x-calotype"].startswith("stored")
    assert canonical.headers["vary"] == "Accept"
    assert canonical.headers["etag"] == raw.headers["etag"]


@pytest.mark.parametrize("query", ["", "q=50", "w=150&q=50&fm=webp&auto=format", "fm=json", "v=1"])
def test_an_answer_that_no_header_could_change_does_not_vary(world: World, query: str) -> None:
    assert "vary" not in world.ask("/cats/tom.jpg", query, headers=CHROME).headers


@pytest.mark.parametrize(
    "query, hinted, vary",
    [
        ("w=150", False, "Save-Data"),
        ("w=150", True, "Sec-CH-DPR, Sec-CH-Width, Save-Data"),
        ("w=150&q=5", True, "Sec-CH-DPR, Sec-CH-Width"),
        ("w=150&dpr=2", True, "Save-Data"),
        ("w=150&auto=format&q=5", False, "Accept"),
    ],
)
def test_an_answer_varies_by_what_could_have_changed_it(
    world: World, query: str, hinted: bool, vary: str
) -> None:
    hinting = dataclasses.replace(world.origin, policy=Policy(client_hints=hinted))

    answer = hinting.answer(Request("GET", "/cats/tom.jpg", query))

    assert answer.headers["vary"] == vary


def test_not_modified_and_stored_answers_vary_too(world: World) -> None:
    first = world.ask("/cats/tom.jpg", "auto=format", headers=CHROME)

    stored = world.ask("/cats/tom.jpg", "auto=format", headers=CHROME)
    unchanged = world.ask(
        "/cats/tom.jpg",
        "auto=format",
        headers=CHROME | {"if-none-match": first.headers["etag"]},
    )

    assert stored.headers["vary"] == unchanged.headers["vary"] == "Accept, Save-Data"


# What a request costs.


@pytest.fixture
def canonical_forms(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return every canonical form that is computed."""
    forms: list[str] = []

    def count_form(transform: Transform) -> str:
        forms.append(canonical(transform))
        return forms[-1]

    monkeypatch.setattr(responses, "canonical", count_form)
    monkeypatch.setattr(grammar, "canonical", count_form)
    return forms


@pytest.mark.parametrize("query", ["w=150", "", "fm=json"])
def test_the_canonical_form_is_computed_once_for_a_miss_and_once_for_a_hit(
    world: World, canonical_forms: list[str], query: str
) -> None:
    miss = world.ask("/cats/tom.jpg", query)
    after_miss = len(canonical_forms)
    hit = world.ask("/cats/tom.jpg", query, headers={"if-none-match": '"another"'})

    assert (miss.status, hit.status) == (200, 200)
    assert (after_miss, len(canonical_forms)) == (1, 2)


# The catalog and the queue.


def test_the_catalog_knows_the_version_without_asking_the_bucket(world: World) -> None:
    stat = world.originals.stat(PHOTO)
    assert stat is not None
    world.catalog.save(
        PHOTO, to_json(OriginalRecord(PHOTO, 1, stat.version, bytes=stat.size)), after=0
    )

    response = world.ask("/cats/tom.jpg", "w=150")

    assert response.headers["cache-control"] == FRESH
    assert world.queue.sent == []


def test_ingest_of_an_original_without_a_record_is_requested_once(world: World) -> None:
    world.ask("/cats/tom.jpg", "w=150")
    world.ask("/cats/tom.jpg", "w=151")

    ((message, delay),) = world.queue.sent

    assert delay == 0
    stat = world.originals.stat(PHOTO)
    assert stat is not None
    assert message == {
        "schema": 1,
        "event": "ingest-requested",
        "key": PHOTO,
        "version": stat.version,
        "bytes": stat.size,
        "reason": "unknown",
    }


def test_a_new_version_is_requested_again(world: World) -> None:
    world.ask("/cats/tom.jpg", "w=150")
    world.put(PHOTO, draw("jpeg-portrait"))
    world.ask("/cats/tom.jpg", "w=150")

    assert len(world.queue.sent) == 2


def test_no_ingest_is_requested_for_a_missing_original(world: World) -> None:
    world.ask("/missing.jpg", "w=150")

    assert world.queue.sent == []


# Odd keys.


@pytest.mark.parametrize(
    "key",
    [
        "a b.jpg",
        "a+b.jpg",
        "100%.jpg",
        "a#b?c&d=e,f~g@h.jpg",
        "caf\u00e9.jpg",
        "cafe\u0301.jpg",
        "\U0001f408.jpg",
        "x" * 900,
        "100x100/a.jpg",
        "w=3/a.jpg",
        "a//b.jpg",
        "a/",
    ],
)
def test_odd_keys_are_found_in_both_spellings(world: World, key: str) -> None:
    world.put(key, draw("jpeg"))

    raw = world.ask("/" + quote(key), "w=150")
    canonical = world.ask(f"/{encode_key(key)}/r=4,w=150")

    assert (raw.status, canonical.status) == (200, 200)
    assert raw.headers["etag"] == canonical.headers["etag"]


def test_failures_are_timed_too(world: World) -> None:
    assert world.ask("/missing.jpg", "w=5").headers["server-timing"].startswith("catalog;dur=")
