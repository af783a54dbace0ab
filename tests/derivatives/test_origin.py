"""Whole requests, through the real codec and grammar, with buckets in memory."""

import dataclasses
import hashlib
import io
import json
import re
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image

from origin_lambda.adapters.memory import MemoryBucket, MemoryCatalog, MemoryQueue
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.derivatives import responses
from origin_lambda.derivatives.origin import Origin
from origin_lambda.derivatives.renderer import Renderer
from origin_lambda.derivatives.store import Store
from origin_lambda.errors import StoreFailed, Unavailable
from origin_lambda.http import Request, Response
from origin_lambda.image.probe import Limits
from origin_lambda.originals.catalog import to_json
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import Blob, ObjectMetadata, Source, Stat
from origin_lambda.url import grammar
from origin_lambda.url.admission import Policy, admit
from origin_lambda.url.grammar import OriginalKey, canonical
from origin_lambda.url.signature import imgix_sign, sign
from origin_lambda.url.transform import Transform
from tests.support.originals import draw

FRESH = "public, max-age=86400, stale-while-revalidate=604800, stale-if-error=604800"
FOREVER = "public, max-age=31536000, immutable"
CHROME = {"accept": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"}
PHOTO = "cats/tom.jpg"


@dataclass
class World:
    """An origin, and everything around it that a test may want to look at."""

    origin: Origin
    originals: MemoryBucket
    derivatives: MemoryBucket
    catalog: MemoryCatalog
    queue: MemoryQueue

    def put(self, key: str, body: bytes) -> None:
        self.originals.write(key, body, ObjectMetadata("application/octet-stream"))

    def ask(self, path: str, query: str = "", method: str = "GET", **options: Any) -> Response:
        return self.origin.answer(Request(method, path, query, **options))


def world(**changes: Any) -> World:
    originals, derivatives = MemoryBucket("originals"), MemoryBucket("derivatives")
    catalog, queue = MemoryCatalog(), MemoryQueue()
    parts: dict[str, Any] = {
        "originals": originals,
        "derivatives": derivatives,
        "catalog": catalog,
        "queue": queue,
        "limits": Limits(),
    } | changes
    store = Store(parts["derivatives"], parts.pop("catalog"), parts.pop("queue"))
    renderer = Renderer(
        parts["originals"],
        parts.pop("derivatives"),
        PillowCodec(),
        sanitise,
        parts.pop("limits"),
        PillowMeasurer(),
    )
    made = World(
        Origin(store=store, renderer=renderer, **parts), originals, derivatives, catalog, queue
    )
    made.put(PHOTO, draw("jpeg"))
    return made


@pytest.fixture
def laptop() -> World:
    return world()


def size_of(response: Response) -> tuple[int, int]:
    return Image.open(io.BytesIO(response.body)).size


def error_of(response: Response) -> dict[str, str]:
    told: dict[str, str] = json.loads(response.body)["error"]
    return told


# A derivative.


def test_a_derivative_has_every_header_it_needs(laptop: World) -> None:
    response = laptop.ask("/cats/tom.jpg", "w=150")

    assert (response.status, size_of(response)) == (200, (150, 100))
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


def test_both_spellings_give_the_same_derivative(laptop: World) -> None:
    raw = laptop.ask("/cats/tom.jpg", "w=150&fit=crop&ixlib=js&h=100.0")
    canonical = laptop.ask("/cats/tom.jpg/fit=crop,h=100,r=3,w=150")

    assert raw.headers["etag"] == canonical.headers["etag"]
    assert raw.body == canonical.body
    assert list(laptop.derivatives.objects) == ["cats/tom.jpg/fit=crop,h=100,r=3,w=150"]


def test_the_second_answer_comes_from_the_derivatives_bucket(laptop: World) -> None:
    first = laptop.ask("/cats/tom.jpg", "w=150")

    second = laptop.ask("/cats/tom.jpg", "w=150")

    assert second.headers["x-calotype"] == first.headers["x-calotype"].replace("render", "stored")
    assert second.body == first.body
    changing = {"x-calotype", "server-timing"}
    assert {k: v for k, v in first.headers.items() if k not in changing} == {
        k: v for k, v in second.headers.items() if k not in changing
    }


def test_what_is_stored_is_labelled_like_the_answer(laptop: World) -> None:
    response = laptop.ask("/cats/tom.jpg", "w=150&fm=webp&v=2")

    (blob,) = laptop.derivatives.objects.values()

    assert blob.body == response.body
    assert blob.metadata.media_type == response.headers["content-type"] == "image/webp"
    assert blob.metadata.cache_control == response.headers["cache-control"] == FOREVER
    assert blob.metadata.disposition == response.headers["content-disposition"]


def test_a_replaced_original_is_rendered_anew(laptop: World) -> None:
    before = laptop.ask("/cats/tom.jpg", "w=150")
    laptop.put(PHOTO, draw("jpeg-portrait"))

    after = laptop.ask("/cats/tom.jpg", "w=150")

    assert size_of(after) == (150, 225)
    assert after.headers["x-calotype"].startswith("render")
    assert after.headers["etag"] != before.headers["etag"]


def test_a_deleted_original_is_gone_with_its_derivatives(laptop: World) -> None:
    laptop.ask("/cats/tom.jpg", "w=150")
    laptop.originals.delete([PHOTO])

    assert laptop.ask("/cats/tom.jpg", "w=150").status == 404


def test_the_kind_is_told_from_the_bytes_and_not_from_the_name(laptop: World) -> None:
    laptop.put("lies.jpg", draw("png"))

    response = laptop.ask("/lies.jpg", "w=30")

    assert response.headers["content-type"] == "image/png"
    assert response.headers["content-disposition"] == 'inline; filename="lies.png"'


# Negotiation.


def test_a_negotiated_answer_varies_by_accept(laptop: World) -> None:
    response = laptop.ask("/cats/tom.jpg", "w=150&auto=format", headers=CHROME)

    assert response.headers["content-type"] == "image/avif"
    assert response.headers["vary"] == "Accept, Save-Data"
    assert list(laptop.derivatives.objects) == ["cats/tom.jpg/fm=auto-avif,r=3,w=150"]


def test_what_the_edge_negotiated_is_the_same_derivative(laptop: World) -> None:
    raw = laptop.ask("/cats/tom.jpg", "w=150&auto=format", headers=CHROME)

    canonical = laptop.ask("/cats/tom.jpg/fm=auto-avif,r=3,w=150")

    assert canonical.headers["x-calotype"].startswith("stored")
    assert canonical.headers["vary"] == "Accept"
    assert canonical.headers["etag"] == raw.headers["etag"]


@pytest.mark.parametrize("query", ["", "q=50", "w=150&q=50&fm=webp&auto=format", "fm=json", "v=1"])
def test_an_answer_that_no_header_could_change_does_not_vary(laptop: World, query: str) -> None:
    assert "vary" not in laptop.ask("/cats/tom.jpg", query, headers=CHROME).headers


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
    laptop: World, query: str, hinted: bool, vary: str
) -> None:
    hinting = dataclasses.replace(laptop.origin, policy=Policy(client_hints=hinted))

    answer = hinting.answer(Request("GET", "/cats/tom.jpg", query))

    assert answer.headers["vary"] == vary


