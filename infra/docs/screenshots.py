"""Makes the screenshots of the docs: the pages of `calotype serve` in Chromium.

python -m infra.docs.screenshots [FOLDER]   also writes every page in three widths, light and dark
"""

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SHOT: Final = Path(__file__).parents[2] / "docs/screenshots/playground.webp"

_EDITOR: Final = (
    "/_/#/scenes/mountains.jpg?w=640&h=400&fit=crop&crop=focalpoint&fp-x=0.3&fp-y=0.5&sat=40"
    "&auto=format"
)
_PAGES: Final = {
    "home": "/",
    "gallery": "/_/",
    "recipes": "/_/recipes",
    "editor": _EDITOR,
    "error": "/cats/tom.jpg?w=600&fit=cover",
}
_WIDTHS: Final = {390: 844, 1024: 768, 1920: 1080}
_SHOWN: Final = (1280, 800)
_QUALITY: Final = 80
_START_SECONDS: Final = 60
_RETRY_SECONDS: Final = 0.2
_SETTLE: Final = 1_500  # milliseconds
_INGEST: Final = 8_000  # milliseconds until the demo originals are ingested


@contextmanager
def serve_demo() -> Iterator[str]:
    """Serve the demo originals while the block runs; give the URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "infra.cli", "serve", "--port", str(port)]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(  # noqa: S603 reason: fixed arguments
            command,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(SHOT.parents[2])},
            stdout=subprocess.DEVNULL,
        ) as server,
    ):
        try:
            _wait_until_open(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait_until_open(port: int) -> None:
    """Wait until a port accepts connections; raise the last error after a minute."""
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return


def shoot(browser: "Browser", url: str, size: tuple[int, int], scheme: str) -> bytes:
    """Return a page as PNG, once its pictures are there."""
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page.goto(url)
    if "#/" in url:
        page.locator('.result[aria-busy="false"]').wait_for()
    page.wait_for_function(
        "[...document.images].every((image) => image.complete || image.loading === 'lazy')"
    )
    page.wait_for_timeout(_SETTLE)
    shot = page.screenshot()
    page.close()
    return shot


def main(arguments: list[str]) -> int:
    """Write the screenshot of the docs, and all pages into a folder if one is given."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("Chromium is needed: apt-get install chromium", file=sys.stderr)
        return 1
    with serve_demo() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{base}/_/")
        page.wait_for_timeout(_INGEST)
        page.close()
        SHOT.parent.mkdir(exist_ok=True)
        image = Image.open(io.BytesIO(shoot(browser, base + _EDITOR, _SHOWN, "light")))
        image.save(SHOT, quality=_QUALITY, method=6)
        for folder in map(Path, arguments):
            folder.mkdir(parents=True, exist_ok=True)
            for name, path in _PAGES.items():
                for width, height in _WIDTHS.items():
                    for scheme in ("light", "dark"):
                        shot = shoot(browser, base + path, (width, height), scheme)
                        (folder / f"{name}-{width}-{scheme}.png").write_bytes(shot)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
