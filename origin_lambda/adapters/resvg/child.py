"""Draws one SVG: the program of the process that `draw` starts.

    child.py EXTENSION SECONDS BYTES < drawing.svg > picture.png

It limits its own processor time and memory, then reads the drawing. So a drawing that takes too
much ends this process and nothing else; resvg aborts if it cannot allocate.
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
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
    # Processor time of user and kernel; the signal ends the process.
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        drawing = sys.stdin.buffer.read().decode()
        picture = resvg.svg_to_bytes(svg_string=drawing, skip_system_fonts=True)
    except (MemoryError, ValueError) as error:
        sys.stderr.write(str(error))
        return REFUSED
    sys.stdout.buffer.write(bytes(picture))
    return 0


if __name__ == "__main__":
    sys.exit(main())
