"""Lifetimes, the size of the cache, invalidation paths, ranges and events."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.local.cache import Cache, Entry, compile_invalidation
from edge.local.event import ViewerRequest, build_request_event
from edge.local.freshness import CachePolicy, Lifetime, compute_lifetime
from edge.local.origins import OriginAnswer
from edge.local.serving import apply_conditions, filter_headers

POLICY = CachePolicy()
FOREVER = 31_536_000


def answer(cache_control: str = "", status: int = 200, body: bytes = b"") -> OriginAnswer:
    return OriginAnswer(status, {"cache-control": cache_control} if cache_control else {}, body)


@pytest.mark.parametrize(
    "cache_control, seconds",
    [
        ("max-age=60", 60),
        ("max-age=60, s-maxage=600", 600),
        ("S-MaxAge=600, Max-Age=60", 600),
        ('max-age="60"', 60),
        ("max-age=0", 0),
        ("public", 86_400),
        ("", 86_400),
        ("max-age=soon", 86_400),
        ("max-age=-1", 86_400),
        ("max-age=99999999999", FOREVER),
    ],
)
def test_cache_control_says_how_long_an_answer_is_fresh(cache_control: str, seconds: int) -> None:
    kept = compute_lifetime(answer(cache_control), POLICY)

    assert kept is not None
    assert kept.fresh == seconds


@pytest.mark.parametrize("directive", ["no-store", "no-cache", "private", "max-age=60, no-store"])
def test_an_answer_that_forbids_caching_is_not_cached(directive: str) -> None:
    assert compute_lifetime(answer(directive), POLICY) is None


def test_a_minimum_ttl_overrides_no_store() -> None:
    assert compute_lifetime(answer("no-store"), CachePolicy(minimum=1)) == Lifetime(1)


def test_a_minimum_ttl_raises_a_shorter_max_age() -> None:
    kept = compute_lifetime(answer("max-age=5"), CachePolicy(minimum=60))

    assert kept is not None
    assert kept.fresh == 60


def test_no_answer_is_used_after_the_maximum_ttl() -> None:
    cache_control = "max-age=60, stale-while-revalidate=600, stale-if-error=600"

    assert compute_lifetime(answer(cache_control), CachePolicy(maximum=100)) == Lifetime(60, 40, 40)


def test_without_stale_if_error_a_stale_answer_is_used_on_every_error() -> None:
    assert compute_lifetime(answer("max-age=60"), POLICY) == Lifetime(60, 0, FOREVER - 60)
    assert compute_lifetime(answer("max-age=60, stale-if-error=0"), POLICY) == Lifetime(60, 0, 0)


@pytest.mark.parametrize(
    "status, cache_control, seconds",
    [
        (404, "", 10),
        (404, "max-age=60", 60),
        (404, "max-age=5", 10),
        (404, "no-store", None),
        (404, "max-age=99999999999", FOREVER),
        (410, "max-age=300", 300),
        (500, "no-store", 10),
        (503, "no-store", 10),
        (400, "", None),
        (400, "public, max-age=300", 300),
        (403, "max-age=1", 10),
        (415, "max-age=300", 300),
        (413, "max-age=300", None),
        (422, "max-age=300", None),
    ],
)
def test_errors_are_cached_as_the_developer_guide_says(
    status: int, cache_control: str, seconds: int | None
) -> None:
    kept = compute_lifetime(answer(cache_control, status), POLICY)

    assert (kept and kept.fresh) == seconds


def test_the_minimum_error_ttl_depends_on_the_status() -> None:
    policy = CachePolicy(error_minimum=7, error_minimums={503: 0, 404: 30})

    assert compute_lifetime(answer(status=503), policy) is None
    assert compute_lifetime(answer(status=404), policy) == Lifetime(30, 0, 0)
    assert compute_lifetime(answer(status=500), policy) == Lifetime(7, 0, 0)


def entry(size: int) -> Entry:
    return Entry(OriginAnswer(200, {}, bytes(size)), Lifetime(math.inf), 0)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 40_000)), max_size=200))
def test_a_cache_never_exceeds_its_capacity(puts: list[tuple[int, int]]) -> None:
    cache = Cache(100_000)

    for name, size in puts:
        cache.put(f"/{name}", entry(size))

    kept = [cache.find(f"/{name}") for name in range(51)]
    assert sum(len(each.answer.body) for each in kept if each) <= 100_000


def test_the_least_recently_used_entry_is_evicted() -> None:
    cache = Cache(100_000)
    cache.put("/a", entry(40_000))
    cache.put("/b", entry(40_000))
    cache.find("/a")

    cache.put("/c", entry(40_000))

    assert cache.find("/a")
    assert cache.find("/c")
    assert cache.find("/b") is None


def test_an_answer_larger_than_the_cache_is_not_cached_and_removes_the_old_one() -> None:
    cache = Cache(100_000)
    cache.put("/a", entry(1))

    cache.put("/a", entry(200_000))

    assert cache.find("/a") is None
    assert cache.size == 0


@pytest.mark.parametrize(
    "path, uri, is_match",
    [
        ("/a.jpg", "/a.jpg", True),
        ("/a.jpg", "/a.jpg/w=1", False),
        ("/a.jpg*", "/a.jpg", True),
        ("/a.jpg*", "/a.jpg/w=1", True),
        ("/a.jpg*", "/A.jpg", False),
        ("/a%20b.jpg*", "/a%20b.jpg/w=1", True),
        ("/a b.jpg*", "/a%20b.jpg/w=1", False),
        ("/*", "/anything", True),
    ],
)
def test_an_invalidation_path_matches_the_same_uris_as_in_cloudfront(
    path: str, uri: str, is_match: bool
) -> None:
    assert compile_invalidation([path])(uri) is is_match


@pytest.mark.parametrize("path", ["a.jpg", "", "/*.jpg", "/a**", "/" + "a" * 4000])
def test_an_invalidation_path_that_cloudfront_refuses_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="invalidation path"):
        compile_invalidation([path])


BODY = bytes(range(100))
WHOLE = OriginAnswer(
    200,
    {
        "content-type": "image/png",
        "etag": '"one"',
        "last-modified": "Wed, 01 Jan 2025 00:00:00 GMT",
        "cache-control": "max-age=60",
    },
    BODY,
)


def answer_viewer(method: str = "GET", **headers: str) -> OriginAnswer:
    fields = tuple((name.replace("_", "-"), text) for name, text in headers.items())
    return apply_conditions(WHOLE, ViewerRequest(method, "/", headers=fields))


@pytest.mark.parametrize(
    "wanted, first, last",
    [
        ("bytes=0-9", 0, 9),
        ("bytes=90-", 90, 99),
        ("bytes=-5", 95, 99),
        ("bytes=95-500", 95, 99),
        ("bytes=-500", 0, 99),
    ],
)
def test_a_range_gets_its_bytes(wanted: str, first: int, last: int) -> None:
    part = answer_viewer(range=wanted)

    assert part.status == 206
    assert part.body == BODY[first : last + 1]
    assert part.headers["content-range"] == f"bytes {first}-{last}/100"


@pytest.mark.parametrize("wanted", ["bytes=100-", "bytes=500-600", "bytes=-0"])
def test_a_range_outside_the_object_gets_416_and_the_size(wanted: str) -> None:
    refused = answer_viewer(range=wanted)

    assert refused.status == 416
    assert refused.headers["content-range"] == "bytes */100"


@pytest.mark.parametrize(
    "wanted",
    ["bytes=9-0", "bytes=-", "bytes=a-b", "items=0-1", "bytes=0-1,5-6", f"bytes={'9' * 5000}-"],
)
def test_an_invalid_range_or_several_get_the_whole_answer(wanted: str) -> None:
    assert answer_viewer(range=wanted) == WHOLE


def test_a_range_of_another_version_gets_the_whole_answer() -> None:
    assert answer_viewer(range="bytes=0-9", if_range='"other"') == WHOLE
    assert answer_viewer(range="bytes=0-9", if_range='"one"').status == 206


def test_head_ignores_a_range() -> None:
    assert answer_viewer("HEAD", range="bytes=0-9") == WHOLE


@pytest.mark.parametrize("tag", ['"one"', 'W/"one"', '"zero", "one"', "*"])
def test_a_viewer_with_a_current_copy_gets_no_body(tag: str) -> None:
    unchanged = answer_viewer(if_none_match=tag)

    assert (unchanged.status, unchanged.body) == (304, b"")
    assert unchanged.headers.keys() == {"etag", "last-modified", "cache-control"}


def test_an_etag_takes_precedence_over_a_date() -> None:
    later = "Thu, 02 Jan 2025 00:00:00 GMT"

    assert answer_viewer(if_modified_since=later).status == 304
    assert answer_viewer(if_modified_since="Tue, 31 Dec 2024 00:00:00 GMT").status == 200
    assert answer_viewer(if_modified_since="yesterday").status == 200
    assert answer_viewer(if_modified_since=f"Wed, 01 Jan {'9' * 30} 00:00:00 GMT").status == 200
    assert answer_viewer(if_modified_since=later, if_none_match='"other"').status == 200


def test_an_error_ignores_conditions_and_ranges() -> None:
    error = OriginAnswer(404, {"etag": '"one"'}, BODY)

    assert (
        apply_conditions(error, ViewerRequest("GET", "/", headers=(("range", "bytes=0-1"),)))
        is error
    )
    assert (
        apply_conditions(error, ViewerRequest("GET", "/", headers=(("if-none-match", "*"),)))
        is error
    )


def test_names_in_vary_that_are_not_in_the_cache_key_are_removed() -> None:
    varying = OriginAnswer(200, {"vary": "Accept, Accept-Encoding", "set-cookie": "a=1"})

    assert filter_headers(varying).headers == {"vary": "Accept-Encoding"}
    assert filter_headers(OriginAnswer(200, {"vary": "Accept"})).headers == {}


def test_the_event_of_a_request_is_like_cloudfronts() -> None:
    headers = (
        ("host", "img.example.com"),
        ("accept", "image/avif"),
        ("accept", "*/*"),
        ("cookie", "a=1; b=2; a=3"),
        ("connection", "keep-alive"),
    )
    viewer = ViewerRequest("GET", "/a%20b.jpg", "w=1&&x&w=2%2B&mark=a=b", headers, "203.0.113.9")

    event = build_request_event(viewer)

    assert event["version"] == "1.0"
    assert event["context"]["eventType"] == "viewer-request"
    assert event["viewer"] == {"ip": "203.0.113.9"}
    assert event["request"] == {
        "method": "GET",
        "uri": "/a%20b.jpg",
        "querystring": {
            "w": {"value": "1", "multiValue": [{"value": "1"}, {"value": "2%2B"}]},
            "x": {"value": ""},
            "mark": {"value": "a=b"},
        },
        "headers": {
            "host": {"value": "img.example.com"},
            "accept": {
                "value": "image/avif",
                "multiValue": [{"value": "image/avif"}, {"value": "*/*"}],
            },
        },
        "cookies": {
            "a": {"value": "1", "multiValue": [{"value": "1"}, {"value": "3"}]},
            "b": {"value": "2"},
        },
    }
