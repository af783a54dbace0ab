"""Whole requests to upload, with a bucket, a catalog and posts in memory."""

import dataclasses
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda import log
from origin_lambda.adapters.memory import MemoryBucket, MemoryCatalog, MemoryPresignedPosts
from origin_lambda.errors import Unavailable
from origin_lambda.http import Request, Response
from origin_lambda.originals.catalog import to_json
from origin_lambda.originals.record import OriginalRecord, Status
from origin_lambda.ports import ObjectMetadata
from origin_lambda.uploads.tokens import Token
from origin_lambda.uploads.upload import Upload
from origin_lambda.url.grammar import escape, parse

MOST = 5_000_000
SITE = Token("site", "site-token-0123456789", "uploads/")
ROOT = Token("root", "root-token-0123456789")


@dataclass
class World:
    """An upload service, and everything around it that a test may want to look at."""

    upload: Upload
    originals: MemoryBucket
    catalog: MemoryCatalog
    posts: MemoryPresignedPosts

    def ask(
        self, method: str, path: str, token: Token | None = SITE, body: bytes = b""
    ) -> Response:
        headers = {"authorization": f"Bearer {token.secret}"} if token else {}
        return self.upload.answer(Request(method, path, headers=headers, body=body))

    def announce(self, token: Token = SITE, **fields: Any) -> Response:
        return self.ask("POST", "/uploads", token, json.dumps(fields).encode())

    def progress(self, key: str, token: Token = SITE) -> dict[str, Any]:
        response = self.ask("GET", f"/uploads/{escape(key)}", token)
        assert response.status == 200
        document: dict[str, Any] = json.loads(response.body)
        return document


def world(**changes: Any) -> World:
    originals, catalog, posts = MemoryBucket(), MemoryCatalog(), MemoryPresignedPosts()
    upload = Upload(originals, catalog, posts, (ROOT, SITE), MOST)
    return World(dataclasses.replace(upload, **changes), originals, catalog, posts)


@pytest.fixture
def laptop() -> World:
    return world()


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    written: list[str] = []
    monkeypatch.setattr(log, "write", written.append)
    return written


def body_of(response: Response) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(response.body)
    return body


def error_of(response: Response) -> dict[str, str]:
    error: dict[str, str] = body_of(response)["error"]
    return error


# Asking to upload.


def test_an_announced_picture_gets_a_form_and_a_key(laptop: World) -> None:
    before = int(time.time())

    response = laptop.announce(
        filename="Tom & Jerry.JPG", type="image/jpeg", size=123, prefix="cats/"
    )

    answer = body_of(response)
    key = answer["key"]
    assert response.status == 201
    assert key.startswith("uploads/cats/")
    assert key.endswith("/tom-jerry.jpg")
    assert answer | {"expires": 0} == {
        "key": key,
        "url": "memory://uploads/",
        "fields": {"key": key, "Content-Type": "image/jpeg"},
        "expires": 0,
        "max_bytes": MOST,
        "status": f"/uploads/{key}",
    }
    assert before + 900 <= answer["expires"] <= time.time() + 900
    assert laptop.posts.created == [(key, "image/jpeg", MOST, 900)]


def test_a_file_name_is_all_it_takes(laptop: World) -> None:
    response = laptop.announce(filename="tom.png")

    assert response.status == 201
    assert laptop.posts.created[0][1] == "image/png"


def test_what_javascript_sends_for_nothing_is_nothing(laptop: World) -> None:
    response = laptop.announce(filename="tom.heic", type="", size=None, prefix="")

    assert response.status == 201
    assert laptop.posts.created[0][1] == "image/heic"
    assert laptop.announce(filename="tom.heic", type=None, prefix=None).status == 201


