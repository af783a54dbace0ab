"""Repeat background work while the server runs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from infra.terminal import print_line

_JOIN_SECONDS: Final = 2.0  # to wait for a step at the end; its thread ends with the process
_AFTER_FAILURE: Final = 1.0  # seconds


class Loop:
    """Repeats a step in a thread, with a pause of *pause* seconds after each.

    A failed step is printed as a line in the terminal, and the loop continues.
    """

    def __init__(self, name: str, step: Callable[[], object], pause: float = 0) -> None:
        self._step = step
        self._pause = pause
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Begin no further step."""
        self._stopping.set()

    def join(self) -> None:
        """Wait up to 2 seconds for the running step."""
        self._thread.join(_JOIN_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            pause = self._pause
            try:
                self._step()
            except Exception as error:  # noqa: BLE001 reason: no failure may stop the server
                if not self._stopping.is_set():
                    print_line(f"{self._thread.name}: {error!r}")
                pause = max(pause, _AFTER_FAILURE)
            self._stopping.wait(pause)


@contextmanager
def run_loops(*loops: Loop) -> Iterator[None]:
    """Run loops until the block ends."""
    for loop in loops:
        loop.start()
    try:
        yield
    finally:
        for loop in loops:
            loop.stop()
        for loop in loops:
            loop.join()