def test_not_modified_and_stored_answers_vary_too(laptop: World) -> None:
    first = laptop.ask("/cats/tom.jpg", "auto=format", headers=CHROME)

    stored = laptop.ask("/cats/tom.jpg", "auto=format", headers=CHROME)
    unchanged = laptop.ask(
        "/cats/tom.jpg",
        "auto=format",
        headers=CHROME | {"if-none-match": first.headers["etag"]},
    )

    assert stored.headers["vary"] == unchanged.headers["vary"] == "Accept, Save-Data"


# URLs that expire.


@pytest.fixture
def expiring(laptop: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    return laptop


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


def test_a_hand_off_lasts_no_longer_than_its_url(expiring: World) -> None:
    policy = Policy(keys={"k": "secret"}, require_signature=True)
    origin = dataclasses.replace(expiring.origin, policy=policy)
    query = sign("/cats/tom.jpg", "w=150", "k", "secret", 1_000_060)

    answer = origin.answer(Request("GET", "/cats/tom.jpg", query, answer_limit=10))

    assert answer.status == 302
    assert "expires=1000060&" in answer.headers["location"]


def test_where_imgix_signs_alone_the_hand_off_is_signed_its_way(laptop: World) -> None:
    policy = Policy(imgix_token="token", require_signature=True)
    origin = dataclasses.replace(laptop.origin, policy=policy)
    query = imgix_sign("/cats/tom.jpg", "w=150", "token")

    answer = origin.answer(Request("GET", "/cats/tom.jpg", query, answer_limit=10))

    path, _, signed = answer.headers["location"].partition("?")
    assert answer.status == 302
    assert admit(path, signed, {}, policy, 0) == path


def test_a_preflight_says_what_is_allowed(laptop: World) -> None:
    answer = laptop.ask("/cats/tom.jpg", method="OPTIONS")

    assert answer.status == 204
    assert answer.headers["access-control-allow-headers"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"


# Conditional requests.


@pytest.mark.parametrize(
    "shape", ["{}", "W/{}", '"other", {}', '{}, "other"', 'W/"other",W/{}', "*"]
)
@pytest.mark.parametrize("is_stored", [True, False])
def test_a_caller_who_has_the_derivative_gets_no_body(
    laptop: World, shape: str, is_stored: bool
) -> None:
    etag = laptop.ask("/cats/tom.jpg", "w=150").headers["etag"]
    if not is_stored:
        laptop.derivatives.objects.clear()

    response = laptop.ask("/cats/tom.jpg", "w=150", headers={"if-none-match": shape.format(etag)})

    assert (response.status, response.body) == (304, b"")
    assert response.headers["etag"] == etag
    assert response.headers["cache-control"] == FRESH
    assert response.headers["x-calotype"] == "not-modified"
    assert "content-type" not in response.headers


@pytest.mark.parametrize("given", ['"other"', "W/", "", '"*"'])
def test_a_caller_who_has_something_else_gets_the_derivative(laptop: World, given: str) -> None:
    response = laptop.ask("/cats/tom.jpg", "w=150", headers={"if-none-match": given})

    assert response.status == 200


def test_answers_have_the_same_etag_if_they_have_the_same_bytes(laptop: World) -> None:
    queries = ["w=150", "w=151", "w=150&fm=webp", "w=150&v=1", "w=150&v=2", ""]

    answers = [laptop.ask("/cats/tom.jpg", query) for query in queries]

    assert len({answer.headers["etag"] for answer in answers}) == 4
    assert len({answer.body for answer in answers}) == 4


def test_a_version_token_makes_the_answer_immutable(laptop: World) -> None:
    first = laptop.ask("/cats/tom.jpg", "w=150&v=a1")
    given = {"if-none-match": first.headers["etag"]}
    second = laptop.ask("/cats/tom.jpg", "w=150&v=a1", headers=given)

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
    laptop: World, key: str, query: str, disposition: str
) -> None:
    laptop.put(key, draw("jpeg"))

    response = laptop.ask("/" + quote(key), query)

    assert response.headers["content-disposition"] == disposition
    assert all(text.isascii() and text.isprintable() for text in response.headers.values())


# Methods.


def test_head_says_what_get_would_say_without_the_bytes(laptop: World) -> None:
    got = laptop.ask("/cats/tom.jpg", "w=150")

    head = laptop.ask("/cats/tom.jpg", "w=150", method="HEAD")

    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(got.body))
    for name in ("etag", "content-type", "cache-control", "content-disposition"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize("path", ["/nobody.jpg", "/..", "/text.jpg"])
def test_head_of_a_failure_has_no_body_either(laptop: World, path: str) -> None:
    laptop.put("text.jpg", draw("text"))

    head = laptop.ask(path, "w=5", method="HEAD")

    assert head.status == laptop.ask(path, "w=5").status
    assert head.body == b""


def test_options_says_what_is_allowed(laptop: World) -> None:
    response = laptop.ask("/cats/tom.jpg", method="OPTIONS")

    assert (response.status, response.body) == (204, b"")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "get", "TRACE", ""])
