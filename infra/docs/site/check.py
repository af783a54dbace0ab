"""Checks pages of the built site in Chromium: `make site-check`.

A page fails if axe-core finds a violation, if it asks another host for something, if a script
fails, or if a phone has to scroll sideways.
"""

import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Page, ViewportSize, sync_playwright

from infra.docs.links import ROOT

SITE: Final = ROOT / "build" / "site"
PAGES: Final = ("", "url-reference/", "how-it-works/", "performance/", "start/html/")
WIDTHS: Final = (390, 1280)
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")

_PATIENCE: Final = 120_000.0  # milliseconds; the browser of a busy machine is slow
_AXE: Final = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
_OVERFLOW: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_VIOLATIONS: Final = """async () => (await axe.run()).violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${node.target} (${rule.help})`))"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder while the block runs; give the URL."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def check_page(page: Page, base: str, path: str, picture: Path | None) -> list[str]:
    """Return what is wrong with a page; write a screenshot into *picture*, if given."""
    page.set_default_timeout(_PATIENCE)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(base + path, wait_until="networkidle")
    page.wait_for_function("!document.querySelector('pre.mermaid')")  # all drawings are drawn
    if page.evaluate(_OVERFLOW) > 0:
        faults.append("wider than the screen")
    if picture:
        page.screenshot(path=picture)
    faults += [f"another host: {each}" for each in requests if not each.startswith(base)]
    page.add_script_tag(path=_AXE)
    faults += page.evaluate(_VIOLATIONS)
    return faults


def main(arguments: list[str]) -> int:
    """Check the pages, and write screenshots into a folder, if given; return the exit code."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    folder = Path(arguments[0]) if arguments else None
    failed = False
    with serve(SITE) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for path in PAGES:
            for width in WIDTHS:
                for scheme in SCHEMES:
                    name = f"{path.strip('/').replace('/', '-') or 'index'}-{width}-{scheme}.png"
                    picture = folder / name if folder else None
                    size = ViewportSize(width=width, height=900)
                    page = browser.new_page(viewport=size, color_scheme=scheme)
                    faults = check_page(page, base, path, picture)
                    page.close()
                    failed = failed or bool(faults)
                    print(f"/{path} {width} px, {scheme}: {len(faults)} faults", flush=True)
                    print("".join(f"  {fault}\n" for fault in faults), end="")
        browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
