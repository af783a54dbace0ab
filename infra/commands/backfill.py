"""Ingest many originals, a few at a time; a run can be interrupted and repeated."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from origin_lambda.errors import CalotypeError, Unavailable
from origin_lambda.originals.record import OriginalRecord, Status

_PAUSES: Final = (
    1.0,
    2.0,
    4.0,
)  # seconds before retries: another delivery is at work, or AWS throttles


@dataclass(slots=True)
class Tally:
    """The results so far: counts, and keys; *rejected* and *failed* map a key to the reason."""

    total: int
    ready: int = 0
    gone: list[str] = field(default_factory=list)
    rejected: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    is_stopped: bool = False

    @property
    def done(self) -> int:
        """The number of finished originals."""
        return self.ready + len(self.gone) + len(self.rejected) + len(self.failed)

    def __str__(self) -> str:
        parts = {
            "ready": self.ready,
            "rejected": len(self.rejected),
            "gone": len(self.gone),
            "failed": len(self.failed),
        }
        counts = ", ".join(f"{number:,} {name}" for name, number in parts.items() if number)
        return f"{self.done:,} of {self.total:,}: {counts or 'none yet'}"

    def count(self, key: str, record: OriginalRecord) -> None:
        """Count an ingested original by its status."""
        match record.status:
            case Status.READY:
                self.ready += 1
            case Status.REJECTED:
                reason = record.reason
                self.rejected[key] = f"{reason.code}: {reason.message}" if reason else "no reason"
            case Status.DELETED:
                self.gone.append(key)
            case Status.PENDING:
                self.failed[key] = "it was replaced during ingest, and another delivery ingests it"


def backfill(
    ingest: Callable[[str], OriginalRecord],
    keys: Sequence[str],
    workers: int,
    report: Callable[[Tally], None],
    pause: Callable[[float], None] = time.sleep,
) -> Tally:
    """Ingest originals in *workers* threads; call *report* with the tally after each original.

    After Ctrl-C it starts no more originals, waits for the running ones, and sets `is_stopped`.
    """
    tally = Tally(len(keys))
    remaining = iter(keys)
    running: dict[Future[OriginalRecord], str] = {}

    with ThreadPoolExecutor(workers, "backfill") as pool:

        def start(number: int) -> None:
            for key in islice(remaining, number):
                running[pool.submit(_ingest_with_retries, ingest, key, pause)] = key

        while True:
            try:
                start(workers - len(running))
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    _count(tally, running.pop(future), future)
                    report(tally)
            except KeyboardInterrupt:
                tally.is_stopped = True
                remaining = iter(())
    return tally


def _ingest_with_retries(
    ingest: Callable[[str], OriginalRecord], key: str, pause: Callable[[float], None]
) -> OriginalRecord:
    for seconds in _PAUSES:
        try:
            return ingest(key)
        except Unavailable:
            pause(seconds)
    return ingest(key)


def _count(tally: Tally, key: str, future: Future[OriginalRecord]) -> None:
    try:
        tally.count(key, future.result())
    except CalotypeError as error:
        tally.failed[key] = error.detail or error.message
    except Exception as error:  # noqa: BLE001 reason: one original must not stop the others
        tally.failed[key] = repr(error)


def split_into_chunks(keys: Iterator[str], size: int) -> Iterator[list[str]]:
    """Yield the keys in lists of this size; the last may be shorter."""
    while chunk := list(islice(keys, size)):
        yield chunk
