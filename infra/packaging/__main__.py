"""Packages every function: `python -m infra.packaging [--architecture arm64]`."""

import argparse
import hashlib
import sys
import zipfile

from infra.packaging import ARCHITECTURES, FUNCTIONS, PYTHON, Failed, packaged

_MB = 1_000_000


def main() -> None:
    """Package, and print what each zip weighs."""
    parser = argparse.ArgumentParser(prog="python -m infra.packaging", description=__doc__)
    parser.add_argument("--architecture", choices=ARCHITECTURES, default="x86_64")
    parser.add_argument("--python", default=PYTHON, help=f"the runtime's version; {PYTHON}")
    given = parser.parse_args()
    for function in FUNCTIONS:
        try:
            made = packaged(function, given.architecture, given.python)
        except Failed as error:
            sys.exit(f"calotype: {error}")
        with zipfile.ZipFile(made) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        digest = hashlib.sha256(made.read_bytes()).hexdigest()
        print(
            f"{made}  {made.stat().st_size / _MB:.1f} MB, unpacked {unpacked / _MB:.1f}  {digest}"
        )


if __name__ == "__main__":
    main()
