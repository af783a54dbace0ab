"""Answers to requests that fail, and to requests while a service is down."""

import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from PIL import Image

from origin_lambda.adapters.memory import MemoryBucket
from origin_lambda.errors import StoreFailed, Unavailable
from origin_lambda.image.probe import Limits
from origin_lambda.originals.catalog import to_json
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import Blob, ObjectMetadata
from origin_lambda.url.grammar import OriginalKey
from tests.support.origin_world import (
    PHOTO,
    BrokenBucket,
    BrokenCatalog,
    BrokenQueue,
    World,
    build_world,
    read_error,
    read_size,
)
from tests.support.originals import draw
from tests.support.svg_bombs import multiplied_copies

# Failures.


@dataclass(frozen=True)
class ErrorAnswer:
    """The answer to an error."""

    status: int
    code: str
    seconds: int


FAILURES = [
    ("/missing.jpg", "w=5", ErrorAnswer(404, "no-such-original", 60)),
    ("/missing.jpg", "", ErrorAnswer(404, "no-such-original", 60)),
    ("/cats/tom.jpg", "w=0", ErrorAnswer(400, "bad-value", 300)),
    ("/cats/tom.jpg", "rect=300,0,5,5", ErrorAnswer(400, "bad-value", 300)),
    ("/cats/tom.jpg", "w=10&pad=5", ErrorAnswer(400, "bad-value", 300)),
    ("/..", "w=5", ErrorAnswer(400, "bad-key", 300)),
    ("/", "w=5", ErrorAnswer(400, "bad-key", 300)),
    ("/cats/tom.jpg", "w=5&x=" + "y" * 5000, ErrorAnswer(414, "url-too-long", 300)),
    ("/cats/tom.jpg", "w=5&expires=1", ErrorAnswer(410, "expired", 300)),
    ("/text.jpg", "w=5", ErrorAnswer(415, "not-a-picture", 300)),
    ("/text.jpg", "", ErrorAnswer(415, "not-a-picture", 300)),
    ("/html.jpg", "", ErrorAnswer(415, "not-a-picture", 300)),
    ("/empty.jpg", "", ErrorAnswer(415, "not-a-picture", 300)),
    ("/empty.jpg", "w=5", ErrorAnswer(415, "not-a-picture", 300)),
    ("/svg-bomb.svg", "fm=png", ErrorAnswer(422, "unprocessable", 300)),
    ("/jpeg-truncated-header.jpg", "w=5", ErrorAnswer(422, "unprocessable", 300)),
    ("/png-bomb.png", "w=5", ErrorAnswer(422, "unprocessable", 300)),
]


@pytest.mark.parametrize("path, query, facts", FAILURES)
def test_every_error_has_its_status_code_and_max_age(
    world: World, path: str, query: str, facts: ErrorAnswer
) -> None:
    for name in ("text", "html", "empty", "jpeg-truncated-header"):
        world.put(f"{name}.jpg", draw(name))
    world.put("svg-bomb.svg", multiplied_copies())
    world.put("png-bomb.png", draw("png-bomb"))

    response = world.ask(path, query)

    assert (response.status, read_error(response)["code"]) == (facts.status, facts.code)
    assert response.headers["cache-control"] == f"public, max-age={facts.seconds}"
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["access-control-allow-origin"] == "*"
    assert not world.derivatives.objects


@pytest.mark.parametrize(
    "query, param",
    [
        ("w=0", "w"),
        ("w=-1", "w"),
        ("w=1e9", "w"),
        ("w=NaN", "w"),
        ("q=101", "q"),
        ("rect=9,9", "rect"),
        ("fm=exe", "fm"),
        ("expires=1", "expires"),
    ],
)
def test_a_refusal_names_the_parameter(world: World, query: str, param: str) -> None:
    facts = read_error(world.ask("/cats/tom.jpg", query))

    assert facts["param"] == param
    assert facts["message"].startswith((f"{param} accepts ", "the URL has expired"))


def test_an_original_of_too_many_bytes_is_refused_before_it_is_fetched() -> None:
    unreadable = BrokenBucket(broken=frozenset({"read"}))
    unreadable.write(PHOTO, draw("jpeg"), ObjectMetadata("image/jpeg"))
    small = build_world(originals=unreadable, limits=Limits(bytes_in=100))
    list_photo(small)

    response = small.ask("/cats/tom.jpg", "w=5")

    assert (response.status, read_error(response)["code"]) == (413, "too-large")


