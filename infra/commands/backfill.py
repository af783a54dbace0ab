"""Ingests many originals: a few at a time, so that it can be stopped and begun again."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from origin_lambda.errors import CalotypeError, Unavailable
from origin_lambda.originals.record import OriginalRecord, Status

_PAUSES: Final = (1.0, 2.0, 4.0)  # seconds: another delivery may be at work, or AWS is busy


@dataclass(slots=True)
class Tally:
    """What has become of the originals so far; *rejected* and *failed* say why, by key."""

    total: int
    ready: int = 0
    gone: list[str] = field(default_factory=list)
    rejected: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    is_stopped: bool = False

    @property
    def done(self) -> int:
        """How many have been dealt with."""
        return self.ready + len(self.gone) + len(self.rejected) + len(self.failed)

    def __str__(self) -> str:
        parts = {
            "ready": self.ready,
            "rejected": len(self.rejected),
            "gone": len(self.gone),
            "failed": len(self.failed),
        }
        told = ", ".join(f"{number:,} {name}" for name, number in parts.items() if number)
        return f"{self.done:,} of {self.total:,}: {told or 'none yet'}"

    def count(self, key: str, item: OriginalRecord) -> None:
        """Count what became of an original."""
        match item.status:
            case Status.READY:
                self.ready += 1
            case Status.REJECTED:
                reason = item.reason
                self.rejected[key] = f"{reason.code}: {reason.message}" if reason else "no reason"
            case Status.DELETED:
                self.gone.append(key)
            case Status.PENDING:
                self.failed[key] = "it was replaced meanwhile, and is ingested elsewhere"


def backfill(
    take: Callable[[str], OriginalRecord],
    keys: Sequence[str],
    workers: int,
    told: Callable[[Tally], None],
    pause: Callable[[float], None] = time.sleep,
) -> Tally:
    """Take originals, so many at a time; *told* is called with the tally after each.

    Interrupted by Ctrl-C it begins no other, waits for those it has begun, and says so in the
    tally.
    """
    tally = Tally(len(keys))
    left = iter(keys)
    running: dict[Future[OriginalRecord], str] = {}

    with ThreadPoolExecutor(workers, "backfill") as pool:

        def begin(number: int) -> None:
            for key in islice(left, number):
                running[pool.submit(_patiently, take, key, pause)] = key

        while True:
            try:
                begin(workers - len(running))
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    _count(tally, running.pop(future), future)
                    told(tally)
            except KeyboardInterrupt:
                tally.is_stopped = True
                left = iter(())
    return tally


def _patiently(
    take: Callable[[str], OriginalRecord], key: str, pause: Callable[[float], None]
) -> OriginalRecord:
    for seconds in _PAUSES:
        try:
            return take(key)
        except Unavailable:
            pause(seconds)
    return take(key)


def _count(tally: Tally, key: str, future: Future[OriginalRecord]) -> None:
    try:
        tally.count(key, future.result())
    except CalotypeError as error:
        tally.failed[key] = error.detail or error.message
    except Exception as error:  # noqa: BLE001 reason: one original must not stop the others
        tally.failed[key] = repr(error)


def chunks(keys: Iterator[str], size: int) -> Iterator[list[str]]:
    """Yield the keys in lists of this size; the last may be shorter."""
    while chunk := list(islice(keys, size)):
        yield chunk
