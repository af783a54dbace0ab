"""Draws one SVG: the program of the process that `draw` starts.

    child.py EXTENSION SECONDS BYTES < drawing.svg > picture.png

It limits its own processor time and memory, then reads the drawing. So a drawing that takes too
much ends this process and nothing else; resvg aborts if it cannot allocate. It can open neither
files nor connections: resvg would read a picture that a drawing names by its path, and svg-hush
leaves such paths in.
"""

import resource
import signal
import sys
from importlib.util import module_from_spec, spec_from_file_location

REFUSED = 2
"""The exit code if the drawing cannot be drawn."""


def main() -> int:
    """Draw what is on standard input."""
    extension, seconds, most_bytes = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    spec = spec_from_file_location("resvg_py", extension)
    if spec is None or spec.loader is None:
        return 1
    resvg = module_from_spec(spec)
    spec.loader.exec_module(resvg)
    drawing = sys.stdin.buffer.read().decode()
    for limit, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_AS, most_bytes),
    ):
        resource.setrlimit(limit, (most, most))
    # Processor time of user and kernel; the signal ends the process.
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        picture = resvg.svg_to_bytes(svg_string=drawing, skip_system_fonts=True)
    except (MemoryError, ValueError) as error:
        sys.stderr.write(str(error))
        return REFUSED
    sys.stdout.buffer.write(bytes(picture))
    return 0


if __name__ == "__main__":
    sys.exit(main())
