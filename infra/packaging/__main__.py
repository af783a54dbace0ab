"""Build the package of every function: `python -m infra.packaging [--architecture arm64]`."""

import argparse
import hashlib
import sys
import zipfile

from infra.packaging import ARCHITECTURES, FUNCTIONS, PYTHON, PackagingFailed, build_package

_MB = 1_000_000


def main() -> None:
    """Build the packages, and print the size and digest of each."""
    parser = argparse.ArgumentParser(prog="python -m infra.packaging", description=__doc__)
    parser.add_argument("--architecture", choices=ARCHITECTURES, default="x86_64")
    parser.add_argument("--python", default=PYTHON, help=f"the runtime's version; {PYTHON}")
    arguments = parser.parse_args()
    for function in FUNCTIONS:
        try:
            package = build_package(function, arguments.architecture, arguments.python)
        except PackagingFailed as error:
            sys.exit(f"calotype: {error}")
        with zipfile.ZipFile(package) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        digest = hashlib.sha256(package.read_bytes()).hexdigest()
        print(
            f"{package}  {package.stat().st_size / _MB:.1f} MB, "
            f"unpacked {unpacked / _MB:.1f}  {digest}"
        )


if __name__ == "__main__":
    main()