def test_any_other_method_is_refused(laptop: World, method: str) -> None:
    response = laptop.ask("/cats/tom.jpg", method=method)

    assert (response.status, error_of(response)["code"]) == (405, "method-not-allowed")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"


# Failures.


@dataclass(frozen=True)
class LastNotification:
    """What a failure is answered with."""

    status: int
    code: str
    seconds: int


FAILURES = [
    ("/nobody.jpg", "w=5", LastNotification(404, "no-such-original", 60)),
    ("/nobody.jpg", "", LastNotification(404, "no-such-original", 60)),
    ("/cats/tom.jpg", "w=0", LastNotification(400, "bad-value", 300)),
    ("/cats/tom.jpg", "rect=300,0,5,5", LastNotification(400, "bad-value", 300)),
    ("/cats/tom.jpg", "w=10&pad=5", LastNotification(400, "bad-value", 300)),
    ("/..", "w=5", LastNotification(400, "bad-key", 300)),
    ("/", "w=5", LastNotification(400, "bad-key", 300)),
    ("/cats/tom.jpg", "w=5&x=" + "y" * 5000, LastNotification(414, "url-too-long", 300)),
    ("/cats/tom.jpg", "w=5&expires=1", LastNotification(410, "expired", 300)),
    ("/text.jpg", "w=5", LastNotification(415, "not-a-picture", 300)),
    ("/text.jpg", "", LastNotification(415, "not-a-picture", 300)),
    ("/html.jpg", "", LastNotification(415, "not-a-picture", 300)),
    ("/empty.jpg", "", LastNotification(415, "not-a-picture", 300)),
    ("/empty.jpg", "w=5", LastNotification(415, "not-a-picture", 300)),
    ("/svg.svg", "fm=png", LastNotification(415, "not-a-picture", 300)),
    ("/jpeg-truncated-header.jpg", "w=5", LastNotification(422, "unprocessable", 300)),
    ("/png-bomb.png", "w=5", LastNotification(422, "unprocessable", 300)),
]


