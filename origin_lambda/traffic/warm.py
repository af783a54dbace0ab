"""Stores derivatives of an original that is new or was replaced, before a viewer requests them.

It requests them from the origin, as a viewer does. So one that dies anywhere leaves nothing behind
that a renderer could not (docs/consistency.md).
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nlargest
from typing import Final

from origin_lambda.best_effort import best_effort
from origin_lambda.derivatives.origin import Origin
from origin_lambda.derivatives.refine import ref_of
from origin_lambda.http import Request
from origin_lambda.originals.record import Status
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.traffic.popularity import Popularity
from origin_lambda.url.grammar import derivatives_prefix

MOST_WARMED: Final = 20
"""Derivatives of one original that are stored before they are requested."""

_SECONDS: Final = 20.0
"""The time for one original. No request may live longer than the 25 s of the origin function:
a sweep counts on that."""


@dataclass(frozen=True, slots=True)
class Warmer:
    """Stores *presets*, which are canonical transforms, and what was popular in the last week.

    *origin* must look for a stored derivative before it renders one.
    """

    origin: Origin
    presets: tuple[str, ...] = ()
    popularity: Popularity | None = None

    def warm(self, key: str, version: str) -> None:
        """Store derivatives of an original, if it still has this version.

        A failure is counted and not repeated: viewers get what is missing by their own requests.
        """
        until = time.monotonic() + _SECONDS
        record = self.origin.store.find_record(key, Stopwatch(until))
        if record is None or record.version != version or record.status is not Status.READY:
            return  # the ingest of the next version requests it again
        with best_effort("warm"):
            for path in self._find_paths(key):
                if time.monotonic() > until:
                    return
                self.origin.answer(Request("GET", path, deadline=until))

    def _find_paths(self, key: str) -> Iterator[str]:
        """Yield the paths to request: presets first, and then popular ones, at most 20."""
        prefix = f"/{derivatives_prefix(key)}"
        paths = dict.fromkeys(prefix + each for each in self.presets)
        if self.popularity is not None:
            views = self.popularity.estimate(prefix)
            own = [path for path in views if "/" not in path.removeprefix(prefix) and ref_of(path)]
            paths |= dict.fromkeys(nlargest(MOST_WARMED, own, key=lambda path: views[path]))
        yield from list(paths)[:MOST_WARMED]