@pytest.mark.parametrize(
    "filename, media_type, ending, expected",
    [
        ("tom.jpeg", "", "/tom.jpeg", "image/jpeg"),
        ("tom.jfif", "image/jpg", "/tom.jfif", "image/jpeg"),
        ("tom.jpg", "IMAGE/WEBP", "/tom.jpg", "image/webp"),
        ("tom.HEIF", "image/heif", "/tom.heif", "image/heic"),
        ("tom.bmp", "image/x-ms-bmp", "/tom.bmp", "image/bmp"),
        ("tom.svg", "", "/tom.svg", "image/svg+xml"),
        ("blob", "image/png", "/blob.png", "image/png"),
        ("blob", "image/jpeg", "/blob.jpg", "image/jpeg"),
        (".jpg", "", "/image.jpg", "image/jpeg"),
        ("C:\\fakepath\\tom.gif", "", "/tom.gif", "image/gif"),
        ("holidays/tom.tif ", "", "/tom.tif", "image/tiff"),
    ],
)
def test_the_type_is_given_or_read_from_the_name(
    laptop: World, filename: str, media_type: str, ending: str, expected: str
) -> None:
    response = laptop.announce(filename=filename, type=media_type)

    key = body_of(response)["key"]
    assert key[len("uploads/") + 22 :] == ending
    assert laptop.posts.created == [(key, expected, MOST, 900)]


def test_keys_begin_with_the_tokens_prefix_and_then_the_requests(laptop: World) -> None:
    keys = [
        body_of(laptop.announce(token, filename="tom.jpg", prefix=prefix))["key"]
        for token in (ROOT, SITE)
        for prefix in ("", "cats")
    ]

    begins = [key[: -len("/tom.jpg") - 22] for key in keys]
    assert begins == ["", "cats/", "uploads/", "uploads/cats/"]


def test_where_the_deployment_has_a_prefix_it_comes_first_in_keys_and_counts_for_progress() -> None:
    held = world(prefix="site/")
    keys = [body_of(held.announce(token, filename="tom.jpg"))["key"] for token in (ROOT, SITE)]

    assert [key[: -len("/tom.jpg") - 22] for key in keys] == ["site/", "site/uploads/"]
    assert [each[0] for each in held.posts.created] == keys
    assert held.progress(keys[1]) == {"key": keys[1], "status": "waiting"}
    for token, key in ((ROOT, "tom.jpg"), (SITE, "uploads/tom.jpg"), (SITE, keys[0])):
        assert held.ask("GET", f"/uploads/{key}", token).status == 403


@given(st.text(max_size=300), st.sampled_from([".jpg", ".PNG", ".svg"]))
def test_any_file_name_becomes_a_key_of_its_own(name: str, extension: str) -> None:
    laptop = world()

    answers = [body_of(laptop.announce(filename=name + extension)) for _ in range(2)]

    keys = {answer["key"] for answer in answers}
    assert len(keys) == 2
    for answer in answers:
        assert parse(answer["status"].removeprefix("/uploads"), "").key == answer["key"]
        assert laptop.progress(answer["key"]) == {"key": answer["key"], "status": "waiting"}


@pytest.mark.parametrize(
    "name, media_type, stored",
    [
        ("tom.jpg", "application/octet-stream", "image/jpeg"),
        ("tom.png", "binary/octet-stream", "image/png"),
        ("tom.jpg", "image/pjpeg", "image/jpeg"),
        ("tom.png", "image/x-png", "image/png"),
        ("tom.png", "image/apng", "image/png"),
        ("tom.jpg", "image/jpeg; charset=binary", "image/jpeg"),
        ("tom.jpg", "IMAGE/JPEG;q=1", "image/jpeg"),
    ],
)
def test_a_type_that_says_little_is_judged_by_the_file_name(
    laptop: World, name: str, media_type: str, stored: str
) -> None:
    response = laptop.announce(filename=name, type=media_type)

    assert response.status == 201
    assert laptop.posts.created[0][1] == stored


@pytest.mark.parametrize("path", ["/uploads/%ff", "/uploads/a%ffb.jpg", "/uploads/%EF%BF%BD"])
def test_a_path_that_is_not_utf_8_names_no_upload(laptop: World, path: str) -> None:
    response = laptop.ask("GET", path, ROOT)

    assert (response.status, error_of(response)["code"]) == (400, "bad-key")