@pytest.mark.parametrize("path, query, told", FAILURES)
def test_every_failure_has_its_status_code_and_life(
    laptop: World, path: str, query: str, told: LastNotification
) -> None:
    for name in ("text", "html", "empty", "jpeg-truncated-header"):
        laptop.put(f"{name}.jpg", draw(name))
    laptop.put("svg.svg", draw("svg"))
    laptop.put("png-bomb.png", draw("png-bomb"))

    response = laptop.ask(path, query)

    assert (response.status, error_of(response)["code"]) == (told.status, told.code)
    assert response.headers["cache-control"] == f"public, max-age={told.seconds}"
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["access-control-allow-origin"] == "*"
    assert not laptop.derivatives.objects


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
def test_a_refusal_names_the_parameter(laptop: World, query: str, param: str) -> None:
    told = error_of(laptop.ask("/cats/tom.jpg", query))

    assert told["param"] == param
    assert told["message"].startswith((f"{param} accepts ", "the URL has expired"))


def test_an_original_of_too_many_bytes_is_refused_before_it_is_fetched() -> None:
    unreadable = BrokenBucket(broken=frozenset({"read"}))
    unreadable.write(PHOTO, draw("jpeg"), ObjectMetadata("image/jpeg"))
    small = world(originals=unreadable, limits=Limits(bytes_in=100))

    response = small.ask("/cats/tom.jpg", "w=5")

    assert (response.status, error_of(response)["code"]) == (413, "too-large")


def test_a_truncated_jpeg_is_shown_as_far_as_it_goes(laptop: World) -> None:
    laptop.put("cut.jpg", draw("jpeg-truncated"))

    assert laptop.ask("/cut.jpg", "w=150").status == 200


def test_a_url_of_four_kilobytes_is_long_but_good(laptop: World) -> None:
    filler = "x=" + "y" * (4096 - len("/cats/tom.jpg?w=5&x="))

    assert laptop.ask("/cats/tom.jpg", f"w=5&{filler}").status == 200
    assert laptop.ask("/cats/tom.jpg", f"w=5&{filler}y").status == 414


@pytest.mark.parametrize("seconds, status", [(-1, 410), (3600, 200)])
def test_a_url_works_until_it_expires(laptop: World, seconds: int, status: int) -> None:
    until = int(time.time()) + seconds

    assert laptop.ask("/cats/tom.jpg", f"w=5&expires={until}").status == status


def test_expires_is_no_part_of_the_derivatives_name(laptop: World) -> None:
    laptop.ask("/cats/tom.jpg", f"w=5&expires={int(time.time()) + 3600}")

    assert list(laptop.derivatives.objects) == ["cats/tom.jpg/r=3,w=5"]


# The original's own bytes.


@pytest.mark.parametrize("query", ["", "v=2", "dl=x.jpg", "utm_source=mail"])
def test_with_nothing_asked_of_the_pixels_the_own_bytes_are_answered(
    laptop: World, query: str
) -> None:
    response = laptop.ask("/cats/tom.jpg", query)

    assert response.body == draw("jpeg")
    assert response.headers["content-type"] == "image/jpeg"
    assert response.headers["x-calotype"] == "original; in=jpeg"
    assert len(laptop.derivatives.objects) == 1
    assert laptop.ask("/cats/tom.jpg", query).headers["x-calotype"] == "stored; in=jpeg"


