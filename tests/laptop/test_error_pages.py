"""Errors as pages: who gets one, what it says, and that no cache can hold it."""

from typing import Final

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from infra.laptop.error_pages import ErrorPages, is_navigation, render_page

CHROME: Final = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
)
PICTURE: Final = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
ERROR: Final = {"error": {"code": "bad-value", "message": "w accepts a number", "param": "w"}}


@pytest.fixture
def client() -> TestClient:
    def answer(request: Request) -> Response:
        if request.url.path == "/fine.jpg":
            return Response(b"picture", media_type="image/jpeg")
        return JSONResponse(ERROR, 400, {"cache-control": "public, max-age=300"})

    routes = [Route("/{path:path}", answer, methods=["GET", "HEAD"])]
    return TestClient(ErrorPages(Starlette(routes=routes)))


@pytest.mark.parametrize(
    "headers",
    [
        {"accept": CHROME},
        {"accept": CHROME, "sec-fetch-dest": "document"},
        {"accept": "application/json;q=0.5, text/html"},
    ],
)
def test_a_person_gets_a_page(headers: dict[str, str]) -> None:
    assert is_navigation(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"accept": "*/*"},
        {"accept": PICTURE},
        {"accept": PICTURE, "sec-fetch-dest": "image"},
        {"accept": CHROME, "sec-fetch-dest": "image"},
        {"accept": CHROME, "sec-fetch-dest": "empty"},
        {"accept": "application/json, text/html;q=0.9"},
        {"accept": "text/html;q=0"},
        {"accept": "text/html;q=nan"},
    ],
)
def test_a_program_or_a_picture_gets_json(headers: dict[str, str]) -> None:
    assert not is_navigation(headers)


def test_a_page_is_never_cached_and_has_the_status_of_the_error(client: TestClient) -> None:
    page = client.get("/tom.jpg?w=x", headers={"accept": CHROME})

    assert (page.status_code, page.headers["cache-control"]) == (400, "no-store")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["vary"] == "Accept, Sec-Fetch-Dest"
    assert "<code>w</code> accepts a number" in page.text
    assert 'href="/_/#/tom.jpg?w=x"' in page.text
    assert "<mark>w=x</mark>" in page.text
    assert client.head("/tom.jpg?w=x", headers={"accept": CHROME}).content == b""


def test_the_json_for_a_picture_is_unchanged(client: TestClient) -> None:
    answer = client.get("/tom.jpg?w=x", headers={"accept": PICTURE})

    assert (answer.status_code, answer.json()) == (400, ERROR)
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["vary"] == "Accept, Sec-Fetch-Dest"


def test_a_picture_is_unchanged(client: TestClient) -> None:
    answer = client.get("/fine.jpg", headers={"accept": CHROME})

    assert (answer.content, answer.headers["content-type"]) == (b"picture", "image/jpeg")
    assert "vary" not in answer.headers


def test_a_url_is_escaped() -> None:
    error = {"code": "x", "message": "bad <name>", "param": "<i>"}

    page = render_page(404, error, "/%3Cscript%3E.jpg", '%3Ci%3E=1&"><script>=2').decode()

    assert "<script" not in page
    assert "<i>" not in page
    assert "Bad &lt;name&gt;" in page


def test_the_style_is_the_one_that_the_policy_allows(client: TestClient) -> None:
    policy = client.get("/a", headers={"accept": CHROME}).headers["content-security-policy"]

    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
