"""Derives and analyses files in a process with the memory limit of a Lambda function.

Run as `python -m tests.support.memory_sandbox`: it reads pickled names and files from standard
input, and writes a line of JSON for each.
"""

import itertools
import json
import os
import pickle
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import Any, Final

LAMBDA_BYTES: Final = 1_769 * 2**20
"""The memory of a function, in bytes."""

HEADROOM: Final = 700 * 2**20
"""Addresses that use no memory: libraries, stacks and arenas of threads."""

_QUERIES: Final = ("w=64&fm=webp", "fm=jpg&w=64", "fm=gif&w=64", "fm=webp")


def try_to_render(data: bytes, steps: list[float]) -> str:
    """Analyse and derive a file; return "shown", or the name of the error that refuses it.

    The end of each step, in seconds of processor time, is added to *steps*: analysis and render run
    in different functions.
    """
    from origin_lambda.adapters.pillow.codec import PillowCodec
    from origin_lambda.adapters.pillow.measurer import PillowMeasurer
    from origin_lambda.errors import CalotypeError
    from origin_lambda.image.analysis.analyse import Analyser
    from origin_lambda.image.derive import derive
    from origin_lambda.image.probe import Limits
    from origin_lambda.stopwatch import Stopwatch
    from origin_lambda.url.grammar import parse

    codec = PillowCodec()
    analyser = Analyser(codec, PillowMeasurer(), lambda svg: svg, Limits())
    try:
        analyser.refuse_early(data[:65_536])
        analyser.analyse(data, with_mips=False)
        steps.append(time.process_time())
        derive(data, parse("/a", _QUERIES[len(data) % 3]).transform, codec, Limits(), Stopwatch())
    except CalotypeError as error:
        return type(error).__name__
    return "shown"


def peak_memory() -> int:
    """Return the peak memory of this process since the last reset, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return 1024 * int(line.split()[1])
    return 0


def reset_peak() -> None:
    """Reset the peak memory of this process."""
    Path("/proc/self/clear_refs").write_text("5")


def try_file(name: str, data: bytes) -> dict[str, Any]:
    """Return the outcome, the memory, and the processor time of the longer step of a file."""
    reset_peak()
    before, steps = peak_memory(), [time.process_time()]
    try:
        result = try_to_render(data, steps)
    except Exception as error:  # noqa: BLE001 reason: the test checks that there is none
        result = f"crash: {error!r}"
    steps.append(time.process_time())
    seconds = max(end - begin for begin, end in itertools.pairwise(steps))
    return {
        "name": name,
        "bytes": len(data),
        "outcome": result,
        "seconds": round(seconds, 2),
        "memory": peak_memory() - before,
    }


def main() -> None:
    """Try every file from standard input."""
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (LAMBDA_BYTES + HEADROOM,) * 2)
    os.environ.setdefault("SVT_LOG", "1")
    from tests.support.originals import draw

    for name in ("jpeg", "png", "gif-animated", "webp-animated", "avif", "heic", "tiff", "bmp"):
        try_to_render(draw(name), [])
    for name, data in pickle.load(sys.stdin.buffer):  # noqa: S301 reason: the test wrote it
        sys.stdout.write(json.dumps(try_file(name, data)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