@pytest.mark.parametrize(
    "name, media_type", [("heic", "image/heic"), ("tiff", "image/tiff"), ("png-bomb", "image/png")]
)
def test_own_bytes_are_labelled_by_what_they_are(laptop: World, name: str, media_type: str) -> None:
    laptop.put("thing.jpg", draw(name))

    response = laptop.ask("/thing.jpg")

    assert (response.status, response.body) == (200, draw(name))
    assert response.headers["content-type"] == media_type


@pytest.mark.parametrize("query", ["", "w=100", "auto=format", "dl"])
def test_an_svg_is_sanitised_and_may_do_nothing(laptop: World, query: str) -> None:
    laptop.put("logo.svg", draw("svg-hostile"))

    for how in ("render", "stored"):
        response = laptop.ask("/logo.svg", query)
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


def test_an_svg_that_is_not_well_formed_is_broken(laptop: World) -> None:
    laptop.put("logo.svg", draw("svg")[:200])

    assert laptop.ask("/logo.svg").status == 422


# Answers too large for Lambda.


def test_a_derivative_too_large_is_handed_to_the_bucket_in_front(laptop: World) -> None:
    response = laptop.ask("/cats/tom.jpg", "w=150", answer_limit=1000)

    assert (response.status, response.body) == (302, b"")
    assert response.headers["location"] == "/cats/tom.jpg/r=3,w=150"
    assert response.headers["cache-control"] == "no-store"
    assert size_of(laptop.ask("/cats/tom.jpg", "w=150")) == (150, 100)


def test_where_no_bucket_is_in_front_a_link_into_it_follows(laptop: World) -> None:
    laptop.ask("/cats/tom.jpg", "w=150", answer_limit=1000)

    response = laptop.ask("/cats/tom.jpg", "w=150", answer_limit=1000)

    assert response.status == 302
    assert response.headers["location"].startswith("memory://derivatives/cats/tom.jpg/r=3,w=150")
    assert response.headers["cache-control"] == "no-store"


def test_own_bytes_too_large_are_copied_and_handed_over(laptop: World) -> None:
    response = laptop.ask("/cats/tom.jpg", answer_limit=1000)

    assert (response.status, response.headers["location"]) == (302, "/cats/tom.jpg/r=3")
    assert laptop.derivatives.objects["cats/tom.jpg/r=3"].body == draw("jpeg")


def test_head_of_what_is_too_large_is_answered_at_once(laptop: World) -> None:
    response = laptop.ask("/cats/tom.jpg", method="HEAD", answer_limit=1000)

    assert response.status == 200
    assert response.headers["content-length"] == str(len(draw("jpeg")))


def test_what_can_neither_be_answered_nor_kept_is_too_large(laptop: World) -> None:
    key = "k" * 1020 + ".jpg"
    laptop.put(key, draw("jpeg"))

    assert laptop.ask(f"/{key}", "w=150").status == 200
    assert laptop.ask(f"/{key}", "w=150", answer_limit=1000).status == 413
    assert not laptop.derivatives.objects


def test_own_bytes_that_can_neither_be_answered_nor_kept_are_too_large(laptop: World) -> None:
    key = "k" * 1020 + ".jpg"
    laptop.put(key, draw("jpeg"))

    assert laptop.ask(f"/{key}").status == 200
    assert laptop.ask(f"/{key}", answer_limit=1000).status == 413
    assert not laptop.derivatives.objects


# The fallback original.


@pytest.fixture
def with_fallback() -> World:
    made = world(fallback=OriginalKey("sorry.png"))
    made.put("sorry.png", draw("png"))
    made.put("text.jpg", draw("text"))
    return made


@pytest.mark.parametrize("path, status", [("/nobody.jpg", 404), ("/text.jpg", 415)])
def test_a_fallback_is_shown_with_the_failures_status(
    with_fallback: World, path: str, status: int
) -> None:
    response = with_fallback.ask(path, "w=30")

    assert (response.status, size_of(response)) == (status, (30, 20))
    assert response.headers["content-type"] == "image/png"
    assert response.headers["cache-control"] == f"public, max-age={60 if status == 404 else 300}"
    assert "etag" not in response.headers


def test_a_fallback_is_no_answer_to_a_bad_url(with_fallback: World) -> None:
    assert error_of(with_fallback.ask("/nobody.jpg", "w=0"))["param"] == "w"


@pytest.mark.parametrize("fallback", ["also-missing.png", "text.jpg"])
def test_a_fallback_that_is_missing_or_broken_leaves_the_failure(fallback: str) -> None:
    made = world(fallback=OriginalKey(fallback))
    made.put("text.jpg", draw("text"))

    assert error_of(made.ask("/nobody.jpg", "w=30"))["code"] == "no-such-original"


