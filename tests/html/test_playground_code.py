"""The code to copy of the playground: each kind of code is run, and gives the picture."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from django.template import engines
from django.test import override_settings
from jinja2 import Environment
from markdown_it import MarkdownIt
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from origin_lambda.html import Site
from origin_lambda.url.signature import verify
from tests.commands.test_originals import read_page, wait_until
from tests.support.served import ORIGINALS, serve_folder

CHROMIUM: Final = shutil.which("chromium") or shutil.which("google-chrome")
PATIENCE: Final = 60_000.0  # milliseconds
TEXT: Final = """It's 5 > 3 & "ok" \u2728"""
ASKED: Final = {"fit": "crop", "crop": "top,left", "fm": "png", "sat": "-100", "txt": TEXT}
KEY: Final = "flags/rows of colour & more.png"
PATH: Final = "/flags/rows%20of%20colour%20%26%20more.png"
EDIT: Final = """
async ([path, asked]) => {
    location.hash = `${path}?${new URLSearchParams({ w: 300, h: 120, ...asked, unknown: 1 })}`;
}
"""
READ: Final = """() => Object.fromEntries(
    [...document.querySelectorAll(".code .segments button")].map((button) => {
        button.click();
        return [button.textContent, document.querySelector(".code .snippet code").textContent];
    }))
"""

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve an original of 700x400 pixels whose key has characters to escape; return the URL."""
    folder = tmp_path_factory.mktemp("served")
    (folder / ORIGINALS / "flags").mkdir(parents=True)
    Image.new("RGB", (700, 400), (255, 0, 0)).save(folder / ORIGINALS / KEY)
    with serve_folder(folder, {}) as url:
        listed = f"{url}/_/originals.json?search=flags&offset=0&limit=1"
        wait_until(lambda: '"ready"' in read_page(listed))  # widths depend on its size
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    page.set_default_timeout(PATIENCE)
    yield page
    page.close()


@pytest.fixture(scope="module")
def code(base: str, browser: Browser) -> Mapping[str, str]:
    """Return all kinds of code for one picture."""
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{base}/_/")
    page.evaluate(EDIT, [PATH, ASKED])
    page.locator('.code .snippet:has-text("120")').wait_for()
    found: dict[str, str] = page.evaluate(READ)
    page.close()
    return found


def check_url(url: str, width: int = 300) -> None:
    """Check that a URL asks for the picture, in the shape of 300x120."""
    parts = urlsplit(url)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}

    assert parts.path == PATH
    assert {name: asked[name] for name in ASKED} == ASKED
    assert (asked["w"], asked["h"]) == (str(width), str(round(width * 0.4)))
    assert "unknown" not in asked


def show(page: Page, html: str) -> str:
    """Show HTML in an empty page; return the URL of its picture, once it is loaded."""
    page.set_content(f"<!doctype html><title>Empty</title>{html}")
    page.wait_for_function("document.images[0].complete && document.images[0].naturalWidth > 0")
    url: str = page.evaluate("document.images[0].currentSrc")
    return url


def run_javascript(code: str) -> Any:
    """Return what a module writes, as JSON."""
    node = ["node", "--input-type=module", "--eval", code]
    return json.loads(subprocess.run(node, check=True, capture_output=True, timeout=30).stdout)


def test_html_shows_the_picture(code: Mapping[str, str], page: Page) -> None:
    url = show(page, code["<img>"])
    assert "unknown=1" in url  # this URL is the one that was typed
    assert page.evaluate("[document.images[0].width, document.images[0].height]") == [300, 120]

    chosen = show(page, code["srcset"])
    check_url(chosen.replace("&unknown=1", ""), 640)
    assert page.evaluate("document.images[0].naturalWidth") == 640

    modern = show(page, code["<picture>"])
    assert "fm=avif" in modern
    assert "sat=-100" in modern


def test_markdown_and_css_show_the_picture(code: Mapping[str, str], page: Page) -> None:
    shown = show(page, MarkdownIt().render(code["Markdown"]))
    assert urlsplit(shown).path == PATH

    with page.expect_response(re.compile("fm=png")) as response:
        page.set_content(f"<style>{code['CSS']} .hero {{ height: 99px }}</style><p class=hero>")
    assert response.value.ok
    assert "dpr=1" in response.value.url


def test_templates_show_the_picture(base: str, code: Mapping[str, str], page: Page) -> None:
    environment = Environment(autoescape=True, extensions=["origin_lambda.html.jinja.Calotype"])
    environment.calotype_site = Site(base)  # type: ignore[attr-defined]  # reason: the extension adds it
    check_url(show(page, environment.from_string(code["Jinja"]).render()).replace("&q=75", ""))

    with override_settings(CALOTYPE={"BASE": base}):
        html = engines["django"].from_string(code["Django"]).render()
    check_url(show(page, html))


def test_python_signs_the_url(code: Mapping[str, str]) -> None:
    names: dict[str, Any] = {}
    exec(code["Python"], names)  # noqa: S102 reason: that is the test

    parts = urlsplit(names["url"])
    check_url(names["url"])
    assert verify(parts.path, parts.query, {"2026": "the secret"}, None)


def test_curl_saves_the_picture(code: Mapping[str, str], tmp_path: Path) -> None:
    command = shlex.split(code["curl"].replace("\\\n", ""))

    subprocess.run(command, check=True, cwd=tmp_path, timeout=30)

    with Image.open(tmp_path / "picture") as saved:
        assert saved.size == (300, 120)


def test_frameworks_of_javascript_make_the_urls(code: Mapping[str, str], page: Page) -> None:
    loader, _, _image = code["Next.js"].partition("// In a page:")
    config, _, tag = code["Nuxt"].partition("<!-- In a page -->")
    page.set_content(tag)
    nuxt = page.evaluate(
        "Object.fromEntries([...document.querySelector('nuxtimg').attributes]"
        ".map((each) => [each.name, each.value]))"
    )
    frontmatter, astro = code["Astro"].split("---\n")[1:]
    src, entries = (
        re.search(pattern, astro) for pattern in (r"src=\{(.*?)\} ", r"srcset=\{(.*)\}\n")
    )
    assert src
    assert entries
    found = run_javascript(
        "globalThis.defineNuxtConfig = (config) => config;\n"
        + config.replace("export default", "const nuxt =")
        + loader.replace("export default", "")
        + frontmatter
        + f"process.stdout.write(JSON.stringify({{ nuxt, modifiers: {nuxt[':modifiers']},"
        f"next: calotype({{ src: {json.dumps('/' + KEY)}, width: 640 }}),"
        f"src: {src[1]}, srcset: {entries[1]} }}))"
    )

    check_url(found["next"].replace("&q=auto", ""), 640)
    check_url(found["src"], 640)
    assert found["srcset"].split(", ")[-1].endswith(" 640w")
    assert found["nuxt"]["image"]["provider"] == "imgix"
    assert found["modifiers"] == ASKED
    assert (nuxt["src"], nuxt["width"], nuxt["height"]) == (PATH, "300", "120")
