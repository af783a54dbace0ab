"""Original bytes, answers too large for Lambda, and a bucket in front."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import pytest

from origin_lambda.adapters.memory import MemoryBucket
from origin_lambda.http import Request
from origin_lambda.ports import Blob
from origin_lambda.url.grammar import OriginalKey
from tests.support.origin_world import PHOTO, World, build_world, read_size
from tests.support.originals import draw

# The original's own bytes.


@pytest.mark.parametrize("query", ["", "v=2", "dl=x.jpg", "utm_source=mail"])
def test_a_url_without_a_transform_answers_with_the_original_bytes(
    world: World, query: str
) -> None:
    response = world.ask("/cats/tom.jpg", query)

    assert response.body == draw("jpeg")
    assert response.headers["content-type"] == "image/jpeg"
    assert response.headers["x-calotype"] == "original; in=jpeg"
    assert len(world.derivatives.objects) == 1
    assert world.ask("/cats/tom.jpg", query).headers["x-calotype"] == "stored; in=jpeg"


@pytest.mark.parametrize(
    "name, media_type", [("heic", "image/heic"), ("tiff", "image/tiff"), ("png-bomb", "image/png")]
)
def test_original_bytes_have_the_media_type_of_their_content(
    world: World, name: str, media_type: str
) -> None:
    world.put("thing.jpg", draw(name))

    response = world.ask("/thing.jpg")

    assert (response.status, response.body) == (200, draw(name))
    assert response.headers["content-type"] == media_type


@pytest.mark.parametrize("query", ["", "w=100", "auto=format", "dl"])
def test_an_svg_is_sanitised_and_cannot_run_anything(world: World, query: str) -> None:
    world.put("logo.svg", draw("svg-hostile"))

    for how in ("render", "stored"):
        response = world.ask("/logo.svg", query)
        assert response.headers["x-calotype"].startswith(how)
        assert response.headers["content-type"] == "image/svg+xml"
        policy = response.headers["content-security-policy"]
        assert policy == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        # What is left of an animation names no attribute to animate, and of an import no rule.
        for danger in (
            b"<script",
            b"onload",
            b"onclick",
            b'href="http',
            b'href="java',
            b"attributeName",
            b"passwd",
            b"@import",
            b"foreignObject",
        ):
            assert danger not in response.body
        assert b"#d62828" in response.body


def test_an_svg_that_is_not_well_formed_is_broken(world: World) -> None:
    world.put("logo.svg", draw("svg")[:200])

    assert world.ask("/logo.svg").status == 422


# Answers too large for Lambda.


def test_a_derivative_that_is_too_large_is_a_redirect_to_the_bucket_in_front(world: World) -> None:
    path = "/cats/tom.jpg/r=4,w=150"
    origin = dataclasses.replace(world.origin, bucket_in_front=True)

    response = origin.answer(Request("GET", path, answer_limit=1000))

    assert (response.status, response.body) == (302, b"")
    assert response.headers["location"] == path
    assert response.headers["cache-control"] == "no-store"
    assert read_size(world.ask("/cats/tom.jpg", "w=150")) == (150, 100)


def test_a_bucket_in_front_that_did_not_deliver_is_not_redirected_to(world: World) -> None:
    path = "/cats/tom.jpg/r=4,w=150"
    origin = dataclasses.replace(world.origin, bucket_in_front=True)
    origin.answer(Request("GET", path, answer_limit=1000))

    response = origin.answer(Request("GET", path, answer_limit=1000))

    assert response.headers["location"] == f"memory://derivatives{path}?seconds=60"


@pytest.mark.parametrize("path", ["/cats/tom.jpg/r=3,w=150", "/cats/tom.jpg/r=5,w=150"])
def test_the_path_of_another_recipe_is_not_redirected_to(world: World, path: str) -> None:
    origin = dataclasses.replace(world.origin, bucket_in_front=True)

    response = origin.answer(Request("GET", path, answer_limit=1000))

    assert response.headers["location"].startswith("memory://derivatives/cats/tom.jpg/r=4,w=150")


def test_without_a_bucket_in_front_the_redirect_is_a_presigned_link(world: World) -> None:
    first = world.ask("/cats/tom.jpg", "w=150", answer_limit=1000)
    second = world.ask("/cats/tom.jpg", "w=150", answer_limit=1000)

    for response in (first, second):
        assert response.status == 302
        link = "memory://derivatives/cats/tom.jpg/r=4,w=150?seconds=60"
        assert response.headers["location"] == link
        assert response.headers["cache-control"] == "no-store"


def test_original_bytes_that_are_too_large_are_copied_and_redirected_to(world: World) -> None:
    response = world.ask("/cats/tom.jpg", answer_limit=1000)

    assert response.status == 302
    assert response.headers["location"].startswith("memory://derivatives/cats/tom.jpg/r=4?")
    assert world.derivatives.objects["cats/tom.jpg/r=4"].body == draw("jpeg")


def test_head_of_a_large_derivative_is_answered_directly(world: World) -> None:
    response = world.ask("/cats/tom.jpg", method="HEAD", answer_limit=1000)

    assert response.status == 200
    assert response.headers["content-length"] == str(len(draw("jpeg")))


def test_a_derivative_that_can_neither_be_answered_nor_stored_is_too_large(world: World) -> None:
    key = "k" * 1020 + ".jpg"
    world.put(key, draw("jpeg"))

    assert world.ask(f"/{key}", "w=150").status == 200
    assert world.ask(f"/{key}", "w=150", answer_limit=1000).status == 413
    assert not world.derivatives.objects


def test_original_bytes_that_can_neither_be_answered_nor_stored_are_too_large(world: World) -> None:
    key = "k" * 1020 + ".jpg"
    world.put(key, draw("jpeg"))

    assert world.ask(f"/{key}").status == 200
    assert world.ask(f"/{key}", answer_limit=1000).status == 413
    assert not world.derivatives.objects


# A bucket in front.


@dataclass(slots=True)
class CountedBucket(MemoryBucket):
    """A bucket that remembers which keys were read."""

    asked: list[str] = field(default_factory=list)

    def read(self, key: str, *, first: int | None = None, most: int | None = None) -> Blob | None:
        self.asked.append(key)
        return MemoryBucket.read(self, key, first=first, most=most)


def behind_a_bucket(**changes: Any) -> tuple[World, CountedBucket]:
    bucket = CountedBucket("derivatives")
    return build_world(derivatives=bucket, bucket_in_front=True, **changes), bucket


def test_a_miss_of_the_bucket_in_front_is_not_looked_up_again() -> None:
    made, bucket = behind_a_bucket()

    response = made.ask("/cats/tom.jpg/r=4,w=150")

    assert response.headers["x-calotype"].startswith("render")
    assert bucket.asked == []
    assert f"{PHOTO}/r=4,w=150" in bucket.objects


@pytest.mark.parametrize(
    "path, query",
    [
        ("/cats/tom.jpg", "w=150"),
        ("/cats/tom.jpg/r=9,w=150", ""),
        ("/cats/tom.jpg/w=150,r=4", ""),
        ("/cats%2Ftom.jpg/r=4,w=150", ""),
    ],
)
def test_a_derivative_that_the_bucket_in_front_was_not_asked_for_is_looked_up(
    path: str, query: str
) -> None:
    made, bucket = behind_a_bucket()
    made.ask("/cats/tom.jpg/r=4,w=150")

    response = made.ask(path, query)

    assert response.headers["x-calotype"].startswith("stored")
    assert bucket.asked == [f"{PHOTO}/r=4,w=150"]


def test_the_fallback_original_is_looked_up_where_a_bucket_is_in_front() -> None:
    made, bucket = behind_a_bucket(fallback=OriginalKey(PHOTO))
    made.ask("/cats/tom.jpg/r=4,w=150")

    response = made.ask("/missing.jpg/r=4,w=150")

    assert (response.status, read_size(response)) == (404, (150, 100))
    assert bucket.asked == [f"{PHOTO}/r=4,w=150"]


@pytest.mark.parametrize(
    "query", ["r=4,w=150", "r=4", "crop=focalpoint,fit=crop,h=199,q=100,r=4,w=299"]
)
def test_a_large_derivative_that_the_bucket_in_front_cannot_deliver_does_not_loop(
    query: str,
) -> None:
    made, _ = behind_a_bucket()
    path = f"/cats/tom.jpg/{query}"

    first = made.ask(path, answer_limit=1000)
    second = made.ask(path, answer_limit=1000)

    assert (first.status, first.headers["location"]) == (302, path)
    assert second.status == 302
    assert second.headers["location"].startswith(f"memory://derivatives{path}?")
    assert second.headers["cache-control"] == "no-store"


def test_a_large_derivative_of_a_former_version_is_replaced_and_not_linked_to() -> None:
    made, _ = behind_a_bucket()
    made.ask("/cats/tom.jpg/r=4", answer_limit=1000)
    made.put(PHOTO, draw("jpeg-portrait"))

    response = made.ask("/cats/tom.jpg/r=4", answer_limit=1000)

    assert response.headers["location"] == "/cats/tom.jpg/r=4"
