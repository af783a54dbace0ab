"""Draws a part of an SVG at a given size.

The drawing is sanitised first, so nothing outside of it is read. A check then refuses what could
only be a bomb. The rest is drawn in a process with limits of its own: the cost of filters, masks
and dashes cannot be computed from the file.
"""

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

from origin_lambda.adapters.resvg import child
from origin_lambda.adapters.resvg.complexity import check_complexity
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.errors import Unprocessable
from origin_lambda.image.containers import svg
from origin_lambda.image.geometry import Size
from origin_lambda.image.source import Drawing

MAX_BYTES: Final = 1_000_000
"""Longest file that is drawn: reading a longer one alone can take 100 ms."""

_LEAST_SECONDS: Final = 0.075
_SECONDS_PER_PIXEL: Final = 1.5e-6
_MOST_SECONDS: Final = 3.0
_SECONDS_PER_BYTE: Final = 0.05e-6
"""The processor time for a drawing: 0.09 s at 300x200, 0.7 s at 800x600, 3 s from 2 megapixels on.

A plain drawing takes 0.1 microseconds a pixel, a drop shadow over the whole of it 0.2 to 0.8 (on a
busy processor).
"""

_WALL_SECONDS: Final = 5.0
"""The time that the process can take beyond its processor time, if others compete with it."""

_MEMORY: Final = 100_000_000
"""Address space of the process in bytes: 15 MB are Python and resvg."""


def draw(data: bytes, drawing: Drawing) -> bytes:
    """Return a PNG of a part of an SVG.

    Raises:
        Unprocessable: it is broken, or takes too much time or memory to draw.

    """
    if len(data) > MAX_BYTES:
        message = f"an SVG of more than {MAX_BYTES:,} bytes cannot become pixels"
        raise Unprocessable(message)
    check_complexity(data)
    document = svg.crop(sanitise(data), drawing).encode()
    seconds = _limit_seconds(drawing.size, len(data))
    command = [
        *(sys.executable, "-I", "-S", "-B", child.__file__, _find_extension()),
        *(f"{seconds:.3f}", str(_MEMORY)),
    ]
    try:
        completed = subprocess.run(  # noqa: S603 reason: our own program; the drawing is its input
            command,
            input=document,
            capture_output=True,
            timeout=_WALL_SECONDS + seconds,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_complex(repr(error)) from error
    if completed.returncode == child.REFUSED:
        message = "the original is broken"
        raise Unprocessable(message, detail=completed.stderr.decode(errors="replace")[:200])
    if completed.returncode:
        detail = f"exit code {completed.returncode}"
        raise _too_complex(detail)
    return completed.stdout


def _limit_seconds(size: Size, length: int) -> float:
    """Return the processor time for a drawing of this size whose file has this length."""
    for_pixels = min(_SECONDS_PER_PIXEL * size.pixels, _MOST_SECONDS)
    return max(_LEAST_SECONDS, for_pixels) + _SECONDS_PER_BYTE * length


@cache
def _find_extension() -> str:
    """Return the path of resvg's extension module; importing it here would take memory."""
    for entry in sys.path:
        for path in sorted(Path(entry).glob("resvg_py/resvg_py.*so")):
            return str(path)
    message = "resvg_py is not installed"
    raise ModuleNotFoundError(message)


def _too_complex(detail: str) -> Unprocessable:
    message = "the original takes too much time or memory to draw at this size"
    return Unprocessable(message, detail=detail)