# What is refused.


@pytest.mark.parametrize(
    "fields, status, param",
    [
        ({}, 400, "filename"),
        ({"filename": None}, 400, "filename"),
        ({"filename": 5}, 400, "filename"),
        ({"filename": ""}, 415, "filename"),
        ({"filename": "tom"}, 415, "filename"),
        ({"filename": "tom."}, 415, "filename"),
        ({"filename": "tom.txt"}, 415, "filename"),
        ({"filename": "tom.txt", "type": "image/png"}, 415, "filename"),
        ({"filename": "tom.jpg.exe"}, 415, "filename"),
        ({"filename": "jpg"}, 415, "filename"),
        ({"filename": "blob", "type": "text/html"}, 415, "filename"),
        ({"filename": "tom.jpg", "type": "text/html"}, 415, "type"),
        ({"filename": "tom.jpg", "type": ["image/jpeg"]}, 400, "type"),
        ({"filename": "tom.jpg", "size": 0}, 400, "size"),
        ({"filename": "tom.jpg", "size": -1}, 400, "size"),
        ({"filename": "tom.jpg", "size": 1.5}, 400, "size"),
        ({"filename": "tom.jpg", "size": "5"}, 400, "size"),
        ({"filename": "tom.jpg", "size": True}, 400, "size"),
        ({"filename": "tom.jpg", "size": MOST + 1}, 413, "size"),
        ({"filename": "tom.jpg", "prefix": 5}, 400, "prefix"),
        ({"filename": "tom.jpg", "prefix": "../secret"}, 400, "prefix"),
        ({"filename": "tom.jpg", "prefix": ".mips"}, 400, "prefix"),
        ({"filename": "tom.jpg", "secret": 1}, 400, None),
    ],
)
def test_what_cannot_be_accepted_is_refused_by_name(
    laptop: World, fields: dict[str, Any], status: int, param: str | None
) -> None:
    response = laptop.announce(**fields)

    assert (response.status, error_of(response).get("param")) == (status, param)
    assert "secret" not in error_of(response)["message"]
    assert laptop.posts.created == []


def test_a_refused_name_gets_the_accepted_endings(laptop: World) -> None:
    assert error_of(laptop.announce(filename="tom.txt")) == {
        "code": "not-a-picture",
        "message": "filename must end in one of: .avif, .bmp, .gif, .heic, .heif, .jfif, .jpeg,"
        " .jpg, .png, .svg, .tif, .tiff, .webp",
        "param": "filename",
    }


@pytest.mark.parametrize("size", [1, MOST])
def test_any_size_up_to_the_limit_is_accepted(laptop: World, size: int) -> None:
    assert laptop.announce(filename="tom.jpg", size=size).status == 201


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"tom.jpg",
        b"null",
        b"[]",
        b'"tom.jpg"',
        b"{",
        b'{"filename": "\xff.jpg"}',
        '{"filename": "tom.jpg"}'.encode("utf-16"),
        b'{"size": ' + b"9" * 5000 + b"}",
        b"[" * 16_000,
    ],
)
def test_a_body_that_is_no_json_object_is_refused(laptop: World, body: bytes) -> None:
    response = laptop.ask("POST", "/uploads", body=body)

    assert (response.status, error_of(response)["code"]) == (400, "bad-request")


def test_a_body_with_more_than_it_needs_is_refused_unread(laptop: World) -> None:
    response = laptop.announce(filename="a" * 16_384 + ".jpg")

    assert (response.status, error_of(response)["code"]) == (413, "too-large")


@pytest.mark.parametrize(
    "method, path", [("POST", "/uploads"), ("GET", "/uploads/uploads/tom.jpg")]
)
@pytest.mark.parametrize("token", [None, Token("site", "another-token-0123")])
def test_without_a_known_token_nothing_is_answered(
    laptop: World, method: str, path: str, token: Token | None
) -> None:
    response = laptop.ask(method, path, token, b'{"filename": "tom.jpg"}')

    assert (response.status, error_of(response)["code"]) == (401, "unauthorized")
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/", "", "/upload", "/uploadsx", "/cats/uploads", "/UPLOADS"])
def test_other_paths_are_not_found(laptop: World, method: str, path: str) -> None:
    response = laptop.ask(method, path)

    assert (response.status, error_of(response)["code"]) == (404, "not-found")


