"""Measure the peak memory of rendering 100 megapixels, each in a fresh process."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.memory import LARGEST, draw
from bench.peers.contestants import OURS
from bench.peers.originals import save
from bench.peers.peer import Ask, Peer, Refused, peak_memory
from origin_lambda.url.values import Format

WIDTH: Final = 800

ORIGINALS: Final = {"baseline": False, "progressive": True}


@dataclass(frozen=True, slots=True)
class Memory:
    """Peak resident megabytes, before and after one render; None if the peer refuses."""

    original: str
    peer: str
    ready: float
    most: float | None


def measure_memory(starters: Mapping[str, Callable[[], Peer]], folder: Path) -> list[Memory]:
    """Return the memory of each peer, for a baseline and a progressive JPEG, 4:2:0."""
    memories = []
    for name, progressive in ORIGINALS.items():
        path = folder / f"100-megapixels-{name}.jpg"
        if not path.exists():
            options = {"quality": 85, "subsampling": "4:2:0", "progressive": progressive}
            save(draw(LARGEST, "RGB"), path, **options)
        for peer, start in starters.items():
            settings = {"source": "original"} if peer == OURS else {}
            ask = Ask(path, WIDTH, Format.JPEG, settings)
            with closing(start()) as process:
                memories.append(_measure(name, process, ask))
    return memories


def _measure(original: str, process: Peer, ask: Ask) -> Memory:
    ready = peak_memory(process.pid)
    try:
        process.render(ask)
    except Refused:
        return Memory(original, process.name, ready, None)
    return Memory(original, process.name, ready, peak_memory(process.pid))
