"""Photographs for the benches: Debian's wallpaper packages, unpacked into a folder.

apt-get download mate-backgrounds lomiri-wallpapers-20.04
for package in *.deb; do dpkg -x "$package" photographs; done
"""

import argparse
from pathlib import Path


def photographs(description: str | None) -> list[Path]:
    """Return the JPEGs in the folder on the command line, largest first."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("folder", type=Path, help="a folder of photographs")
    parser.add_argument("--most", type=int, default=6, help="how many, the largest first")
    asked = parser.parse_args()
    found = {path.stat().st_size: path for path in asked.folder.rglob("*.jpg") if path.is_file()}
    if not found:
        parser.error(f"no .jpg in {asked.folder}")
    return [found[size] for size in sorted(found, reverse=True)][: asked.most]