def test_a_truncated_jpeg_is_shown_in_part(world: World) -> None:
    world.put("cut.jpg", draw("jpeg-truncated"))

    assert world.ask("/cut.jpg", "w=150").status == 200


def test_a_url_of_four_kilobytes_is_accepted(world: World) -> None:
    filler = "x=" + "y" * (4096 - len("/cats/tom.jpg?w=5&x="))

    assert world.ask("/cats/tom.jpg", f"w=5&{filler}").status == 200
    assert world.ask("/cats/tom.jpg", f"w=5&{filler}y").status == 414


@pytest.mark.parametrize("seconds, status", [(-1, 410), (3600, 200)])
def test_a_url_works_until_it_expires(world: World, seconds: int, status: int) -> None:
    until = int(time.time()) + seconds

    assert world.ask("/cats/tom.jpg", f"w=5&expires={until}").status == status


def test_expires_is_no_part_of_the_derivatives_name(world: World) -> None:
    world.ask("/cats/tom.jpg", f"w=5&expires={int(time.time()) + 3600}")

    assert list(world.derivatives.objects) == ["cats/tom.jpg/r=4,w=5"]


# The fallback original.


@pytest.fixture
def with_fallback() -> World:
    made = build_world(fallback=OriginalKey("sorry.png"))
    made.put("sorry.png", draw("png"))
    made.put("text.jpg", draw("text"))
    return made


@pytest.mark.parametrize("path, status", [("/missing.jpg", 404), ("/text.jpg", 415)])
def test_a_fallback_is_shown_with_the_failures_status(
    with_fallback: World, path: str, status: int
) -> None:
    response = with_fallback.ask(path, "w=30")

    assert (response.status, read_size(response)) == (status, (30, 20))
    assert response.headers["content-type"] == "image/png"
    assert response.headers["cache-control"] == f"public, max-age={60 if status == 404 else 300}"
    assert "etag" not in response.headers


def test_a_bad_url_gets_no_fallback(with_fallback: World) -> None:
    assert read_error(with_fallback.ask("/missing.jpg", "w=0"))["param"] == "w"


@pytest.mark.parametrize("fallback", ["also-missing.png", "text.jpg"])
def test_without_a_usable_fallback_the_error_is_answered(fallback: str) -> None:
    made = build_world(fallback=OriginalKey(fallback))
    made.put("text.jpg", draw("text"))

    assert read_error(made.ask("/missing.jpg", "w=30"))["code"] == "no-such-original"


def test_a_condition_on_the_missing_original_does_not_hit_the_fallback(
    with_fallback: World,
) -> None:
    response = with_fallback.ask("/missing.jpg", "w=30", headers={"if-none-match": "*"})

    assert response.status == 404


# Things that are down.


def test_the_picture_is_served_while_everything_except_the_originals_is_down() -> None:
    catalog, queue = BrokenCatalog(), BrokenQueue()
    made = build_world(derivatives=BrokenBucket(), catalog=catalog, queue=queue)

    for query in ("w=150", ""):
        response = made.ask("/cats/tom.jpg", query)
        assert response.status == 200
        assert response.headers["cache-control"] == "no-store"

    assert catalog.asked
    assert queue.tried


def test_the_picture_is_served_where_there_is_no_catalog_and_no_queue() -> None:
    assert build_world(catalog=None, queue=None).ask("/cats/tom.jpg", "w=150").status == 200


@pytest.mark.parametrize("failure, status", [(StoreFailed, 502), (Unavailable, 503)])
@pytest.mark.parametrize("is_listed", [False, True])
@pytest.mark.parametrize("query", ["w=150", ""])
def test_without_the_originals_the_answer_is_an_uncached_error(
    failure: type[StoreFailed | Unavailable], status: int, is_listed: bool, query: str
) -> None:
    originals = BrokenBucket(failure=failure, broken=frozenset({"read"}))
    originals.write(PHOTO, draw("jpeg"), ObjectMetadata("image/jpeg"))
    made = build_world(originals=originals)
    if is_listed:
        list_photo(made)

    response = made.ask("/cats/tom.jpg", query)

    assert response.status == status
    assert response.headers["cache-control"] == "no-store"
    assert b"secret" not in response.body


