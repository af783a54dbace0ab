"""Print to a terminal: short lines without control characters. A closed output is no error."""

import contextlib
import os
import sys
import threading
from typing import Final

_LONGEST: Final = 160
_ELLIPSIS: Final = "…"
_lock: Final = threading.Lock()


def print_line(text: str = "") -> None:
    """Print a line at once; if the output is closed (`| head`), report that once and continue."""
    with _lock:
        try:
            print(text, flush=True)
        except BrokenPipeError:
            discard_output()
            with contextlib.suppress(OSError):
                print("calotype: the output is closed; the server continues", file=sys.stderr)


def discard_output() -> None:
    """Discard all further output: the program that read it has ended."""
    null_device = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null_device, sys.stdout.fileno())
    os.close(null_device)


def shorten(text: str, longest: int = _LONGEST) -> str:
    """Return a text of at most *longest* characters; a longer one loses its middle."""
    if len(text) <= longest:
        return text
    tail = (longest - len(_ELLIPSIS)) // 3
    head = longest - len(_ELLIPSIS) - tail
    return f"{text[:head]}{_ELLIPSIS}{text[-tail:]}"


def make_printable(text: str) -> str:
    """Return a text as it is, or escaped if it contains line breaks or control characters."""
    return text if text.isprintable() else repr(text)