def test_a_condition_on_the_missing_original_does_not_hit_the_fallback(
    with_fallback: World,
) -> None:
    response = with_fallback.ask("/nobody.jpg", "w=30", headers={"if-none-match": "*"})

    assert response.status == 404


# What a request costs.


@pytest.fixture
def spelled_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return every canonical form that is computed."""
    forms: list[str] = []

    def counted(transform: Transform) -> str:
        forms.append(canonical(transform))
        return forms[-1]

    monkeypatch.setattr(responses, "canonical", counted)
    monkeypatch.setattr(grammar, "canonical", counted)
    return forms


@pytest.mark.parametrize("query", ["w=150", "", "fm=json"])
def test_the_canonical_form_is_computed_once_for_a_miss_and_once_for_a_hit(
    laptop: World, spelled_out: list[str], query: str
) -> None:
    miss = laptop.ask("/cats/tom.jpg", query)
    after_miss = len(spelled_out)
    hit = laptop.ask("/cats/tom.jpg", query, headers={"if-none-match": '"another"'})

    assert (miss.status, hit.status) == (200, 200)
    assert (after_miss, len(spelled_out)) == (1, 2)


# A bucket in front.


@dataclass(slots=True)
class CountedBucket(MemoryBucket):
    """A bucket that remembers which keys were read."""

    asked: list[str] = field(default_factory=list)

    def read(self, key: str, *, first: int | None = None) -> Blob | None:
        self.asked.append(key)
        return MemoryBucket.read(self, key, first=first)


def behind_a_bucket(**changes: Any) -> tuple[World, CountedBucket]:
    bucket = CountedBucket("derivatives")
    return world(derivatives=bucket, bucket_in_front=True, **changes), bucket


def test_what_the_bucket_in_front_does_not_have_is_not_looked_up_again() -> None:
    made, bucket = behind_a_bucket()

    response = made.ask("/cats/tom.jpg/r=3,w=150")

    assert response.headers["x-calotype"].startswith("render")
    assert bucket.asked == []
    assert f"{PHOTO}/r=3,w=150" in bucket.objects


@pytest.mark.parametrize(
    "path, query",
    [
        ("/cats/tom.jpg", "w=150"),
        ("/cats/tom.jpg/r=9,w=150", ""),
        ("/cats/tom.jpg/w=150,r=3", ""),
        ("/cats%2Ftom.jpg/r=3,w=150", ""),
    ],
)
def test_what_the_bucket_in_front_was_not_asked_for_is_looked_up(path: str, query: str) -> None:
    made, bucket = behind_a_bucket()
    made.ask("/cats/tom.jpg/r=3,w=150")

    response = made.ask(path, query)

    assert response.headers["x-calotype"].startswith("stored")
    assert bucket.asked == [f"{PHOTO}/r=3,w=150"]


def test_the_fallback_original_is_looked_up_where_a_bucket_is_in_front() -> None:
    made, bucket = behind_a_bucket(fallback=OriginalKey(PHOTO))
    made.ask("/cats/tom.jpg/r=3,w=150")

    response = made.ask("/missing.jpg/r=3,w=150")

    assert (response.status, size_of(response)) == (404, (150, 100))
    assert bucket.asked == [f"{PHOTO}/r=3,w=150"]


@pytest.mark.parametrize(
    "query", ["r=3,w=150", "r=3", "crop=focalpoint,fit=crop,h=199,q=100,r=3,w=299"]
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
    made.ask("/cats/tom.jpg/r=3", answer_limit=1000)
    made.put(PHOTO, draw("jpeg-portrait"))

    response = made.ask("/cats/tom.jpg/r=3", answer_limit=1000)

    assert response.headers["location"] == "/cats/tom.jpg/r=3"


# The catalog and the queue.


def test_the_catalog_knows_the_version_without_asking_the_bucket(laptop: World) -> None:
    stat = laptop.originals.stat(PHOTO)
    assert stat is not None
    laptop.catalog.save(
        PHOTO, to_json(OriginalRecord(PHOTO, 1, stat.version, bytes=stat.size)), after=0
    )

    response = laptop.ask("/cats/tom.jpg", "w=150")

    assert response.headers["cache-control"] == FRESH
    assert laptop.queue.sent == []


def test_an_original_the_catalog_does_not_know_has_its_ingest_requested_once(laptop: World) -> None:
    laptop.ask("/cats/tom.jpg", "w=150")
    laptop.ask("/cats/tom.jpg", "w=151")

    ((message, delay),) = laptop.queue.sent

    assert delay == 0
    stat = laptop.originals.stat(PHOTO)
    assert stat is not None
    assert message == {
        "schema": 1,
        "event": "ingest-requested",
        "key": PHOTO,
        "version": stat.version,
        "bytes": stat.size,
        "reason": "unknown",
    }


def test_a_new_version_is_requested_again(laptop: World) -> None:
    laptop.ask("/cats/tom.jpg", "w=150")
    laptop.put(PHOTO, draw("jpeg-portrait"))
    laptop.ask("/cats/tom.jpg", "w=150")

    assert len(laptop.queue.sent) == 2


def test_nothing_is_requested_for_an_original_that_is_not_there(laptop: World) -> None:
    laptop.ask("/nobody.jpg", "w=150")

    assert laptop.queue.sent == []


# Things that are down.


@dataclass(slots=True)
class BrokenBucket(MemoryBucket):
    """A bucket whose every operation fails, as S3's do on a bad day."""

    failure: type[StoreFailed | Unavailable] = StoreFailed
    broken: frozenset[str] = frozenset({"stat", "read", "write", "copy_from", "link"})

    def _fail(self, operation: str) -> None:
        if operation in self.broken:
            message = "a service behind this one failed"
            raise self.failure(message, detail="secret detail")

    def stat(self, key: str) -> Stat | None:
        self._fail("stat")
        return MemoryBucket.stat(self, key)

    def read(self, key: str, *, first: int | None = None) -> Blob | None:
        self._fail("read")
        return MemoryBucket.read(self, key, first=first)

    def write(self, key: str, body: bytes, metadata: ObjectMetadata) -> None:
        self._fail("write")
        MemoryBucket.write(self, key, body, metadata)

    def copy_from(
        self, bucket: MemoryBucket, source: Source, key: str, metadata: ObjectMetadata
    ) -> None:
        self._fail("copy_from")
        MemoryBucket.copy_from(self, bucket, source, key, metadata)


