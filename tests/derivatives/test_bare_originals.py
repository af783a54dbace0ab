"""The answers to URLs without a transform: whole requests, with ports in memory."""

import io
import tracemalloc

import pytest
from PIL import Image

from origin_lambda.image.probe import Limits
from origin_lambda.url.admission import BareOriginals
from tests.support.origin_world import build_world, read_error
from tests.support.originals import draw, segment
from tests.support.private_originals import PRIVATE, SECRET

pytestmark = pytest.mark.filterwarnings("ignore:Image appears to be a malformed MPO")

BARE = ("", "v=1", "dl=", "foo=1", "dpr=2")


def make_large_jpeg(size: int) -> bytes:
    """Return a JPEG with about *size* bytes of compressed pixels, and private metadata."""
    whole = draw("jpeg")
    return whole[:2] + segment(0xFE, SECRET) + whole[2:-2] + bytes(size) + whole[-2:] + SECRET


@pytest.mark.parametrize("query", BARE)
@pytest.mark.parametrize("name", PRIVATE)
def test_no_bare_url_answers_or_stores_private_metadata(name: str, query: str) -> None:
    world = build_world()
    world.put("cat", PRIVATE[name]())

    answers = [world.ask("/cat", query) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].body == answers[1].body
    assert SECRET not in answers[0].body
    assert not any(SECRET in blob.body for blob in world.derivatives.objects.values())
    assert answers[1].headers["x-calotype"].startswith("stored")


@pytest.mark.parametrize("query", BARE)
def test_a_large_original_is_cleaned_too(query: str) -> None:
    world = build_world()
    world.put("cat", make_large_jpeg(20_000_000))

    first = world.ask("/cat", query, answer_limit=4_700_000)
    again = world.ask("/cat", query, answer_limit=4_700_000)
    head = world.ask("/cat", query, method="HEAD", answer_limit=4_700_000)

    (stored,) = (blob for key, blob in world.derivatives.objects.items() if key.startswith("cat/"))
    assert (first.status, again.status, head.status) == (302, 302, 200)
    assert again.headers["location"].startswith("memory://derivatives/cat/")
    assert SECRET not in stored.body
    assert len(stored.body) > 20_000_000
    assert head.headers["content-length"] == str(len(stored.body))


def test_cleaning_holds_at_most_two_copies_of_an_original_in_memory() -> None:
    world, size = build_world(), 20_000_000
    world.put("cat", make_large_jpeg(size))

    tracemalloc.start()
    world.ask("/cat", answer_limit=4_700_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 2 * size


def test_an_original_over_the_limit_is_refused_and_not_read() -> None:
    world = build_world(limits=Limits(bytes_in=1000))

    answer = world.ask("/cats/tom.jpg")

    assert (answer.status, read_error(answer)["code"]) == (413, "too-large")


@pytest.mark.parametrize("name", ["jpeg-truncated-header", "html"])
def test_an_original_that_cannot_be_cleaned_is_refused(name: str) -> None:
    world = build_world()
    world.put("cat", SECRET + b"<html>" if name == "html" else draw(name) + b"\xff\xe1\xff\xff")

    answer = world.ask("/cat")

    assert answer.status in {415, 422}
    assert SECRET not in answer.body
    assert not world.derivatives.objects


def test_a_matching_etag_gets_304() -> None:
    world = build_world()
    etag = world.ask("/cats/tom.jpg").headers["etag"]

    answer = world.ask("/cats/tom.jpg", headers={"if-none-match": etag})

    assert (answer.status, answer.body) == (304, b"")


def test_as_is_answers_originals_unchanged() -> None:
    world = build_world(bare_originals=BareOriginals.AS_IS)
    world.put("cat", PRIVATE["jpeg"]())

    assert world.ask("/cat").body == PRIVATE["jpeg"]()
    assert world.ask("/cat").headers["x-calotype"] == "stored; in=jpeg"
    assert SECRET not in world.ask("/cat", "w=30").body


@pytest.mark.parametrize("query", BARE)
@pytest.mark.parametrize("limit", [1000, 1_000_000])
def test_originals_stored_under_as_is_are_not_used_after_the_setting_has_changed(
    query: str, limit: int
) -> None:
    before = build_world(bare_originals=BareOriginals.AS_IS)
    before.put("cat", PRIVATE["jpeg"]())
    etag = before.ask("/cat", query, answer_limit=limit).headers.get("etag", '"none"')
    after = build_world(originals=before.originals, derivatives=before.derivatives)
    canonical = [key for key in before.derivatives.objects if not key.startswith("cat/bare=as-is,")]

    answer = after.ask("/cat", query, headers={"if-none-match": etag})

    assert canonical == []
    assert answer.status == 200
    assert SECRET not in answer.body


def test_as_is_answers_a_large_original_with_a_presigned_link() -> None:
    world = build_world(bare_originals=BareOriginals.AS_IS, bucket_in_front=True)
    world.put("cat", make_large_jpeg(2_000))

    for path in ("/cat/r=4", "/cat/r=4", "/cat/bare=as-is,r=4"):
        answer = world.ask(path, answer_limit=1000)
        assert answer.status == 302
        assert answer.headers["location"].startswith("memory://derivatives/cat/bare=as-is,r=4")


def test_no_url_can_ask_for_as_is_if_the_setting_is_clean() -> None:
    world = build_world()
    world.put("cat", PRIVATE["jpeg"]())

    for path, query in (("/cat/bare=as-is,r=4", ""), ("/cat", "bare=as-is")):
        answer = world.ask(path, query)
        assert answer.status == 200
        assert SECRET not in answer.body


@pytest.mark.parametrize("query", BARE)
def test_refuse_answers_403_to_bare_urls(query: str) -> None:
    world = build_world(bare_originals=BareOriginals.REFUSE)

    answer = world.ask("/cats/tom.jpg", query)

    assert (answer.status, read_error(answer)["code"]) == (403, "forbidden")
    assert "w=800" in read_error(answer)["message"]
    assert world.ask("/cats/tom.jpg", "w=30").status == 200
    assert world.ask("/cats/tom.jpg", "fm=json").status == 200


def test_the_fallback_original_is_cleaned_too() -> None:
    world = build_world(fallback="sorry.jpg")
    world.put("sorry.jpg", PRIVATE["jpeg"]())

    answer = world.ask("/nothing.jpg")

    assert answer.status == 404
    assert Image.open(io.BytesIO(answer.body)).format == "JPEG"
    assert SECRET not in answer.body
