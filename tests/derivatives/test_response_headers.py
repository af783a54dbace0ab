"""Headers of answers: expiry, conditional requests, file names and methods."""

import dataclasses
import time
from urllib.parse import quote

import pytest

from origin_lambda.http import Request
from origin_lambda.url.admission import Policy
from origin_lambda.url.signature import sign
from tests.support.origin_world import FOREVER, FRESH, World, read_error
from tests.support.originals import draw

# URLs that expire.


@pytest.fixture
def expiring(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    return world


@pytest.mark.parametrize("query", ["w=150", "w=150&v=1", ""])
def test_an_answer_lasts_no_longer_than_its_url(expiring: World, query: str) -> None:
    first = expiring.ask("/cats/tom.jpg", f"{query}&expires=1000060")
    tag = {"if-none-match": first.headers["etag"]}

    stored = expiring.ask("/cats/tom.jpg", f"{query}&expires=1000007")
    unchanged = expiring.ask("/cats/tom.jpg", f"{query}&expires=1000005", headers=tag)
    far = expiring.ask("/cats/tom.jpg", f"{query}&expires=9000000")

    assert first.headers["cache-control"] == "public, max-age=60"
    assert stored.headers["cache-control"] == "public, max-age=7"
    assert (unchanged.status, unchanged.headers["cache-control"]) == (304, "public, max-age=5")
    assert "stale" not in far.headers["cache-control"]


@pytest.mark.parametrize(("expires", "seconds"), [(1_000_300, 60), (1_000_007, 7), (1_000_000, 1)])
def test_a_redirect_lasts_no_longer_than_its_url(
    expiring: World, expires: int, seconds: int
) -> None:
    policy = Policy(keys={"k": "secret"}, require_signature=True)
    origin = dataclasses.replace(expiring.origin, policy=policy)
    query = sign("/cats/tom.jpg", "w=150", "k", "secret", expires)

    answer = origin.answer(Request("GET", "/cats/tom.jpg", query, answer_limit=10))

    assert answer.status == 302
    assert answer.headers["location"].endswith(f"?seconds={seconds}")


def test_a_preflight_says_what_is_allowed(world: World) -> None:
    answer = world.ask("/cats/tom.jpg", method="OPTIONS")

    assert answer.status == 204
    assert answer.headers["access-control-allow-headers"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "query", ["w=150&txte=Hi&marc=a.png", "txte=Hi&marc=a.png", "fm=json&txte=&marc="]
)
def test_names_that_are_no_parameter_are_listed(world: World, query: str) -> None:
    first = world.ask("/cats/tom.jpg", query)
    stored = world.ask("/cats/tom.jpg", query)
    unchanged = world.ask("/cats/tom.jpg", query, headers={"if-none-match": first.headers["etag"]})

    for answer in (first, stored, unchanged):
        assert answer.headers["x-calotype-ignored"] == "marc, txte"
    assert "x-calotype-ignored" not in world.ask("/cats/tom.jpg", "w=150&sig=").headers


def test_a_strict_deployment_refuses_names_that_are_no_parameter(world: World) -> None:
    strict = dataclasses.replace(world.origin, policy=Policy(strict_parameters=True))

    answer = strict.answer(Request("GET", "/cats/tom.jpg", "w=150&txte=Hi"))

    assert (answer.status, read_error(answer)["param"]) == (400, "txte")


# Conditional requests.


@pytest.mark.parametrize(
    "shape", ["{}", "W/{}", '"other", {}', '{}, "other"', 'W/"other",W/{}', "*"]
)
@pytest.mark.parametrize("is_stored", [True, False])
def test_a_caller_who_has_the_derivative_gets_no_body(
    world: World, shape: str, is_stored: bool
) -> None:
    etag = world.ask("/cats/tom.jpg", "w=150").headers["etag"]
    if not is_stored:
        world.derivatives.objects.clear()

    response = world.ask("/cats/tom.jpg", "w=150", headers={"if-none-match": shape.format(etag)})

    assert (response.status, response.body) == (304, b"")
    assert response.headers["etag"] == etag
    assert response.headers["cache-control"] == FRESH
    assert response.headers["x-calotype"] == "not-modified"
    assert "content-type" not in response.headers


@pytest.mark.parametrize("given", ['"other"', "W/", "", '"*"'])
def test_a_caller_who_has_something_else_gets_the_derivative(world: World, given: str) -> None:
    response = world.ask("/cats/tom.jpg", "w=150", headers={"if-none-match": given})

    assert response.status == 200


def test_answers_have_the_same_etag_if_they_have_the_same_bytes(world: World) -> None:
    queries = ["w=150", "w=151", "w=150&fm=webp", "w=150&v=1", "w=150&v=2", ""]

    answers = [world.ask("/cats/tom.jpg", query) for query in queries]

    assert len({answer.headers["etag"] for answer in answers}) == 4
    assert len({answer.body for answer in answers}) == 4


def test_a_version_token_makes_the_answer_immutable(world: World) -> None:
    first = world.ask("/cats/tom.jpg", "w=150&v=a1")
    given = {"if-none-match": first.headers["etag"]}
    second = world.ask("/cats/tom.jpg", "w=150&v=a1", headers=given)

    assert first.headers["cache-control"] == second.headers["cache-control"] == FOREVER


# File names.


@pytest.mark.parametrize(
    "key, query, disposition",
    [
        ("cats/tom.jpg", "fm=webp", 'inline; filename="tom.webp"'),
        ("cats/tom.jpg", "dl", 'attachment; filename="tom.jpg"'),
        ("cats/tom.jpg", "dl=", 'attachment; filename="tom.jpg"'),
        ("cats/tom.jpg", "dl=my%20cat.jpg", 'attachment; filename="my cat.jpg"'),
        ("cats/tom.jpg", "dl=a/b", 'attachment; filename="a_b"'),
        ("cats/tom.jpg", "dl=a%22b%5C.jpg", "attachment; filename=\"a_b_.jpg\"; filename*=UTF-8''a%22b%5C.jpg"),
        ("cats/tom.jpg", "dl=%E7%8C%AB.jpg", "attachment; filename=\"_.jpg\"; filename*=UTF-8''%E7%8C%AB.jpg"),
        ("\u732b.jpg", "w=9", "inline; filename=\"_.jpg\"; filename*=UTF-8''%E7%8C%AB.jpg"),
        ("100%.tar.png", "w=9", "inline; filename=\"100_.tar.jpg\"; filename*=UTF-8''100%25.tar.jpg"),
        ("noend", "w=9", 'inline; filename="noend.jpg"'),
        (".jpg", "w=9", 'inline; filename=".jpg.jpg"'),
    ],
)  # fmt: skip
def test_a_file_name_is_offered_in_both_spellings(
    world: World, key: str, query: str, disposition: str
) -> None:
    world.put(key, draw("jpeg"))

    response = world.ask("/" + quote(key), query)

    assert response.headers["content-disposition"] == disposition
    assert all(text.isascii() and text.isprintable() for text in response.headers.values())


# Methods.


def test_head_says_what_get_would_say_without_the_bytes(world: World) -> None:
    got = world.ask("/cats/tom.jpg", "w=150")

    head = world.ask("/cats/tom.jpg", "w=150", method="HEAD")

    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(got.body))
    for name in ("etag", "content-type", "cache-control", "content-disposition"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize("path", ["/missing.jpg", "/..", "/text.jpg"])
def test_head_of_a_failure_has_no_body_either(world: World, path: str) -> None:
    world.put("text.jpg", draw("text"))

    head = world.ask(path, "w=5", method="HEAD")

    assert head.status == world.ask(path, "w=5").status
    assert head.body == b""


def test_options_says_what_is_allowed(world: World) -> None:
    response = world.ask("/cats/tom.jpg", method="OPTIONS")

    assert (response.status, response.body) == (204, b"")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "get", "TRACE", ""])
def test_any_other_method_is_refused(world: World, method: str) -> None:
    response = world.ask("/cats/tom.jpg", method=method)

    assert (response.status, read_error(response)["code"]) == (405, "method-not-allowed")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
