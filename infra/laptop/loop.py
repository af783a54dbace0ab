"""Work that goes on beside the server until it stops."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from infra.terminal import print_line

_PATIENCE: Final = 2.0  # seconds that a turn is given to end; nothing outlives the process
_AFTER_FAILURE: Final = 1.0


class Loop:
    """Takes one turn after another in a thread of its own, *pause* seconds apart.

    A turn that fails is a line in the terminal; the next one comes all the same.
    """

    def __init__(self, name: str, turn: Callable[[], object], pause: float = 0) -> None:
        self._turn = turn
        self._pause = pause
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Take the first turn."""
        self._thread.start()

    def stop(self) -> None:
        """Take no further turn."""
        self._stopping.set()

    def join(self) -> None:
        """Wait a little for the present turn."""
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        while not self._stopping.is_set():
            pause = self._pause
            try:
                self._turn()
            except Exception as error:  # noqa: BLE001 reason: whatever it is, the server goes on
                if not self._stopping.is_set():
                    print_line(f"{self._thread.name}: {error!r}")
                pause = max(pause, _AFTER_FAILURE)
            self._stopping.wait(pause)


@contextmanager
def going_on(*loops: Loop) -> Iterator[None]:
    """Keep loops going for as long as the block runs."""
    for loop in loops:
        loop.start()
    try:
        yield
    finally:
        for loop in loops:
            loop.stop()
        for loop in loops:
            loop.join()