@pytest.mark.parametrize(
    "method, path, allowed",
    [
        ("GET", "/uploads", "POST, OPTIONS"),
        ("HEAD", "/uploads", "POST, OPTIONS"),
        ("DELETE", "/uploads", "POST, OPTIONS"),
        ("POST", "/uploads/uploads/tom.jpg", "GET, HEAD, OPTIONS"),
        ("PUT", "/uploads/uploads/tom.jpg", "GET, HEAD, OPTIONS"),
    ],
)
def test_other_methods_get_the_allowed_ones(
    laptop: World, method: str, path: str, allowed: str
) -> None:
    response = laptop.ask(method, path)

    assert (response.status, response.headers["allow"]) == (405, allowed)


# How it goes on.


def put(laptop: World, key: str) -> None:
    laptop.originals.write(key, b"tom", ObjectMetadata("image/jpeg"))


def listed(laptop: World, key: str, status: str, **facts: Any) -> None:
    item = OriginalRecord(key, version="v1", bytes=3, status=Status(status))
    assert laptop.catalog.save(key, to_json(item) | facts, after=0)


def test_an_upload_goes_from_waiting_to_pending_to_ready(laptop: World) -> None:
    key = body_of(laptop.announce(filename="caf\u00e9.jpg"))["key"]
    seen = [laptop.progress(key)]
    put(laptop, key)
    seen.append(laptop.progress(key))
    listed(laptop, key, "ready", original={"type": "jpeg", "width": 300, "height": 200})
    seen.append(laptop.progress(key))

    original = {"version": "v1", "bytes": 3, "type": "jpeg", "width": 300, "height": 200}
    assert seen == [
        {"key": key, "status": "waiting"},
        {"key": key, "status": "pending"},
        {"key": key, "status": "ready", "original": original},
    ]


def test_a_rejected_upload_tells_why(laptop: World) -> None:
    reason = {"code": "not-a-picture", "message": "the original is not a picture"}
    listed(laptop, "uploads/tom.jpg", "rejected", reason=reason)

    assert laptop.progress("uploads/tom.jpg") == {
        "key": "uploads/tom.jpg",
        "status": "rejected",
        "reason": reason,
    }


@pytest.mark.parametrize("status", ["pending", "deleted"])
def test_the_catalogs_word_counts(laptop: World, status: str) -> None:
    put(laptop, "uploads/tom.jpg")
    listed(laptop, "uploads/tom.jpg", status)

    assert laptop.progress("uploads/tom.jpg") == {"key": "uploads/tom.jpg", "status": status}


def test_without_a_catalog_an_original_is_ready_once_it_is_there() -> None:
    laptop = world(catalog=None)
    before = laptop.progress("uploads/tom.jpg")["status"]
    put(laptop, "uploads/tom.jpg")

    assert (before, laptop.progress("uploads/tom.jpg")["status"]) == ("waiting", "ready")


@dataclass(slots=True)
class LateCatalog(MemoryCatalog):
    """A catalog whose readers see what was saved only if they insist."""

    def find(self, key: str, *, consistent: bool = False) -> Any:
        return MemoryCatalog.find(self, key) if consistent else None


def test_what_was_saved_just_now_is_known() -> None:
    catalog = LateCatalog()
    laptop = dataclasses.replace(world(catalog=catalog), catalog=catalog)
    listed(laptop, "uploads/tom.jpg", "ready")

    assert laptop.progress("uploads/tom.jpg")["status"] == "ready"


def test_a_head_is_a_get_without_its_body(laptop: World) -> None:
    get, head = (laptop.ask(method, "/uploads/uploads/tom.jpg") for method in ("GET", "HEAD"))

    assert head == dataclasses.replace(get, body=b"")


