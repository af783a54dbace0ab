"""Measure the memory that the largest accepted originals need: to render, and to ingest.

Each original is in a cloud on this machine (moto, in this process). One fresh process renders 800
pixels of it before there are mips, another ingests it, as the functions of a deployment do. The
result is the peak resident memory of the process: Python and its libraries, the original's bytes,
the pixels, the mips.

    python -m bench.memory [--only WORD]
"""

import argparse
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import boto3
import pillow_avif  # noqa: F401 reason: its import teaches Pillow to write AVIF
from PIL import Image
from pillow_heif import register_heif_opener

from bench.cold_start import make_event
from bench.peers.peer import peak_memory
from infra.laptop.cloud import ORIGINALS, start_cloud
from origin_lambda import log
from origin_lambda.bootstrap import build_ingest
from origin_lambda.originals.record import Status
from origin_lambda.settings import Settings

Size = tuple[int, int]

LARGEST: Final[Size] = (11_540, 8_660)
"""Just below the 100 megapixels that `Limits` accepts, in the shape of a camera's."""

CAMERA: Final[Size] = (6000, 4000)
HEAVIEST: Final = 100_000_000
"""The bytes that `Limits` accepts."""

BAR: Final = 700
"""Megabytes that the ingest of a JPEG should not exceed."""

WIDTH: Final = 800


@dataclass(frozen=True, slots=True)
class Case:
    """An original: its name, and how it is written; it is padded to *bytes*."""

    name: str
    suffix: str
    mode: str = "RGB"
    size: Size = LARGEST
    options: Mapping[str, Any] = field(default_factory=dict)
    bytes: int = 0

    def write(self, path: Path) -> None:
        """Draw it, and write it to a file."""
        draw(self.size, self.mode).save(path, **self.options)
        with path.open("ab") as file:  # bytes after the end of a JPEG are read, but ignored
            file.write(bytes(max(0, self.bytes - file.tell())))


_QUARTER: Final = {"quality": 85, "subsampling": "4:2:0"}
_FULL: Final = {"quality": 85, "subsampling": "4:4:4"}
_PROGRESSIVE: Final = {"progressive": True}
CASES: Final = (
    Case("JPEG, baseline, 4:2:0", ".jpg", options=_QUARTER),
    Case("JPEG, baseline, 4:2:0, 100 MB", ".jpg", options=_QUARTER, bytes=HEAVIEST),
    Case("JPEG, progressive, 4:2:0", ".jpg", options=_QUARTER | _PROGRESSIVE),
    Case("JPEG, progressive, 4:4:4", ".jpg", options=_FULL | _PROGRESSIVE),
    Case("JPEG, progressive, CMYK", ".jpg", "CMYK", options=_FULL | _PROGRESSIVE),
    Case("PNG, RGB", ".png", options={"compress_level": 1}),
    Case("PNG, RGBA", ".png", "RGBA", options={"compress_level": 1}),
    Case("WebP, lossless", ".webp", options={"lossless": True, "quality": 0, "method": 0}),
    Case(
        "WebP, lossless, alpha",
        ".webp",
        "RGBA",
        options={"lossless": True, "quality": 0, "method": 0},
    ),
    Case("AVIF", ".avif", size=CAMERA, options={"quality": 60, "speed": 10}),
    Case("HEIC", ".heic", size=CAMERA, options={"quality": 60}),
)


def draw(size: Size, mode: str) -> Image.Image:
    """Return gradients and noise, without flat areas."""
    small = (size[0] // 4, size[1] // 4)
    planes = (
        Image.linear_gradient("L").resize(size),
        Image.effect_noise(small, 60).resize(size, Image.Resampling.NEAREST),
        Image.radial_gradient("L").resize(size),
        Image.linear_gradient("L").rotate(90).resize(size),
    )
    return Image.merge(mode, planes[: len(mode)])


@dataclass(frozen=True, slots=True)
class Spent:
    """Peak resident megabytes of a process: when it was ready, and at its end."""

    ready: float
    most: float


def render(key: str) -> Spent:
    """Answer a request for a derivative in this process."""
    from origin_lambda import handler

    ready = peak_memory(os.getpid())
    answer = handler.origin(make_event(key, f"w={WIDTH}&fm=webp&q=80"), None)
    assert answer["headers"].get("x-calotype", "").startswith("render"), str(answer)[:999]
    return Spent(ready, peak_memory(os.getpid()))


def ingest(key: str) -> Spent:
    """Ingest in this process."""
    service = build_ingest(Settings.from_environment(os.environ))
    ready = peak_memory(os.getpid())
    item = service.ingest(key)
    assert item.status is Status.READY, item.reason
    return Spent(ready, peak_memory(os.getpid()))


def run_in_process(job: Callable[[str], Spent], key: str) -> Spent:
    """Do a job in a fresh process."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1, initializer=_discard_log) as pool:
        return pool.apply(job, (key,))


def _discard_log() -> None:
    log.write = len


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="originals whose name has this word")
    asked = parser.parse_args()
    register_heif_opener()
    start_cloud()
    s3 = boto3.client("s3")
    print("| original | megapixels | MB | rendered MB | of which before | ingested MB | before |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for case in (case for case in CASES if asked.only in case.name):
            path = Path(folder) / f"original{case.suffix}"
            case.write(path)
            s3.upload_file(str(path), ORIGINALS, path.name)
            rendered, ingested = (run_in_process(job, path.name) for job in (render, ingest))
            s3.delete_object(Bucket=ORIGINALS, Key=path.name)
            over = f", over {BAR}" if ingested.most > BAR and case.suffix == ".jpg" else ""
            megapixels = case.size[0] * case.size[1] / 1e6
            print(
                f"| {case.name} | {megapixels:.0f} | {path.stat().st_size / 1e6:.0f} "
                f"| {rendered.most:.0f} | {rendered.ready:.0f} "
                f"| {ingested.most:.0f}{over} | {ingested.ready:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
