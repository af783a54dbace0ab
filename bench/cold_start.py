"""Measure cold starts: ours, and sharp with the AWS SDK for JavaScript.

Each starts as in Lambda, in a fresh process on one processor (a function of 1,769 MB has one). It
renders a first derivative: 400 pixels of WebP of a JPEG of 0.8 MB, which it reads from a bucket in
another process, and stores there. Ours runs from its package under Lambda's client for Python. The
client for Node must be compiled, so a loop of thirty lines replaces it, which can only be faster.
The kinds take turns; the table has medians.

    cd bench/cold_start_sharp && npm ci && cd ../.. && python -m bench.cold_start [--runs 11]
"""

import argparse
import io
import os
import shutil
import statistics
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from PIL import Image, ImageFilter

from bench.stand_in import serve_objects
from infra.laptop.runtime_api import PYTHON_COMMAND, start_sandbox
from infra.packaging import PYTHON, build_package, install_runtime_client
from infra.packaging.interpreters import Interpreter, find_interpreter
from origin_lambda.image.quality import choose_encoder_quality
from origin_lambda.url.values import Format

_SHARP: Final = Path(__file__).with_name("cold_start_sharp")
_WIDTHS: Final = (400, 402)
_QUALITY: Final = 80
_SETTINGS: Final = f"fm=webp&q={_QUALITY}"
BUCKETS: Final = {"ORIGINALS_BUCKET": "originals", "DERIVATIVES_BUCKET": "derivatives"}
ACCOUNT: Final = {
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_JS_SDK_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A function that can be started."""

    name: str
    command: Sequence[str]
    task: Path
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Start:
    """Milliseconds until it was ready, and until each answer; elapsed and processor time."""

    clock: Sequence[float]
    processor: Sequence[float]


def main() -> None:
    """Measure, and print tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=11, help="fresh processes of each kind")
    runs = parser.parse_args().runs
    with (
        tempfile.TemporaryDirectory() as directory,
        serve_objects(
            dict.fromkeys(map("/originals/{}.jpg".format, range(3 * (runs + 1))), make_photograph())
        ) as url,
    ):
        at = ACCOUNT | BUCKETS | {"AWS_ENDPOINT_URL": url}
        kinds = _kinds(Path(directory), at)
        taken: dict[str, list[Start]] = {kind.name: [] for kind in kinds}
        for run in range(runs + 1):  # the first warms the disk's cache, and does not count
            for turn, kind in enumerate(kinds if run % 2 else reversed(kinds)):
                # A new original, so that nothing of it is stored.
                key = f"{len(kinds) * run + turn}.jpg"
                events = [make_event(key, f"w={width}&{_SETTINGS}") for width in _WIDTHS]
                taken[kind.name].append(start(kind, *events))
        _report({name: starts[1:] for name, starts in taken.items()})
        environment = dict(kinds[0].environment)
        del environment["AWS_ENDPOINT_URL"]
        on_aws = replace(kinds[0], environment=environment)
        inits = [start(on_aws).processor[0] for _ in range(runs)]
        print(f"our INIT with reading certificates: {statistics.median(inits):.0f} ms of processor")


def _kinds(directory: Path, environment: Mapping[str, str]) -> list[Kind]:
    python = find_interpreter(PYTHON)
    assert python, f"Python {PYTHON} is needed, because Lambda runs it"
    architecture = "arm64" if python.machine == "aarch64" else python.machine
    with zipfile.ZipFile(build_package("origin", architecture)) as archive:
        archive.extractall(directory)
    bundle = _SHARP / "node_modules" / "calotype-bundle.cjs"
    subprocess.run(
        [
            *(str(_SHARP / "node_modules/.bin/esbuild"), str(_SHARP / "handler.mjs")),
            *("--bundle", "--minify", "--platform=node", "--format=cjs", "--external:sharp"),
            *("--log-level=error", f"--outfile={bundle}"),
        ],
        check=True,
    )
    return [
        _in_python(python, directory, environment),
        _in_node("sharp", _SHARP / "handler.mjs", environment),
        _in_node("sharp, bundled", bundle, environment),
    ]


def _in_python(python: Interpreter, task: Path, environment: Mapping[str, str]) -> Kind:
    handler = "origin_lambda.handler.origin"
    added = {"_HANDLER": handler, "PYTHONPATH": f"{install_runtime_client()}:{task}"}
    command = [str(python.path), *PYTHON_COMMAND, handler]
    return Kind("ours", command, task, {**environment, **added})


def _in_node(name: str, handler: Path, environment: Mapping[str, str]) -> Kind:
    node = shutil.which("node")
    assert node
    quality = {"WEBP_QUALITY": str(choose_encoder_quality(Format.WEBP, _QUALITY))}
    command = [node, str(_SHARP / "runtime.mjs"), str(handler), "origin"]
    return Kind(name, command, _SHARP, {**environment, **quality})


def start(kind: Kind, *events: Mapping[str, object]) -> Start:
    """Start a fresh process, let it answer each event in turn, and return the times."""
    command = ["taskset", "--cpu-list", str(max(os.sched_getaffinity(0))), *kind.command]
    with (
        tempfile.TemporaryDirectory() as directory,
        start_sandbox(command, kind.environment, kind.task, Path(directory, "log")) as running,
    ):
        moments, processor = [running.api.wait_for_start()], [running.cpu_seconds()]
        for event in events:
            answer = running.api.invoke(event)
            assert answer["statusCode"] == 200, answer["statusCode"]
            assert "stored" not in answer["headers"].get("x-calotype", "")
            moments.append(running.api.wait_for_start())
            processor.append(running.cpu_seconds())
    return Start(
        [1000 * (moment - running.began) for moment in moments],
        [1000 * seconds for seconds in processor],
    )


def make_event(key: str, query: str) -> dict[str, object]:
    """Return the event of a request for a derivative."""
    return {
        "version": "2.0",
        "rawPath": f"/{key}",
        "rawQueryString": query,
        "headers": {},
        "requestContext": {
            "domainName": "bench.lambda-url.us-east-1.on.aws",
            "http": {"method": "GET"},
            "requestId": "bench",
        },
    }


def make_photograph() -> bytes:
    """Return a JPEG of 0.8 MB that takes about as long to decode as a photograph."""
    size = (2400, 1600)
    bands = [Image.effect_noise(size, 90).filter(ImageFilter.GaussianBlur(2)) for _ in "RGB"]
    written = io.BytesIO()
    Image.merge("RGB", bands).save(written, "JPEG", quality=92)
    return written.getvalue()


_ROWS: Final[dict[str, Callable[[Start], float]]] = {
    "INIT": lambda each: each.clock[0],
    "INIT, processor": lambda each: each.processor[0],
    "INIT and first derivative": lambda each: each.clock[1],
    "INIT and first derivative, processor": lambda each: each.processor[1],
    "second derivative": lambda each: each.clock[2] - each.clock[1],
}


def _report(taken: Mapping[str, Sequence[Start]]) -> None:
    """Print medians, and our time divided by the others'."""
    others = [name for name in taken if name != "ours"]
    ratios = [f"ours to {name}" for name in others]
    print(f"| ms, median of {len(taken['ours'])} | " + " | ".join([*taken, *ratios]) + " |")
    print("|---|" + "---|" * (len(taken) + len(ratios)))
    for title, value in _ROWS.items():
        medians = {name: statistics.median(map(value, starts)) for name, starts in taken.items()}
        cells = [f"{median:.0f}" for median in medians.values()]
        cells += [f"{medians['ours'] / medians[name]:.2f}" for name in others]
        print(f"| {title} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
