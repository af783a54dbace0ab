"""The official SDKs, unmodified, against the local edge."""

import io
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from imgix import UrlBuilder
from PIL import Image
from starlette.testclient import TestClient

from origin_lambda.url.admission import Policy
from tests.support.originals import draw
from tests.support.stack import run_stack

DOMAIN = "img.example.com"
TOKEN = "a source's token"
WIDTH, HEIGHT = 300, 200
KEYS = ("photo.jpg", "a folder/ü + c,d@e~#1?&=%.jpg", "100x100/w=3/photo.jpg")
SDKS = Path(__file__).parent / "sdks"

Url = tuple[str, str]


def from_javascript(token: str | None) -> list[Url]:
    if shutil.which("npm") is None:
        pytest.skip("node and npm are not on this machine")
    if not (SDKS / "node_modules").exists():
        quiet = ["--silent", "--no-audit", "--no-fund"]
        subprocess.run(["npm", "ci", *quiet], cwd=SDKS, check=True, timeout=300)
    command = ["node", "urls.mjs", DOMAIN, *([token] if token else [])]
    said = subprocess.run(command, cwd=SDKS, check=True, capture_output=True, timeout=60)
    return [(who, url) for who, url in map(json.loads, said.stdout.splitlines())]


def from_python(token: str | None) -> list[Url]:
    builder = UrlBuilder(DOMAIN, sign_key=token)
    asks = [
        {"w": 120},
        {"w": 120, "h": 80, "fit": "crop", "crop": "top,left", "auto": "format,compress"},
        {"h": 90, "q": 40, "fm": "webp", "utm_source": "mail & more"},
        {"w": 100, "h": 100, "fit": "fill", "bg": "fa0", "txt64": "Ünpaid", "dl": "my cat.jpg"},
    ]
    urls = [("imgix-python url", builder.create_url(key, ask)) for key in KEYS for ask in asks]
    sets = [builder.create_srcset(key, ask) for key in KEYS for ask in ({"w": 60}, {"fit": "max"})]
    entries = [entry.split(" ")[0] for srcset in sets for entry in srcset.split(",\n")]
    return urls + [("imgix-python srcset", entry) for entry in entries]


def from_frameworks(token: str | None) -> list[Url]:
    """The forms of Next.js's documented imgix loader and of Nuxt Image's imgix provider.

    https://nextjs.org/docs/app/api-reference/config/next-config-js/images#imgix
    https://image.nuxt.com/providers/imgix
    """
    if token:
        return []
    widths = (32, 64, 256, 640, 3840)
    following = [
        f"https://{DOMAIN}/photo.jpg?auto=format&fit=max&w={width}&q=50" for width in widths
    ]
    nuxt = [
        f"https://{DOMAIN}/photo.jpg?w={width}&h={width // 2}&fit=crop&fm=webp&q=80&auto=format"
        for width in widths
    ]
    return [("next", url) for url in following] + [("nuxt", url) for url in nuxt]


Source = Callable[[str | None], list[Url]]
SOURCES: tuple[Source, ...] = (from_javascript, from_python, from_frameworks)


@pytest.fixture
def originals(tmp_path: Path) -> Path:
    for key in KEYS:
        path = tmp_path / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(draw("jpeg"))
    return tmp_path


@contextmanager
def browsing(originals: Path, token: str | None) -> Iterator[TestClient]:
    """Visit an edge that requires imgix's signatures where there is a *token*."""
    policy = Policy(require_signature=bool(token), imgix_token=token)
    with (
        run_stack(originals, policy) as stack,
        TestClient(stack.application, base_url=f"https://{DOMAIN}") as browser,
    ):
        yield browser


def expected(url: str) -> tuple[int | None, int | None]:
    """Return the sides that a URL asks for, where the original has them; None for any."""
    asked = dict(parse_qsl(urlsplit(url).query))
    ratio = float(asked.get("dpr", 1))
    width, height = (float(asked[side]) * ratio if side in asked else None for side in "wh")
    if asked.get("w") == "0.5":
        width, height = WIDTH / 2, WIDTH / 2 * 9 / 16
    if "ar" in asked and height and not width:
        width = height * 1.5
    if width and height and asked.get("fit") != "fill":
        factor = min(1, WIDTH / width, HEIGHT / height)
        return round(width * factor), round(height * factor)
    if width and height:
        return round(width), round(height)
    return (
        None if width is None else min(WIDTH, round(width)),
        None if height is None else min(HEIGHT, round(height)),
    )


def close(size: Sequence[int], wanted: tuple[int | None, int | None]) -> bool:
    return all(
        want is None or abs(have - want) <= 1 for have, want in zip(size, wanted, strict=True)
    )


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("token", [None, TOKEN])
def test_every_url_of_an_sdk_answers_with_the_size_it_asks_for(
    source: Source, token: str | None, originals: Path
) -> None:
    with browsing(originals, token) as browser:
        for who, url in source(token):
            answer = browser.get(url)
            assert answer.status_code == 200, (who, url, answer.text)
            size = Image.open(io.BytesIO(answer.content)).size
            assert close(size, expected(url)), (who, url, size)


@pytest.mark.parametrize("source", [from_javascript, from_python])
def test_every_tampered_url_of_an_sdk_is_refused(source: Source, originals: Path) -> None:
    urls = source(TOKEN)
    assert urls

    with browsing(originals, TOKEN) as browser:
        for who, url in urls:
            for tampered in (url.replace("?", "?w=9&", 1), url.replace("jpg?", "jpeg?"), url[:-1]):
                assert browser.get(tampered).status_code == 403, (who, tampered)