@dataclass
class BrokenCatalog:
    """A catalog that cannot be reached."""

    asked: list[str] = field(default_factory=list)

    def find(self, key: str, *, consistent: bool = False) -> Mapping[str, Any] | None:
        self.asked.append(key)
        message = "a service behind this one cannot be reached"
        raise Unavailable(message)

    def save(self, key: str, item: Mapping[str, Any], *, after: int) -> bool:
        return bool(self.find(key))


@dataclass
class BrokenQueue:
    """A queue that cannot be reached."""

    tried: int = 0

    def send(self, message: Mapping[str, Any], *, delay: int = 0) -> None:
        self.tried += 1
        text = "a service behind this one failed"
        raise StoreFailed(text)


def test_the_picture_is_served_while_all_but_the_originals_is_down() -> None:
    catalog, queue = BrokenCatalog(), BrokenQueue()
    made = world(derivatives=BrokenBucket(), catalog=catalog, queue=queue)

    for query in ("w=150", ""):
        response = made.ask("/cats/tom.jpg", query)
        assert response.status == 200
        assert response.headers["cache-control"] == "no-store"

    assert catalog.asked
    assert queue.tried


def test_the_picture_is_served_where_there_is_no_catalog_and_no_queue() -> None:
    assert world(catalog=None, queue=None).ask("/cats/tom.jpg", "w=150").status == 200


@pytest.mark.parametrize("failure, status", [(StoreFailed, 502), (Unavailable, 503)])
@pytest.mark.parametrize("broken", ["stat", "read"])
@pytest.mark.parametrize("query", ["w=150", ""])
def test_without_the_originals_there_is_a_failure_that_nobody_keeps(
    failure: type[StoreFailed | Unavailable], status: int, broken: str, query: str
) -> None:
    originals = BrokenBucket(failure=failure, broken=frozenset({broken}))
    originals.write(PHOTO, draw("jpeg"), ObjectMetadata("image/jpeg"))
    made = world(originals=originals)

    response = made.ask("/cats/tom.jpg", query)

    assert response.status == status
    assert response.headers["cache-control"] == "no-store"
    assert b"secret" not in response.body


def test_a_fallback_does_not_hide_that_the_originals_are_down() -> None:
    made = world(originals=BrokenBucket(), fallback=OriginalKey("sorry.png"))

    assert made.ask("/cats/tom.jpg", "w=150").status == 502


