"""A derivative has the same entity tag from the bucket and from the function."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from infra.laptop.cloud import DERIVATIVES
from origin_lambda.url.admission import Policy
from tests.laptop.test_stack import BASE, restart_edge
from tests.support.originals import draw
from tests.support.stack import Stack, run_stack

URLS = ["/tom.jpg?w=120&fm=webp", "/tom.jpg", "/tom.jpg?fm=json"]


@pytest.fixture(params=[False, True], ids=["edge", "direct"])
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    (tmp_path / "tom.jpg").write_bytes(draw("jpeg"))
    with run_stack(tmp_path, Policy(), direct=request.param) as stack:
        stack.settle()
        yield stack


@pytest.mark.parametrize("url", URLS)
def test_a_rendered_answer_has_the_entity_tag_of_s3(stack: Stack, url: str) -> None:
    with TestClient(stack.application, base_url=BASE) as browser:
        browser.get("/tom.jpg?w=1")  # uploads the file, so that it can be ingested
        stack.settle()

        rendered = browser.get(url)

    [key] = [key for key in stack.derivatives("tom.jpg/") if "w=1" not in key.split(",")]
    assert rendered.headers["etag"] == stack.s3.head_object(Bucket=DERIVATIVES, Key=key)["ETag"]


def test_a_browser_revalidates_at_an_edge_with_a_cold_cache(tmp_path: Path) -> None:
    (tmp_path / "tom.jpg").write_bytes(draw("jpeg"))
    with run_stack(tmp_path, Policy()) as stack:
        with TestClient(stack.application, base_url=BASE) as browser:
            rendered = browser.get("/tom.jpg?w=120&fm=webp")
        with TestClient(restart_edge(stack), base_url=BASE) as browser:
            headers = {"if-none-match": rendered.headers["etag"]}
            second = browser.get("/tom.jpg?w=120&fm=webp", headers=headers)

    assert (rendered.status_code, second.status_code) == (200, 304)
    assert second.headers["etag"] == rendered.headers["etag"]


def test_a_derivative_that_was_deleted_keeps_its_tag(stack: Stack) -> None:
    with TestClient(stack.application, base_url=BASE) as browser:
        first = browser.get("/tom.jpg?w=120&fm=webp")
        for key in stack.derivatives("tom.jpg/"):
            stack.s3.delete_object(Bucket=DERIVATIVES, Key=key)
        headers = {"if-none-match": first.headers["etag"], "cache-control": "no-cache"}

        second = browser.get("/tom.jpg?w=120&fm=webp", headers=headers)

    assert second.status_code == 304
    assert second.content == b""
