"""Derives and analyses damaged pictures of every format: `make fuzz`.

Each file is a small valid one in which some bytes were changed, moved, repeated or cut off, by a
seed. The outcome must be a picture or a refusal, within limits of memory and time.
"""

import argparse
import json
import pickle
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any, Final

from tests.support.memory_sandbox import HEADROOM, LAMBDA_BYTES
from tests.support.originals import draw

FILES: Final = 20_000
SEED: Final = 1839
MAX_SECONDS: Final = 5.0
MAX_MEMORY: Final = 512 * 2**20

_BATCH: Final = 500
_SEEDS: Final = (
    "jpeg-progressive", "exif-6", "iptc-copyright", "jpeg-cmyk", "jpeg-wide-gamut", "png-palette-alpha",
    "png-16", "png-interlaced", "apng", "gif", "gif-animated", "webp", "webp-alpha", "webp-animated",
    "avif", "avif-alpha", "heic", "tiff", "tiff-cmyk", "bmp",
)  # fmt: skip
_SPECIAL: Final = (0, 1, 2, 0x7F, 0x80, 0xD8, 0xDA, 0xFE, 0xFF)


def damage(data: bytes, random: Random) -> bytes:
    """Return a file with one to twelve faults, most of them in its first bytes."""
    result = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 3, 5, 12))):
        end = len(result) if random.random() < 0.5 else min(len(result), 200)
        at = random.randrange(2, max(3, end))
        match random.randrange(7):
            case 0 | 1:
                result[at : at + 1] = bytes((random.randrange(256),))
            case 2:
                result[at : at + 1] = bytes((random.choice(_SPECIAL),))
            case 3:
                width = random.choice((2, 4))
                result[at : at + width] = bytes((random.choice((0, 0xFF, 0x7F)),)) * width
            case 4:
                del result[at : at + random.randrange(1, 40)]
            case 5:
                result[at:at] = result[max(2, at - random.randrange(1, 60)) : at]
            case 6 if random.random() < 0.3:
                del result[at:]
            case _:
                result[at : at + 1] = bytes((result[at - 1] ^ 1 << random.randrange(8),))
    return bytes(result)


def draw_damaged_files(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield *count* damaged files, each with a name that contains its seed."""
    originals = [(name, draw(name)) for name in _SEEDS]
    for number in range(count):
        name, data = originals[number % len(originals)]
        yield f"{name} {seed}.{number}", damage(data, Random(f"{seed}.{number}"))


def try_files(batch: list[tuple[str, bytes]]) -> list[dict[str, Any]]:
    """Return the outcome of each file, tried in a process of limited memory.

    If the process ends, that file counts as a crash, and another process tries the rest.
    """
    run = subprocess.run(
        [sys.executable, "-m", "tests.support.memory_sandbox"],
        input=pickle.dumps(batch),
        capture_output=True,
        timeout=600,
        check=False,
    )
    results = [json.loads(line) for line in run.stdout.splitlines()]
    if len(results) < len(batch):
        name, data = batch[len(results)]
        output = run.stderr[-300:].decode(errors="replace")
        crash = {
            "name": name,
            "bytes": len(data),
            "outcome": f"crash: {run.returncode} {output}",
            "seconds": 0.0,
            "memory": 0,
        }
        return [*results, crash, *try_files(batch[len(results) + 1 :])]
    return results


def is_fault(outcome: dict[str, Any]) -> bool:
    """Return whether a file crashed, or took too much memory or time."""
    is_crash: bool = outcome["outcome"].startswith("crash")
    is_large: bool = outcome["memory"] > MAX_MEMORY or outcome["seconds"] > MAX_SECONDS
    return is_crash or is_large


def main() -> int:
    """Try the files, print every fault and a summary of the outcomes; return 1 on a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (LAMBDA_BYTES + HEADROOM,) * 2)
    counts: Counter[str] = Counter()
    faults, batch = [], []
    slowest = largest = 0.0
    for number, one in enumerate(draw_damaged_files(arguments.files, arguments.seed), 1):
        batch.append(one)
        if len(batch) < _BATCH and number < arguments.files:
            continue
        for outcome in try_files(batch):
            counts[outcome["outcome"].partition(":")[0]] += 1
            slowest = max(slowest, outcome["seconds"])
            largest = max(largest, outcome["memory"])
            faults += [outcome] if is_fault(outcome) else []
        batch = []
    for fault in faults:
        sys.stdout.write(json.dumps(fault) + "\n")
    summary = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    sys.stdout.write(
        f"{arguments.files} files: {summary}; at most {slowest:.2f} s and {largest / 2**20:.0f} MB\n"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
