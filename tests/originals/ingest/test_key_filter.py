"""A bucket of which only some objects are originals."""

import dataclasses
import json

import pytest

from origin_lambda.derivatives.origin import Origin
from origin_lambda.http import Request
from origin_lambda.url.keys import ALL_KEYS, KeyFilter
from tests.support.ingest_world import PLAIN, World
from tests.support.origin_world import build_world, read_error
from tests.support.originals import draw

IMAGES = KeyFilter("img/", (".jpg", ".png"))


@pytest.mark.parametrize(
    "key, matches",
    [
        ("img/a.jpg", True),
        ("img/b/c.png", True),
        ("~text", True),
        ("img/a.JPG", False),
        ("img/a.pdf", False),
        ("a.jpg", False),
        ("IMG/a.jpg", False),
        ("", False),
    ],
)
def test_a_key_matches_by_its_prefix_and_one_of_the_suffixes(key: str, matches: bool) -> None:
    assert IMAGES.matches(key) is matches
    assert ALL_KEYS.matches(key)


@pytest.mark.parametrize("key", ["secret/a.jpg", "img/a.pdf"])
def test_other_objects_are_answered_as_missing_without_being_read_or_stored(key: str) -> None:
    world = build_world(original_keys=IMAGES)
    for name in (key, "img/a.jpg"):
        world.put(name, draw("jpeg"))

    for query in ("w=30", "", "fm=json"):
        refused = world.ask(f"/{key}", query)
        assert (refused.status, read_error(refused)["code"]) == (404, "no-such-original")
    refused = world.ask("/img/a.jpg", f"w=30&mark={key}")
    assert read_error(refused)["param"] == "mark"
    assert not world.derivatives.objects
    assert world.ask("/img/a.jpg", "w=30").status == 200
    assert {message["key"] for message, _ in world.queue.sent} == {"img/a.jpg"}


def test_other_objects_are_not_ingested(world: World, lines: list[str]) -> None:
    ingest = dataclasses.replace(world.ingest, original_keys=IMAGES)
    for key in ("secret/a.jpg", "img/a.jpg"):
        world.originals.port.write(key, draw("jpeg"), PLAIN)
        ingest.ingest(key)

    assert set(world.catalog.port.items) == {"img/a.jpg"}
    assert [json.loads(line).get("key") for line in lines if '"ignored"' in line] == [
        "secret/a.jpg"
    ]


def test_the_built_in_original_is_drawn_with_any_filter() -> None:
    origin: Origin = build_world(original_keys=IMAGES).origin

    assert origin.answer(Request("GET", "/~text", "txt=Hello&w=90&h=40&fm=png")).status == 200
