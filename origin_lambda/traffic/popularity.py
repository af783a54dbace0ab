"""Counts the views of derivatives, by day, and estimates how often each will be viewed."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import nlargest
from typing import Final

from origin_lambda.ports import TrafficTable
from origin_lambda.url.keys import LONGEST_KEY

COUNTED: Final = 100
"""Paths of one log file that are counted: the others have too few views to pay."""

_DAYS: Final = 7
_HALF_LIFE: Final = 2.0
"""Days after which a day counts half as much."""

_KEPT: Final = timedelta(days=_DAYS + 2)


@dataclass(frozen=True, slots=True)
class Popularity:
    """The views of canonical paths in a *table*; *clock* is in Unix seconds."""

    table: TrafficTable
    clock: Callable[[], float]

    def add(self, views: Mapping[str, int]) -> None:
        """Add views by path: the most frequent paths only, and none too long for the table."""
        now = self._now()
        for path, count in Counter(views).most_common(COUNTED):
            if len(path.encode()) <= LONGEST_KEY:
                expires = int((now + _KEPT).timestamp())
                self.table.add(_part(now), path, {"views": count}, expires=expires)

    def estimate(self, prefix: str = "") -> Mapping[str, float]:
        """Return the expected views a day by path: a mean of the last week, recent days first.

        Only paths that begin with the *prefix* are read.
        """
        now = self._now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        today = (now - midnight) / timedelta(days=1)
        weights = [0.5 ** (age / _HALF_LIFE) for age in range(_DAYS)]
        days = today + sum(weights[1:])
        expected: defaultdict[str, float] = defaultdict(float)
        for age, weight in enumerate(weights):
            for path, numbers in self.table.entries(_part(now - timedelta(days=age)), prefix):
                expected[path] += numbers["views"] * weight / days
        return expected

    def find_top(self, most: int) -> list[tuple[str, float]]:
        """Return the paths with the most expected views a day, and these, most first."""
        return nlargest(most, self.estimate().items(), key=lambda each: each[1])

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)


def _part(day: datetime) -> str:
    return f"views {day:%Y-%m-%d}"