@pytest.mark.parametrize("key", ["tom.jpg", "cats/tom.jpg", "upload/tom.jpg", "UPLOADS/tom.jpg"])
def test_a_token_reaches_no_further_than_its_prefix(laptop: World, key: str) -> None:
    put(laptop, key)

    response = laptop.ask("GET", f"/uploads/{key}")

    assert (response.status, error_of(response)) == (
        403,
        {
            "code": "forbidden",
            "message": "the key does not begin with the prefix of this token",
            "param": "key",
        },
    )
    assert laptop.progress(key, ROOT)["status"] == "pending"


@pytest.mark.parametrize(
    "key",
    ["", "uploads/../tom.jpg", "uploads/%2e%2e/tom.jpg", "uploads/%ff", "uploads/" + "a" * 1024],
)
def test_a_path_that_names_no_key_is_refused(laptop: World, key: str) -> None:
    response = laptop.ask("GET", f"/uploads/{key}")

    assert (response.status, error_of(response)["code"]) == (400, "bad-key")


@dataclass(slots=True)
class DownCatalog(MemoryCatalog):
    """A catalog that cannot be reached."""

    def find(self, key: str, *, consistent: bool = False) -> Any:
        message = "busy"
        raise Unavailable(message, detail="details")


def test_a_catalog_that_is_down_is_said_to_be() -> None:
    response = world(catalog=DownCatalog()).ask("GET", "/uploads/uploads/tom.jpg")

    assert (response.status, error_of(response)["code"]) == (503, "unavailable")


# Browsers.


ANSWERS: dict[str, Callable[[World], Response]] = {
    "201": lambda laptop: laptop.announce(filename="tom.jpg"),
    "200": lambda laptop: laptop.ask("GET", "/uploads/uploads/tom.jpg"),
    "204": lambda laptop: laptop.ask("OPTIONS", "/uploads", None),
    "400": lambda laptop: laptop.announce(),
    "401": lambda laptop: laptop.ask("POST", "/uploads", None),
    "404": lambda laptop: laptop.ask("GET", "/"),
    "405": lambda laptop: laptop.ask("DELETE", "/uploads"),
    "415": lambda laptop: laptop.announce(filename="tom.txt"),
}


@pytest.mark.parametrize("status", ANSWERS)
def test_every_answer_can_be_read_by_other_sites_and_is_never_cached(
    laptop: World, status: str
) -> None:
    response = ANSWERS[status](laptop)

    assert response.status == int(status)
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers.get("content-type") == (None if status == "204" else "application/json")


@pytest.mark.parametrize("path", ["/uploads", "/uploads/uploads/tom.jpg", "/elsewhere"])
def test_a_preflight_needs_no_token(laptop: World, path: str) -> None:
    response = laptop.ask("OPTIONS", path, None)

    assert (response.status, response.body) == (204, b"")
    assert response.headers["access-control-allow-methods"] == "GET, HEAD, POST, OPTIONS"
    assert response.headers["access-control-allow-headers"] == "authorization, content-type"
    assert response.headers["access-control-max-age"] == "7200"


# The log.


def test_an_upload_is_a_line_without_token_or_name(laptop: World, lines: list[str]) -> None:
    response = laptop.announce(filename="a-secret-place.jpg", size=123)

    (line,) = lines
    assert json.loads(line) == {
        "event": "upload-announced",
        "token": "site",
        "random": body_of(response)["key"].split("/")[1],
        "type": "image/jpeg",
        "bytes": 123,
        "request": "",
    }


def test_a_refusal_is_a_line_without_token_or_name(laptop: World, lines: list[str]) -> None:
    laptop.announce(filename="a-secret-place.txt")
    laptop.ask("POST", "/uploads", Token("thief", "a-secret-guess-01"))

    refusals = [json.loads(line) for line in lines]
    assert [(line["event"], line["status"], line["param"]) for line in refusals] == [
        ("upload-refused", 415, "filename"),
        ("upload-refused", 401, None),
    ]
    assert "secret" not in "".join(lines)
