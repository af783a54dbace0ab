"""Draws the originals `make serve` shows when no folder is given: a first look needs no files.

The scenes are painted, not photographed: two landscapes and the hills under the balloon are height
maps lit by a low sun and seen in perspective, the street is a row of flat facades set at an angle.
Every picture has its own seed, so the same Pillow draws the same bytes on every machine.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from infra.demo.attic import paint_attic
from infra.demo.balloon import paint_balloon
from infra.demo.dunes import paint_dunes
from infra.demo.lake import paint_lake
from infra.demo.logo import paint_logo
from infra.demo.orbit import paint_orbit
from infra.demo.street import paint_street

_PAINTERS: Final[dict[str, Callable[[], bytes]]] = {
    "scenes/dunes.jpg": paint_dunes,
    "scenes/lake.jpg": paint_lake,
    "scenes/street.jpg": paint_street,
    "portraits/balloon.jpg": paint_balloon,
    "logos/calotype.png": paint_logo,
    "animations/orbit.gif": paint_orbit,
    "unicode/Çatı katı ✨.png": paint_attic,  # noqa: RUF001 reason: Turkish has a dotless i
}

DEMO: Final = tuple(_PAINTERS)


def demo_folder() -> Path:
    """Return the folder in which this user's demo originals are kept between two starts."""
    return Path(tempfile.gettempdir()) / f"calotype-demo-{os.getuid()}"


def list_missing(folder: Path) -> list[str]:
    """Return the keys of the demo originals that *folder* lacks."""
    return [key for key in _PAINTERS if not (folder / key).exists()]


def draw_demo(folder: Path) -> None:
    """Write each demo original that *folder* lacks; takes some five seconds the first time."""
    for key in list_missing(folder):
        path, paint = folder / key, _PAINTERS[key]
        path.parent.mkdir(parents=True, exist_ok=True)
        # Renamed when whole, so that an interrupted run leaves nothing a later one would keep.
        part = path.with_name(f"{path.name}.part")
        part.write_bytes(paint())
        part.replace(path)