def test_a_fallback_does_not_hide_that_the_originals_are_down() -> None:
    made = build_world(originals=BrokenBucket(), fallback=OriginalKey("sorry.png"))

    assert made.ask("/cats/tom.jpg", "w=150").status == 502


@pytest.mark.parametrize("query", ["w=150", ""])
def test_a_large_derivative_that_cannot_be_stored_is_an_error(query: str) -> None:
    made = build_world(derivatives=BrokenBucket())

    response = made.ask("/cats/tom.jpg", query, answer_limit=1000)

    assert (response.status, response.headers["cache-control"]) == (502, "no-store")


def test_after_the_deadline_no_stage_starts(world: World) -> None:
    response = world.ask("/cats/tom.jpg", "w=150", deadline=time.monotonic() - 1)

    assert (response.status, read_error(response)["code"]) == (503, "out-of-time")
    assert response.headers["cache-control"] == "no-store"
    assert not world.derivatives.objects


def list_photo(world: World) -> None:
    """Put the photo into the catalog, as it is before its ingest."""
    stat = world.origin.originals.stat(PHOTO)
    assert stat
    record = replace(OriginalRecord.unknown(PHOTO, stat), revision=1)
    world.catalog.save(PHOTO, to_json(record), after=0)


class Slow(MemoryBucket):
    """Has originals that take a while to read."""

    def __init__(self) -> None:
        super().__init__("originals")
        self.reads = 0
        self.begun, self.may_end = threading.Event(), threading.Event()

    def read(self, key: str, *, first: int | None = None, most: int | None = None) -> Blob | None:
        self.reads += 1
        self.begun.set()
        assert self.may_end.wait(10)
        return super().read(key, first=first, most=most)


def test_equal_concurrent_requests_share_one_render() -> None:
    originals = Slow()
    world = build_world(originals=originals)
    originals.write(PHOTO, draw("jpeg"), ObjectMetadata("image/jpeg"))
    list_photo(world)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(world.ask, "/cats/tom.jpg", "w=150") for _ in range(8)]
        assert originals.begun.wait(10)
        time.sleep(0.2)  # by now all are waiting
        originals.may_end.set()
        answers = [each.result() for each in asked]

    assert originals.reads == 1
    assert {answer.body for answer in answers} == {answers[0].body}
    assert read_size(answers[0]) == (150, 100)


def test_requests_that_share_a_render_are_compared_with_their_own_tags() -> None:
    originals = Slow()
    world = build_world(originals=originals)
    originals.write(PHOTO, draw("jpeg"), ObjectMetadata("image/jpeg"))
    list_photo(world)
    originals.may_end.set()
    etag = world.ask("/cats/tom.jpg", "w=150").headers["etag"]
    world.derivatives.objects.clear()
    originals.may_end.clear()
    originals.begun.clear()
    tags = [etag, "", '"other"', etag]

    with ThreadPoolExecutor(len(tags)) as pool:
        asked = [
            pool.submit(world.ask, "/cats/tom.jpg", "w=150", headers={"if-none-match": tag})
            for tag in tags
        ]
        assert originals.begun.wait(10)
        time.sleep(0.2)  # by now all are waiting
        originals.may_end.set()
        statuses = [each.result().status for each in asked]

    assert originals.reads == 2
    assert statuses == [304, 200, 200, 304]


def test_a_request_that_waits_for_another_keeps_its_own_deadline() -> None:
    originals = Slow()
    world = build_world(originals=originals)
    originals.write(PHOTO, draw("jpeg"), ObjectMetadata("image/jpeg"))
    list_photo(world)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(world.ask, "/cats/tom.jpg", "w=150")
        assert originals.begun.wait(10)

        second = world.ask("/cats/tom.jpg", "w=150", deadline=time.monotonic() + 0.1)

        originals.may_end.set()
        assert first.result().status == 200
    assert (second.status, read_error(second)["code"]) == (503, "out-of-time")
    assert second.headers["cache-control"] == "no-store"


def test_a_deadline_in_the_future_has_no_effect(world: World) -> None:
    assert world.ask("/cats/tom.jpg", "w=150", deadline=time.monotonic() + 60).status == 200


def test_a_broken_colour_profile_is_no_error(world: World) -> None:
    image = Image.new("RGB", (60, 40))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", icc_profile=b"no profile" * 20)
    world.put("odd.jpg", buffer.getvalue())

    assert world.ask("/odd.jpg", "w=30").status == 200