@pytest.mark.parametrize("query", ["w=150", ""])
def test_a_large_derivative_that_cannot_be_kept_is_a_failure(query: str) -> None:
    made = world(derivatives=BrokenBucket())

    response = made.ask("/cats/tom.jpg", query, answer_limit=1000)

    assert (response.status, response.headers["cache-control"]) == (502, "no-store")


def test_past_the_deadline_nothing_is_started(laptop: World) -> None:
    response = laptop.ask("/cats/tom.jpg", "w=150", deadline=time.monotonic() - 1)

    assert (response.status, error_of(response)["code"]) == (503, "out-of-time")
    assert response.headers["cache-control"] == "no-store"
    assert not laptop.derivatives.objects


class Slow(MemoryBucket):
    """Has originals that take a while to read."""

    def __init__(self) -> None:
        super().__init__("originals")
        self.reads = 0
        self.begun, self.may_end = threading.Event(), threading.Event()

    def read(self, key: str, *, first: int | None = None) -> Blob | None:
        self.reads += 1
        self.begun.set()
        assert self.may_end.wait(10)
        return super().read(key, first=first)


def test_what_several_ask_for_at_once_is_made_once() -> None:
    originals = Slow()
    laptop = world(originals=originals)
    originals.write(PHOTO, draw("jpeg"), ObjectMetadata("image/jpeg"))
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(laptop.ask, "/cats/tom.jpg", "w=150") for _ in range(8)]
        assert originals.begun.wait(10)
        time.sleep(0.2)  # by now all are waiting
        originals.may_end.set()
        answers = [each.result() for each in asked]

    assert originals.reads == 1
    assert {answer.body for answer in answers} == {answers[0].body}
    assert size_of(answers[0]) == (150, 100)


def test_requests_that_share_a_render_are_compared_with_their_own_tags() -> None:
    originals = Slow()
    laptop = world(originals=originals)
    originals.write(PHOTO, draw("jpeg"), ObjectMetadata("image/jpeg"))
    originals.may_end.set()
    etag = laptop.ask("/cats/tom.jpg", "w=150").headers["etag"]
    laptop.derivatives.objects.clear()
    originals.may_end.clear()
    originals.begun.clear()
    tags = [etag, "", '"other"', etag]

    with ThreadPoolExecutor(len(tags)) as pool:
        asked = [
            pool.submit(laptop.ask, "/cats/tom.jpg", "w=150", headers={"if-none-match": tag})
            for tag in tags
        ]
        assert originals.begun.wait(10)
        time.sleep(0.2)  # by now all are waiting
        originals.may_end.set()
        statuses = [each.result().status for each in asked]

    assert originals.reads == 2
    assert statuses == [304, 200, 200, 304]


def test_who_waits_for_another_has_a_deadline_too() -> None:
    originals = Slow()
    laptop = world(originals=originals)
    originals.write(PHOTO, draw("jpeg"), ObjectMetadata("image/jpeg"))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(laptop.ask, "/cats/tom.jpg", "w=150")
        assert originals.begun.wait(10)

        second = laptop.ask("/cats/tom.jpg", "w=150", deadline=time.monotonic() + 0.1)

        originals.may_end.set()
        assert first.result().status == 200
    assert (second.status, error_of(second)["code"]) == (503, "out-of-time")
    assert second.headers["cache-control"] == "no-store"


def test_with_time_left_the_deadline_changes_nothing(laptop: World) -> None:
    assert laptop.ask("/cats/tom.jpg", "w=150", deadline=time.monotonic() + 60).status == 200


def test_a_broken_colour_profile_is_no_failure(laptop: World) -> None:
    image = Image.new("RGB", (60, 40))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", icc_profile=b"no profile" * 20)
    laptop.put("odd.jpg", buffer.getvalue())

    assert laptop.ask("/odd.jpg", "w=30").status == 200


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
def test_odd_keys_are_found_in_both_spellings(laptop: World, key: str) -> None:
    laptop.put(key, draw("jpeg"))

    raw = laptop.ask("/" + quote(key), "w=150")
    canonical = laptop.ask("/" + quote(key) + "/r=3,w=150")

    assert (raw.status, canonical.status) == (200, 200)
    assert raw.headers["etag"] == canonical.headers["etag"]


def test_failures_are_timed_too(laptop: World) -> None:
    assert laptop.ask("/nobody.jpg", "w=5").headers["server-timing"].startswith("catalog;dur=")
