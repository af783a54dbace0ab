"""How renders look against the original, and what they weigh; every look is taken once.

The judge is SSIMULACRA2 against the original, decoded whole and scaled by Pillow's Lanczos. It
takes a second for 800 pixels, so that all cores judge at once, and scores are kept on disk: by
the bytes for ours, by version and settings for peers, which need not render again then.
"""

import hashlib
import io
import json
import multiprocessing
import os
import sqlite3
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Self

import pillow_avif  # noqa: F401 reason: its import teaches Pillow to open AVIF
from PIL import Image, ImageOps
from pillow_heif import register_heif_opener

from bench.judge import score
from bench.peers.contestants import OURS
from bench.peers.peer import Ask, Peer


class Look(NamedTuple):
    """A score, and the bytes it took."""

    score: float
    bytes: int


class Looks:
    """Takes looks, and remembers them in a file."""

    def __init__(self, file: Path) -> None:
        """Open, or make, what is remembered."""
        self._kept = sqlite3.connect(file)
        self._kept.execute(
            "CREATE TABLE IF NOT EXISTS looks (key TEXT PRIMARY KEY, score REAL, bytes INTEGER)"
        )
        # Spawned: a forked judge would hold the pipes of the renderers.
        self._pool = ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._kept.close()

    def of(self, peer: Peer, asks: Sequence[Ask]) -> list[Look]:
        """Return how the peer's answers look, in the order of the asks."""
        looks: list[Look | Future[Look]] = []
        keys = []
        for ask in asks:
            body = peer.render(ask).body if peer.name == OURS else None
            key = _key(peer, ask, body)
            kept = self._kept.execute("SELECT score, bytes FROM looks WHERE key = ?", (key,))
            if found := kept.fetchone():
                looks.append(Look(*found))
            else:
                body = body or peer.render(ask).body
                looks.append(self._pool.submit(_judged, ask.path, body))
            keys.append(key)
        taken = [look.result() if isinstance(look, Future) else look for look in looks]
        rows = [(key, *look) for key, look in zip(keys, taken, strict=True)]
        self._kept.executemany("INSERT OR REPLACE INTO looks VALUES (?, ?, ?)", rows)
        self._kept.commit()
        return taken


def _key(peer: Peer, ask: Ask, body: bytes | None) -> str:
    if body:
        return json.dumps([_digest(ask.path), hashlib.sha256(body).hexdigest()])
    asked = [peer.version, _drivers(), ask.width, ask.format, dict(ask.settings)]
    return json.dumps([_digest(ask.path), *asked], sort_keys=True)


@lru_cache
def _drivers() -> str:
    """Return a digest of what drives the peers: settings are written there too."""
    here = Path(__file__).parent
    files = sorted([here / "libvips.py", here / "thumbor.conf", *(here / "node").glob("*.mjs")])
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@lru_cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _judged(path: Path, body: bytes) -> Look:
    with Image.open(io.BytesIO(body)) as image:
        size = image.size
    return Look(score(_reference(path, size), body), len(body))


@lru_cache(maxsize=4)
def _reference(path: Path, size: tuple[int, int]) -> bytes:
    written = io.BytesIO()
    _whole(path).resize(size, Image.Resampling.LANCZOS).save(written, "PNG", compress_level=1)
    return written.getvalue()


@lru_cache(maxsize=1)
def _whole(path: Path) -> Image.Image:
    register_heif_opener()
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).convert("RGB")
