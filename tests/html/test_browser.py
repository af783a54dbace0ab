"""Pages of Jinja and Django in a real browser, with pictures of `calotype serve`."""

import shutil
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import override_settings
from jinja2 import Environment
from PIL import Image
from playwright.sync_api import Page, Route, sync_playwright

from infra.demo import FILES
from origin_lambda.html import SigningKey, Site, img, img_url, list_widths
from tests.html import django_pages
from tests.support.served import ORIGINALS, SIGNED, serve_folder

CHROMIUM: Final = shutil.which("chromium") or shutil.which("google-chrome")
PATIENCE: Final = 60_000.0  # milliseconds
ORIGINAL: Final = (1600, 1000)
KEY: Final = SigningKey("2026", "a secret")

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")

STYLE: Final = "<!doctype html><title>Tom</title><style>img {max-width: 100%; height: auto}</style>"
TEXT: Final = "<p>The text below the picture</p>"
JINJA: Final = (
    "{{ picture('tom.jpg', alt='Tom', sizes='50vw', original_width=1600, original_height=1000, "
    "sources=[source('(max-width: 500px)', ar='1:1', fit='crop', sizes='100vw')]) }}"
)
DJANGO: Final = (
    "{% load calotype %}"
    '{% source "(max-width: 500px)" ar="1:1" fit="crop" sizes="100vw" as small %}'
    '{% picture "tom.jpg" alt="Tom" sizes="50vw" original_width=1600 original_height=1000 '
    "sources=small %}"
)
WITHOUT_SIZE: Final = "{{ img('tom.jpg', alt='Tom', sizes='50vw') }}"

WIDTHS: Final = list(range(113, 690, 47))
DENSE: Final = 0.05
SHIFT: Final = """() => new Promise(resolve => {
    let sum = 0;
    new PerformanceObserver(list => list.getEntries().forEach(each => sum += each.value))
        .observe({type: 'layout-shift', buffered: true});
    setTimeout(() => resolve(sum), 500);
})"""

Application = Callable[..., Any]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a folder with two originals, only to signed URLs; return the URL."""
    folder = tmp_path_factory.mktemp("served")
    (folder / ORIGINALS).mkdir()
    shutil.copy(FILES / "mountains.jpg", folder / ORIGINALS)
    Image.effect_noise(ORIGINAL, 60).convert("RGB").save(folder / ORIGINALS / "tom.jpg")
    with serve_folder(folder, SIGNED) as url:
        yield url


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1000, "height": 800})
        page.set_default_timeout(PATIENCE)
        yield page
        browser.close()


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Log nothing."""


