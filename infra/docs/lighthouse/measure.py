"""Measures pages with Lighthouse in Chromium: `make lighthouse`.

These are the pages of `calotype serve` with the demo originals, and the first page of the docs'
site. A page fails if its score for performance, accessibility or best practices is below 95, or if
its layout shifts. Lighthouse simulates a slow phone, so close what else is busy.

python -m infra.docs.lighthouse.measure [FOLDER]   also writes Lighthouse's reports
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from infra.docs.screenshots import serve_demo
from infra.docs.site.check import SITE
from infra.laptop.server import format_url, listen

PAGES: Final = ("/", "/_/", "/_/recipes")
CATEGORIES: Final = ("performance", "accessibility", "best-practices")
FEWEST: Final = 95

_CLI: Final = Path(__file__).parent / "node_modules" / "lighthouse" / "cli" / "index.js"
_RUNS: Final = 3  # the best one counts: other programs only make a page slower
_SECONDS: Final = 180
_INGEST_SECONDS: Final = 60
_RETRY_SECONDS: Final = 0.5
_LONGEST_LINES: Final = 8


@contextmanager
def serve_compressed(folder: Path) -> Iterator[str]:
    """Serve a folder as a host of sites does, compressed, while the block runs; give the URL."""
    files = Mount("/", StaticFiles(directory=folder, html=True))
    application = Starlette(routes=[files], middleware=[Middleware(GZipMiddleware)])
    server = uvicorn.Server(uvicorn.Config(application, log_level="warning"))
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield format_url(listener)
    server.should_exit = True
    thread.join()


def wait_for_ingest(base: str) -> None:
    """Wait until all demo originals are ingested, at most a minute."""
    end = time.monotonic() + _INGEST_SECONDS
    while time.monotonic() < end:
        with urllib.request.urlopen(f"{base}/_/originals.json") as answer:  # noqa: S310 reason: this machine
            originals = json.load(answer)["originals"]
        if originals and all(each["status"] == "ready" for each in originals):
            return
        time.sleep(_RETRY_SECONDS)


def measure(url: str, chromium: str, path: Path) -> dict[str, Any]:
    """Return Lighthouse's report of a page, which is also written to *path*."""
    command = [
        "node", str(_CLI), url, "--quiet", "--output=json", f"--output-path={path}",
        "--chrome-flags=--headless=new --no-sandbox", f"--only-categories={','.join(CATEGORIES)}",
    ]  # fmt: skip
    environment = os.environ | {"CHROME_PATH": chromium}
    subprocess.run(command, check=True, timeout=_SECONDS, env=environment)  # noqa: S603 reason: fixed arguments
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def read_scores(report: dict[str, Any]) -> dict[str, int]:
    """Return the score of each category, 0 to 100."""
    return {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES}


def list_faults(report: dict[str, Any]) -> list[str]:
    """Return what is too bad in a report, and what Lighthouse says about it."""
    shift = report["audits"]["cumulative-layout-shift"]["numericValue"]
    faults = [f"the layout shifts by {shift:.4f}"] if shift else []
    for name, score in read_scores(report).items():
        if score < FEWEST:
            faults.append(f"{name} has {score} of 100")
            faults.extend(_list_audits(report, name)[:_LONGEST_LINES])
    return faults


def _list_audits(report: dict[str, Any], category: str) -> list[str]:
    references = report["categories"][category]["auditRefs"]
    audits = [report["audits"][each["id"]] for each in references]
    return [
        f"  {audit['title']} {audit.get('displayValue', '')}"
        for audit in audits
        if audit["score"] is not None and audit["score"] < 1
    ]


def main(arguments: list[str]) -> int:
    """Measure all pages; return the exit code."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None or not _CLI.exists() or not SITE.exists():
        print("Chromium is needed, and what make lighthouse installs and builds", file=sys.stderr)
        return 1
    failed = False
    with (
        tempfile.TemporaryDirectory() as temporary,
        serve_demo() as demo,
        serve_compressed(SITE) as site,
    ):
        wait_for_ingest(demo)
        folder = Path(arguments[0]) if arguments else Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for url in (*(demo + path for path in PAGES), f"{site}/"):
            name = "docs" if url.startswith(site) else url.removeprefix(demo)
            path = folder / f"{name.strip('/').replace('/', '-') or 'gallery'}.json"
            faults: list[str] = []
            for _ in range(_RUNS):
                report = measure(url, chromium, path)
                faults = list_faults(report)
                if not faults:
                    break
            scores = ", ".join(f"{each} {score}" for each, score in read_scores(report).items())
            print(f"{name}: {scores}", "".join(f"\n  {fault}" for fault in faults), flush=True)
            failed = failed or bool(faults)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
