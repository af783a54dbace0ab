"""How long ingest takes: until mips can be used, and until the original is ready.

Run as `python -m bench.ingest PICTURES`. It prints processor time, in one thread. The services that
ingest calls are not in it.
"""

import argparse
import os
import statistics
import time
from pathlib import Path
from typing import Any, Final

from origin_lambda.adapters.blazeface.detector import BlazeFace
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.image.analysis.analyse import Analyser
from origin_lambda.image.probe import Limits

_ANALYSER: Final[Analyser[Any]] = Analyser(
    PillowCodec(), PillowMeasurer(), sanitise, Limits(), BlazeFace()
)


def time_ingest(data: bytes) -> tuple[float, float]:
    """Return the processor milliseconds until an original has mips, and until it is ready."""
    began = time.process_time()
    decoded = _ANALYSER.decode(data)
    halfway = time.process_time()
    _ANALYSER.measure(decoded)
    return 1000 * (halfway - began), 1000 * (time.process_time() - began)


def main() -> None:
    """Print a table of the pictures in a folder: medians of several rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", type=Path, help="a folder of pictures")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    os.environ.setdefault("SVT_LOG", "1")
    print("| original | megapixels | mips, ms | ready, ms |\n|---|---|---|---|")
    for path in sorted(each for each in arguments.pictures.iterdir() if each.is_file()):
        data = path.read_bytes()
        pixels = PillowCodec().probe(data).size.pixels
        rounds = [time_ingest(data) for _ in range(arguments.rounds)]
        mips, ready = (statistics.median(each) for each in zip(*rounds, strict=True))
        print(f"| {path.name} | {pixels / 1e6:.1f} | {mips:.0f} | {ready:.0f} |")


if __name__ == "__main__":
    main()
