"""Lines in the terminal: short ones, that do nothing to it, and that may find no reader."""

import contextlib
import os
import sys
import threading
from typing import Final

_LONGEST: Final = 160
_ELLIPSIS: Final = "…"
_lock: Final = threading.Lock()


def print_line(text: str = "") -> None:
    """Print a line at once; where the output has been closed (`| head`), say so once and go on."""
    with _lock:
        try:
            print(text, flush=True)
        except BrokenPipeError:
            discard_output()
            with contextlib.suppress(OSError):
                print("calotype: the output is closed; the server goes on", file=sys.stderr)


def discard_output() -> None:
    """Send all further output to nowhere: nothing reads it any more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def shorten(text: str, longest: int = _LONGEST) -> str:
    """Return a text with its middle cut out if it has more than *longest* characters."""
    if len(text) <= longest:
        return text
    tail = (longest - len(_ELLIPSIS)) // 3
    head = longest - len(_ELLIPSIS) - tail
    return f"{text[:head]}{_ELLIPSIS}{text[-tail:]}"


def in_a_line(text: str) -> str:
    """Return a text so that it is one line and does nothing to a terminal."""
    return text if text.isprintable() else repr(text)
