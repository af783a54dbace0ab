"""Work that waits until an answer is given."""

from __future__ import annotations

import traceback
from collections import deque
from typing import TYPE_CHECKING, Any

from origin_lambda.log import log_event

if TYPE_CHECKING:
    from collections.abc import Callable


class WorkQueue:
    """The work of one invocation; what gives the answer calls `run` after it."""

    def __init__(self) -> None:
        self._work: deque[Callable[[], object]] = deque()

    def add(self, work: Callable[[], object]) -> None:
        self._work.append(work)

    def deliver(self, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        return make()

    def run(self) -> None:
        """Do all work. Work that fails is logged: the answer is already given."""
        while self._work:
            work = self._work.popleft()
            try:
                work()
            except Exception as error:  # noqa: BLE001 reason: the answer is already given
                log_event("crashed", error=repr(error), trace=traceback.format_exc())
