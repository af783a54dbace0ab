"""Times the stages of a request, and stops the request at its deadline."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from origin_lambda.errors import OutOfTime


class Stopwatch:
    """Milliseconds by stage, in the order in which the stages began; equal names add up."""

    def __init__(self, deadline: float | None = None) -> None:
        """Start the watch; *deadline* is in seconds of `time.monotonic`."""
        self.deadline = deadline
        self.began = time.perf_counter()
        self.stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the duration of the block to the stage *name*.

        Raises:
            OutOfTime: the deadline has already passed.

        """
        if self.deadline is not None and time.monotonic() > self.deadline:
            message = "the picture was not ready in time"
            raise OutOfTime(message, detail=f"before {name}")
        began = time.perf_counter()
        try:
            yield
        finally:
            spent = 1000 * (time.perf_counter() - began)
            self.stages[name] = self.stages.get(name, 0.0) + spent

    @property
    def total(self) -> float:
        """Milliseconds since the start."""
        return 1000 * (time.perf_counter() - self.began)

    @property
    def server_timing(self) -> str:
        """The stages as a `Server-Timing` header (W3C Server Timing)."""
        return ", ".join(f"{name};dur={spent:.1f}" for name, spent in self.stages.items())
