"""Collect the originals: photographs of a folder, some of them as HEIC too, and drawings.

All are written to one folder, under plain names, so that every peer reads the same files.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image
from pillow_heif import register_heif_opener

from bench.peers.drawings import DRAWINGS

NARROWEST: Final = 1600
"""Originals are at least as wide as the widest result, so that no peer enlarges."""

TAKEN: Final = {".jpg": 10, ".png": 4, ".webp": 2}
_AS_HEIC: Final = (3, 8)  # a large and a medium photograph, by their place in order of size
_HEIC_QUALITY: Final = 75
_PHONE: Final = 4032  # the longest side of a telephone's 12 megapixels


@dataclass(frozen=True, slots=True)
class Original:
    """A file, and whether it has transparency."""

    path: Path
    alpha: bool

    @property
    def name(self) -> str:
        """Its name in tables."""
        return self.path.name

    @property
    def kind(self) -> str:
        """Its format."""
        return self.path.suffix[1:]


def collect_originals(photographs: Path, into: Path) -> list[Original]:
    """Write all originals to a folder, and return them."""
    register_heif_opener()
    into.mkdir(parents=True, exist_ok=True)
    copied = list(_copy(photographs, into))
    return [_inspect(path) for path in (*copied, *_convert_to_heic(copied), *_draw(into))]


def _copy(photographs: Path, into: Path) -> Iterator[Path]:
    for suffix, most in TAKEN.items():
        found = {path.stat().st_size: path for path in sorted(photographs.rglob(f"*{suffix}"))}
        wide = [found[size] for size in sorted(found, reverse=True) if _is_wide(found[size])]
        if not wide and suffix == ".jpg":
            message = f"no {suffix} of {NARROWEST} pixels and more in {photographs}"
            raise SystemExit(message)
        for path in wide[:most]:
            copy = into / path.name
            if not copy.exists():
                unfinished = copy.with_suffix(".unfinished")
                shutil.copyfile(path, unfinished)
                unfinished.replace(copy)
            yield copy


def _is_wide(path: Path) -> bool:
    with Image.open(path) as image:
        return image.width >= NARROWEST


def _convert_to_heic(copied: list[Path]) -> Iterator[Path]:
    photographs = [path for path in copied if path.suffix == ".jpg"]
    for place in _AS_HEIC:
        if place < len(photographs):
            path = photographs[place].with_suffix(".heic")
            if not path.exists():
                with Image.open(photographs[place]) as image:
                    image.thumbnail((_PHONE, _PHONE))
                    save(image, path, quality=_HEIC_QUALITY)
            yield path


def _draw(into: Path) -> Iterator[Path]:
    for name, draw in DRAWINGS.items():
        path = into / name
        if not path.exists():
            save(draw(), path, **({"lossless": True} if path.suffix == ".webp" else {}))
        yield path


def save(image: Image.Image, path: Path, **options: Any) -> None:
    """Write a file completely or not at all."""
    unfinished = path.with_stem(f"unfinished-{path.stem}")
    image.save(unfinished, **options)
    unfinished.replace(path)


def _inspect(path: Path) -> Original:
    with Image.open(path) as image:
        return Original(path, image.has_transparency_data)