def serve_in_thread(application: Application) -> Iterator[str]:
    with make_server("127.0.0.1", 0, application, handler_class=QuietHandler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def jinja_application(base: str, template: str) -> Application:
    made = Environment(autoescape=True, extensions=["origin_lambda.html.jinja.Calotype"])
    made.calotype_site = Site(base, KEY)  # type: ignore[attr-defined]  # reason: the extension adds it

    def application(_environ: object, start_response: Callable[..., None]) -> list[bytes]:
        start_response("200 OK", [("content-type", "text/html; charset=utf-8")])
        return [made.from_string(STYLE + template + TEXT).render().encode()]

    return application


@pytest.fixture(params=["jinja", "django"])
def site(request: pytest.FixtureRequest, base: str) -> Iterator[str]:
    """Serve a page of each framework; return its URL."""
    if request.param == "jinja":
        yield from serve_in_thread(jinja_application(base, JINJA))
        return
    django_pages.template = STYLE + DJANGO + TEXT
    with override_settings(CALOTYPE={"BASE": base, "SIGNING_KEY": ("2026", "a secret")}):
        yield from serve_in_thread(get_wsgi_application())


def open_slowly(page: Page, url: str) -> float:
    """Open a page whose pictures arrive after its first paint; return its layout shift."""

    def delay(route: Route) -> None:
        time.sleep(0.5)
        route.continue_()

    page.route("**/tom.jpg*", delay)
    page.goto(url)
    page.wait_for_function("document.images[0].complete && document.images[0].naturalWidth > 0")
    shift: float = page.evaluate(SHIFT)
    page.unroute("**/tom.jpg*")
    return shift


def test_a_picture_loads_at_the_size_that_the_page_needs_without_layout_shift(
    site: str, page: Page
) -> None:
    page.set_viewport_size({"width": 1000, "height": 800})

    shift = open_slowly(page, site)

    assert shift == 0
    shown = page.evaluate("[document.images[0].clientWidth, document.images[0].clientHeight]")
    assert shown == [984, 615]  # as wide as the body, in the shape of the original
    chosen = page.evaluate("new URL(document.images[0].currentSrc).searchParams.get('w')")
    assert 500 <= int(chosen) <= 500 * 1.16


def test_a_small_window_shows_another_crop(site: str, page: Page) -> None:
    page.set_viewport_size({"width": 400, "height": 800})

    shift = open_slowly(page, site)

    assert shift == 0
    shown = page.evaluate("[document.images[0].clientWidth, document.images[0].clientHeight]")
    assert shown == [384, 384]
    address = page.evaluate("document.images[0].currentSrc")
    assert "ar=1%3A1" in address or "ar=1:1" in address


def test_a_picture_without_a_size_shifts_the_text_below(base: str, page: Page) -> None:
    page.set_viewport_size({"width": 1000, "height": 800})
    (address,) = [serve_in_thread(jinja_application(base, WITHOUT_SIZE))]

    shift = open_slowly(page, next(address))
    next(address, None)

    assert shift > 0


def write_page(site: Site) -> str:
    """Return a page of 60 pictures in 13 widths; the first 26 have the default `srcset`."""
    dense = list_widths(tolerance=DENSE)
    tags = [
        img(
            site,
            "mountains.jpg",
            sizes=f"{width}px",
            original_width=1800,
            original_height=1350,
            widths=None if number < 2 * len(WIDTHS) else dense,
            loading="lazy",
            attributes={"class": f"of-{width}"},
            fm="jpg",
        )
        for number, width in enumerate(islice(cycle(WIDTHS), 60))
    ]
    rules = "".join(
        f".of-{width} {{width: {width}px; height: auto; aspect-ratio: 4/3}}" for width in WIDTHS
    )
    return f"<!doctype html><title>60</title><style>{rules}</style>{''.join(tags)}"


def test_sixty_pictures_on_a_dense_screen_load_late_still_and_hardly_more_than_they_need(
    base: str, page: Page
) -> None:
    site = Site(base, KEY)
    browser = page.context.browser
    assert browser
    dense = browser.new_page(viewport={"width": 1000, "height": 800}, device_scale_factor=2)
    dense.set_default_timeout(PATIENCE)
    html = write_page(site)
    dense.route(f"{base}/page", lambda route: route.fulfill(body=html, content_type="text/html"))

    dense.goto(f"{base}/page")
    dense.wait_for_function("document.images[0].naturalWidth")
    first = dense.evaluate("[...document.images].filter(image => image.currentSrc).length")
    assert first < 30  # of 60: a browser loads what is less than about 1,250 to 2,500 pixels away
    for picture in dense.locator("img").all():
        picture.scroll_into_view_if_needed()
    dense.wait_for_function("[...document.images].every(image => image.naturalWidth)")

    assert dense.evaluate(SHIFT) == 0
    sizes: list[int] = dense.evaluate(
        "[...document.images].map(image => "
        "performance.getEntriesByName(image.currentSrc)[0].encodedBodySize)"
    )
    count = len(WIDTHS)
    ideal = 0
    for width in WIDTHS:
        url = img_url(site, "mountains.jpg", fm="jpg", w=2 * width)
        with urllib.request.urlopen(url) as answer:  # noqa: S310 reason: the URL of this test's server
            ideal += len(answer.read())
    dense.close()
    by_default, densely = (sum(sizes[at : at + count]) / ideal for at in (0, 2 * count))
    assert 1 <= densely <= 1.1
    assert densely < by_default <= 1.17
