"""The demo originals, which `make serve` shows if no folder is given.

Photographs and drawings with a free licence; `originals/README.md` names their sources.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

FILES: Final = Path(__file__).parent / "originals"

LAYERS: Final = {
    "_layers/logo.png": "calotype.png",
    "_layers/sunset.jpg": "sunset.jpg",
    "_layers/dandelion.jpg": "dandelion.jpg",
}
"""Key -> file of the originals that `mark` and `blend` can name."""

_SOURCES: Final = {
    **LAYERS,
    "cats/tom.jpg": "cat.jpg",
    "scenes/mountains.jpg": "mountains.jpg",
    "scenes/sunset.jpg": "sunset.jpg",
    "plants/dandelion.jpg": "dandelion.jpg",
    "animals/dogs.jpg": "dogs.jpg",
    "portraits/astronaut.jpg": "astronaut.jpg",
    "logos/calotype.png": "calotype.png",
    "animations/orbit.gif": "orbit.gif",
    "unicode/Kırmızı kâsede incir ✨.jpg": "fig.jpg",  # noqa: RUF001 reason: Turkish has a dotless i
}
"""Key -> file. The files have ASCII names, because file systems store others differently."""

DEMO: Final = tuple(_SOURCES)


def demo_folder() -> Path:
    """Return the folder of this user's demo originals, which stays between two starts."""
    return Path(tempfile.gettempdir()) / f"calotype-originals-{os.getuid()}"


def list_missing(folder: Path) -> list[str]:
    """Return the keys of the demo originals that *folder* lacks."""
    return [key for key in _SOURCES if not (folder / key).exists()]


def copy_demo(folder: Path) -> None:
    """Copy each demo original that *folder* lacks."""
    for key in list_missing(folder):
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        # Rename when complete: an interrupted copy must not look like an original.
        part = path.with_name(f"{path.name}.part")
        shutil.copyfile(FILES / _SOURCES[key], part)
        part.replace(path)
