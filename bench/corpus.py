"""Photographs for the benches: Debian's wallpaper packages, unpacked into a folder.

apt-get download mate-backgrounds lomiri-wallpapers-20.04
for package in *.deb; do dpkg -x "$package" photographs; done
"""

import argparse
from pathlib import Path


def find_photographs(description: str | None) -> list[Path]:
    """Parse a bench's command line; return the JPEGs in its folder, the largest first.

    Of files with the same size only one is returned: they are taken for copies.
    *description* is the bench's, for `--help`.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("folder", type=Path, help="a folder of photographs")
    parser.add_argument("--most", type=int, default=6, help="how many, the largest first")
    arguments = parser.parse_args()
    files = (path for path in arguments.folder.rglob("*.jpg") if path.is_file())
    by_size = {path.stat().st_size: path for path in files}
    if not by_size:
        parser.error(f"no .jpg in {arguments.folder}")
    return [by_size[size] for size in sorted(by_size, reverse=True)][: arguments.most]
