"""The most memory a render of 100 megapixels takes, in a process of each one's own."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.memory import LARGEST, drawn
from bench.peers.contestants import OURS
from bench.peers.peer import Ask, Peer, Refused, most_resident
from origin_lambda.url.values import Format

WIDTH: Final = 800
BAR: Final = 350
"""Megabytes that ours should stay under."""

ORIGINALS: Final = {"baseline": False, "progressive": True}


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes resident at most, before and after the one render; None if it is refused."""

    original: str
    peer: str
    ready: float
    most: float | None


def memories(starters: Mapping[str, Callable[[], Peer]], folder: Path) -> list[Memory]:
    """Return the memory of everybody, for a baseline and a progressive JPEG, 4:2:0."""
    found = []
    for name, progressive in ORIGINALS.items():
        path = folder / f"100-megapixels-{name}.jpg"
        if not path.exists():
            _draw(path, progressive=progressive)
        for peer, start in starters.items():
            settings = {"source": "original"} if peer == OURS else {}
            ask = Ask(path, WIDTH, Format.JPEG, settings)
            with closing(start()) as process:
                found.append(_spent(name, process, ask))
    return found


def _draw(path: Path, *, progressive: bool) -> None:
    unfinished = path.with_stem(f"unfinished-{path.stem}")
    options: dict[str, Any] = {"quality": 85, "subsampling": "4:2:0", "progressive": progressive}
    drawn(LARGEST, "RGB").save(unfinished, **options)
    unfinished.replace(path)


def _spent(original: str, process: Peer, ask: Ask) -> Memory:
    ready = most_resident(process.pid)
    try:
        process.render(ask)
    except Refused:
        return Memory(original, process.name, ready, None)
    return Memory(original, process.name, ready, most_resident(process.pid))
