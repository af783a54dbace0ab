"""The pages of `calotype serve` in a real browser."""

import re
import shutil
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.support.originals import draw
from tests.support.served import ORIGINALS, SIGNED, serve_folder

CHROMIUM: Final = shutil.which("chromium") or shutil.which("google-chrome")
PATIENCE: Final = 60_000.0  # milliseconds

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")


@pytest.fixture(scope="module", params=["open", "signed"])
def base(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[str]:
    """Serve an empty folder, once without signatures and once with them; return the URL."""
    folder = tmp_path_factory.mktemp("served")
    (folder / ORIGINALS).mkdir()
    with serve_folder(folder, SIGNED if request.param == "signed" else {}) as url:
        yield url


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        yield page
        browser.close()


@pytest.fixture
def script_errors(page: Page) -> Iterator[list[str]]:
    """Yield the errors of the page's scripts, and fail if there are any."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield errors
    assert errors == []


def upload(page: Page, base: str, name: str, body: bytes) -> None:
    page.goto(f"{base}/_/upload")
    page.get_by_label("Picture").set_input_files(
        {"name": name, "mimeType": "image/jpeg", "buffer": body}
    )
    page.get_by_label("Folder").fill("cats/")
    page.get_by_role("button", name="Upload").click()


@pytest.mark.usefixtures("script_errors")
def test_a_picture_is_uploaded_ingested_and_shown(base: str, page: Page) -> None:
    upload(page, base, "Tom & Jerry.jpg", draw("jpeg"))

    expect(page.get_by_role("status")).to_have_text("Ready", timeout=PATIENCE)
    expect(page.get_by_role("alert")).to_be_empty()
    expect(page.locator("#url")).to_have_text(re.compile(rf"^{base}/cats/.+\.jpg(\?sig=.+)?$"))
    picture = page.get_by_role("img", name="Tom & Jerry.jpg")
    page.wait_for_function("picture => picture.naturalWidth", arg=picture.element_handle())
    assert picture.evaluate("picture => [picture.naturalWidth, picture.naturalHeight]") == [
        300,
        200,
    ]


@pytest.mark.usefixtures("script_errors")
def test_a_file_that_is_no_picture_is_refused_with_the_reason(base: str, page: Page) -> None:
    upload(page, base, "poem.jpg", b"no picture")

    refusal = "This picture is refused: the original is not a picture that can be read"
    expect(page.get_by_role("alert")).to_have_text(refusal, timeout=PATIENCE)
    expect(page.get_by_role("status")).to_be_empty()


@pytest.mark.usefixtures("script_errors")
def test_a_wrong_token_is_an_error_on_the_page(base: str, page: Page) -> None:
    page.goto(f"{base}/_/upload")
    page.get_by_label("Token").fill("wrong")
    page.get_by_label("Picture").set_input_files(
        {"name": "tom.jpg", "mimeType": "image/jpeg", "buffer": draw("jpeg")}
    )
    page.get_by_role("button", name="Upload").click()

    expect(page.get_by_role("alert")).to_contain_text("token")


@pytest.mark.usefixtures("script_errors")
def test_the_gallery_shows_no_broken_picture_for_a_refused_upload(base: str, page: Page) -> None:
    upload(page, base, "broken.jpg", b"no picture")
    expect(page.get_by_role("alert")).to_contain_text("refused", timeout=PATIENCE)
    upload(page, base, "whole.jpg", draw("jpeg"))
    expect(page.get_by_role("status")).to_have_text("Ready", timeout=PATIENCE)

    page.goto(base)

    expect(page.get_by_role("heading", name="Refused")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="broken.jpg")).to_contain_text(
        "not a picture"
    )
    for picture in page.get_by_role("img").all():
        picture.scroll_into_view_if_needed()
        page.wait_for_function("picture => picture.complete", arg=picture.element_handle())
        assert picture.evaluate("picture => picture.naturalWidth") > 0
        box = picture.bounding_box()
        assert box
        assert box["width"] / box["height"] == pytest.approx(1.5, rel=0.02)


PHONE: Final = 390


@pytest.mark.parametrize("path", ["/", "/_/upload", "/_/alerts"])
@pytest.mark.usefixtures("script_errors")
def test_no_page_is_wider_than_a_phone(base: str, page: Page, path: str) -> None:
    upload(page, base, f"{'a-name-without-any-space-' * 5}.jpg", draw("jpeg"))
    expect(page.get_by_role("status")).to_have_text("Ready", timeout=PATIENCE)
    page.set_viewport_size({"width": PHONE, "height": 844})

    if path != "/_/upload":  # this page already shows a long URL
        page.goto(base + path)
        expect(page.locator("img").first).to_be_visible()
    width = page.evaluate("document.scrollingElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 720})

    assert width <= PHONE


@pytest.mark.usefixtures("script_errors")
def test_the_alerts_of_an_upload_are_shown(base: str, page: Page) -> None:
    upload(page, base, "alerted.jpg", draw("jpeg"))
    expect(page.get_by_role("status")).to_have_text("Ready", timeout=PATIENCE)

    page.goto(f"{base}/_/alerts")

    alert = page.get_by_role("listitem").filter(has_text="alerted.jpg").first
    expect(alert).to_contain_text("created")
    expect(alert.locator("img")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("alert")
