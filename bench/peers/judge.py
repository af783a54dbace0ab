"""Score renders against their original with SSIMULACRA2, on all cores.

The reference is the original, decoded completely and scaled with Pillow's Lanczos filter. A score
of 800 pixels takes about a second.
"""

import io
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Self

import pillow_avif  # noqa: F401 reason: its import teaches Pillow to open AVIF
from PIL import Image, ImageOps
from pillow_heif import register_heif_opener

from bench.judge import score
from bench.peers.peer import Ask, Peer


class Rating(NamedTuple):
    """The score of a file, and its size."""

    score: float
    bytes: int


class Judge:
    """A pool of processes that score files."""

    def __init__(self) -> None:
        """Start the pool."""
        # Spawned, because forked processes would inherit the pipes of the renderers.
        self._pool = ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def rate(self, peer: Peer, asks: Sequence[Ask]) -> list[Rating]:
        """Return the ratings of what the peer renders, in the order of the asks."""
        ratings = [self._pool.submit(_rate, ask.path, peer.render(ask).body) for ask in asks]
        return [rating.result() for rating in ratings]


def _rate(path: Path, body: bytes) -> Rating:
    with Image.open(io.BytesIO(body)) as image:
        size = image.size
    return Rating(score(_reference(path, size), body), len(body))


@lru_cache(maxsize=4)
def _reference(path: Path, size: tuple[int, int]) -> bytes:
    written = io.BytesIO()
    _decode(path).resize(size, Image.Resampling.LANCZOS).save(written, "PNG", compress_level=1)
    return written.getvalue()


@lru_cache(maxsize=1)
def _decode(path: Path) -> Image.Image:
    register_heif_opener()
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).convert("RGB")
