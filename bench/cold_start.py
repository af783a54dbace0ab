"""Measures cold starts: ours, ours on boto3, and sharp with the AWS SDK for JavaScript.

Each is started as Lambda starts it, in a fresh process on one processor (a function of 1,769 MB
has one), and asked for a first derivative: 400 pixels of WebP of a JPEG of 0.8 MB, which it gets
from a bucket in another process, and puts there. Ours run from their packages under Lambda's own
client for Python. That for Node has to be compiled where it is installed: a loop of thirty lines
is in its place, which can only be faster. Kinds take turns; medians.

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

from bench.cold_start_store import stored
from infra.laptop.runtime_api import PYTHON_COMMAND, sandbox
from infra.packaging import PYTHON, packaged, runtime_client
from infra.packaging.interpreters import Interpreter, interpreter
from origin_lambda.image.quality import encoder_quality
from origin_lambda.url.values import Format

_SHARP: Final = Path(__file__).with_name("cold_start_sharp")
_WIDTHS: Final = (400, 402)
_QUALITY: Final = 80
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
    """Milliseconds until it asked for an event, and again after each, by clock and processor."""

    clock: Sequence[float]
    processor: Sequence[float]


def main() -> None:
    """Measure, and print tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=11, help="fresh processes of each kind")
    runs = parser.parse_args().runs
    with (
        tempfile.TemporaryDirectory() as directory,
        stored(
            dict.fromkeys(map("/originals/{}.jpg".format, range(4 * (runs + 1))), photograph())
        ) as url,
    ):
        at = ACCOUNT | BUCKETS | {"AWS_ENDPOINT_URL": url}
        kinds = _kinds(Path(directory), at)
        taken: dict[str, list[Start]] = {kind.name: [] for kind in kinds}
        for run in range(runs + 1):  # the first warms the disk's cache, and does not count
            for turn, kind in enumerate(kinds if run % 2 else reversed(kinds)):
                # Nobody has asked for anything of this original yet.
                key = f"{len(kinds) * run + turn}.jpg"
                events = [asked(key, width) for width in _WIDTHS]
                taken[kind.name].append(started(kind, *events))
        _report({name: starts[1:] for name, starts in taken.items()})
        on_aws = _without(kinds[0], "AWS_ENDPOINT_URL")
        inits = [started(on_aws).processor[0] for _ in range(runs)]
        print(
            f"INIT of ours with certificates to read: {statistics.median(inits):.0f} ms, processor"
        )


def _kinds(directory: Path, environment: Mapping[str, str]) -> list[Kind]:
    python = interpreter(PYTHON)
    assert python, f"Python {PYTHON} is needed, for that is what Lambda runs"
    ours, theirs = directory / "ours", directory / "theirs"
    for function, task in (("origin", ours), ("ingest", theirs)):
        architecture = "arm64" if python.machine == "aarch64" else python.machine
        with zipfile.ZipFile(packaged(function, architecture)) as archive:
            archive.extractall(task)
    shutil.copy(Path(__file__).with_name("cold_start_worker.py"), theirs)
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
        _in_python("ours", python, ours, "origin_lambda.handler.origin", environment),
        _in_python("ours on boto3", python, theirs, "cold_start_worker.answer", environment),
        _in_node("sharp", _SHARP / "handler.mjs", environment),
        _in_node("sharp, bundled", bundle, environment),
    ]


def _in_python(
    name: str, python: Interpreter, task: Path, handler: str, environment: Mapping[str, str]
) -> Kind:
    found = {"_HANDLER": handler, "PYTHONPATH": f"{runtime_client()}:{task}"}
    return Kind(name, [str(python.path), *PYTHON_COMMAND, handler], task, {**environment, **found})


def _in_node(name: str, handler: Path, environment: Mapping[str, str]) -> Kind:
    node = shutil.which("node")
    assert node
    quality = {"WEBP_QUALITY": str(encoder_quality(Format.WEBP, _QUALITY))}
    command = [node, str(_SHARP / "runtime.mjs"), str(handler), "origin"]
    return Kind(name, command, _SHARP, {**environment, **quality})


def _without(kind: Kind, variable: str) -> Kind:
    left = {name: text for name, text in kind.environment.items() if name != variable}
    return replace(kind, environment=left)


def started(kind: Kind, *events: Mapping[str, object]) -> Start:
    """Return what one fresh process took to start, and to answer each event in turn."""
    command = ["taskset", "--cpu-list", str(max(os.sched_getaffinity(0))), *kind.command]
    with (
        tempfile.TemporaryDirectory() as directory,
        sandbox(command, kind.environment, kind.task, Path(directory, "log")) as running,
    ):
        moments, processor = [running.api.started()], [running.cpu_seconds()]
        for event in events:
            answer = running.api.invoke(event)
            assert answer["statusCode"] == 200, answer["statusCode"]
            assert "stored" not in answer["headers"].get("x-calotype", "")
            moments.append(running.api.started())
            processor.append(running.cpu_seconds())
    return Start(
        [1000 * (moment - running.began) for moment in moments],
        [1000 * seconds for seconds in processor],
    )


def asked(key: str, width: int) -> dict[str, object]:
    """Return the event that asks for a derivative of a photograph."""
    return {
        "version": "2.0",
        "rawPath": f"/{key}",
        "rawQueryString": f"w={width}&fm=webp&q={_QUALITY}",
        "headers": {},
        "requestContext": {"http": {"method": "GET"}, "requestId": "bench"},
    }


def photograph() -> bytes:
    """Return a JPEG of 0.8 MB that is about as hard to read as a photograph."""
    size = (2400, 1600)
    bands = [Image.effect_noise(size, 90).filter(ImageFilter.GaussianBlur(2)) for _ in "RGB"]
    written = io.BytesIO()
    Image.merge("RGB", bands).save(written, "JPEG", quality=92)
    return written.getvalue()


_ROWS: Final[dict[str, Callable[[Start], float]]] = {
    "INIT": lambda start: start.clock[0],
    "INIT, processor": lambda start: start.processor[0],
    "INIT and first derivative": lambda start: start.clock[1],
    "INIT and first derivative, processor": lambda start: start.processor[1],
    "second derivative": lambda start: start.clock[2] - start.clock[1],
}


def _report(taken: Mapping[str, Sequence[Start]]) -> None:
    """Print medians, and what part of the others' time ours is."""
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
