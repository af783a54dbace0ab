"""A derivative has one entity tag, from whichever origin it is answered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from infra.laptop.cloud import DERIVATIVES
from origin_lambda.url.admission import Policy
from tests.laptop.test_stack import BASE, running_again
from tests.support.originals import draw
from tests.support.stack import Stack, run_stack

URLS = ["/tom.jpg?w=120&fm=webp", "/tom.jpg", "/tom.jpg?fm=json"]


@pytest.fixture(params=[False, True], ids=["edge", "direct"])
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    (tmp_path / "tom.jpg").write_bytes(draw("jpeg"))
    with run_stack(tmp_path, Policy(), direct=request.param) as made:
        made.settle()
        yield made


@pytest.mark.parametrize("url", URLS)
def test_the_first_answer_has_the_tag_that_s3_gives(stack: Stack, url: str) -> None:
    with TestClient(stack.application, base_url=BASE) as browser:
        browser.get("/tom.jpg?w=1")  # the start has listed the folder by now
        stack.settle()

        rendered = browser.get(url)

    [key] = [key for key in stack.derivatives("tom.jpg/") if "w=1" not in key.split(",")]
    assert rendered.headers["etag"] == stack.s3.head_object(Bucket=DERIVATIVES, Key=key)["ETag"]


def test_a_browser_revalidates_at_an_edge_that_has_forgotten(tmp_path: Path) -> None:
    (tmp_path / "tom.jpg").write_bytes(draw("jpeg"))
    with run_stack(tmp_path, Policy()) as stack:
        with TestClient(stack.application, base_url=BASE) as browser:
            rendered = browser.get("/tom.jpg?w=120&fm=webp")
        with TestClient(running_again(stack), base_url=BASE) as browser:
            headers = {"if-none-match": rendered.headers["etag"]}
            again = browser.get("/tom.jpg?w=120&fm=webp", headers=headers)

    assert (rendered.status_code, again.status_code) == (200, 304)
    assert again.headers["etag"] == rendered.headers["etag"]


def test_a_derivative_that_was_deleted_keeps_its_tag(stack: Stack) -> None:
    with TestClient(stack.application, base_url=BASE) as browser:
        first = browser.get("/tom.jpg?w=120&fm=webp")
        for key in stack.derivatives("tom.jpg/"):
            stack.s3.delete_object(Bucket=DERIVATIVES, Key=key)
        headers = {"if-none-match": first.headers["etag"], "cache-control": "no-cache"}

        again = browser.get("/tom.jpg?w=120&fm=webp", headers=headers)

    assert again.status_code == 304
    assert again.content == b""
