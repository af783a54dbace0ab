"""Dispatches the messages of an event to ingest, one by one, so that each fails alone."""

import math
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from origin_lambda.errors import Busy
from origin_lambda.log import count, log_event
from origin_lambda.originals.ingest import Ingest
from origin_lambda.originals.messages import (
    Changed,
    Deferred,
    IngestReason,
    Notice,
    PurgeDependents,
    Requested,
    Sweep,
    Warm,
    unwrap,
)

LONGEST_INGEST_SECONDS: Final = 20
"""Seconds that the largest original can take; no ingest starts with less time left."""


class DispatchFailed(Exception):
    """A part of an event failed, so its sender must send it again."""


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Passes the messages of events to ingest; *bucket* is the name of the originals bucket.

    *warm* stores derivatives of an original at a version before they are requested.
    """

    ingest: Ingest
    bucket: str
    warm: Callable[[str, str], object] = lambda _key, _version: None

    def dispatch(self, event: Mapping[str, Any], remaining: float = math.inf) -> dict[str, Any]:
        """Process an event; return which messages of an SQS batch failed, for a retry.

        *remaining* is the time left in seconds. Messages that could not be started in time are
        returned for a retry, too.

        Raises:
            DispatchFailed: the event is not an SQS batch, and a part of it failed.

        """
        records = event.get("Records")
        if records and all(each.get("eventSource") == "aws:sqs" for each in records):
            until = time.monotonic() + remaining - LONGEST_INGEST_SECONDS
            failed = self._process_all([{"Records": [each]} for each in records], until)
            ids = [records[number]["messageId"] for number in failed]
            return {"batchItemFailures": [{"itemIdentifier": each} for each in ids]}
        if self._process_all([event], math.inf):
            raise DispatchFailed
        return {}

    def _process_all(self, messages: Sequence[Mapping[str, Any]], until: float) -> list[int]:
        """Process messages; return the numbers of the failed ones, ascending.

        Deferred invalidations of all messages are sent together, at the end.
        """
        failed: set[int] = set()
        deferred: dict[int, tuple[str, ...]] = {}
        for number, message in enumerate(messages):
            if number and time.monotonic() > until:
                failed.add(number)
                continue
            try:
                notices = list(unwrap(message, self.bucket))
            except Exception as error:  # noqa: BLE001 reason: it goes to the dead-letter queue
                _report("message", error)
                failed.add(number)
                continue
            for notice in notices:
                if isinstance(notice, Deferred):
                    deferred[number] = (*deferred.get(number, ()), *notice.prefixes)
                elif not self._try_to_process(notice):
                    failed.add(number)
        if deferred and not self._try_to_process(Deferred(tuple(chain(*deferred.values())))):
            failed |= set(deferred)
        return sorted(failed)

    def _try_to_process(self, notice: Notice) -> bool:
        try:
            self._process(notice)
        except Exception as error:  # noqa: BLE001 reason: SQS retries it
            _report(type(notice).__name__.lower(), error)
            return False
        return True

    def _process(self, notice: Notice) -> None:
        match notice:
            case Changed(key, sequencer):
                self.ingest.ingest(key, sequencer)
            case Requested(key, IngestReason.USED, version, used_by):
                self.ingest.record_use(key, used_by, version)
            case Requested(key, reason, version):
                again = reason in {IngestReason.MIP_MISSING, IngestReason.OUTDATED}
                item = self.ingest.ingest(key, again=again)
                if reason is IngestReason.STALE:
                    # Delete before the invalidation, or the edge would cache the same answer again.
                    self.ingest.sweep(key, invalidate=False, dependents=False)
                if reason is IngestReason.STALE or (item.is_listed and version != item.version):
                    self.ingest.purge.invalidate_original(key)
            case Sweep(key, invalidate, dependents):
                self.ingest.sweep(key, invalidate=invalidate, dependents=dependents)
            case PurgeDependents(key, after):
                self.ingest.purge.delete_next_dependents(key, after)
            case Deferred(prefixes):
                self.ingest.purge.invalidate(prefixes)
            case Warm(key, version):
                self.warm(key, version)


def _report(what: str, error: Exception) -> None:
    if isinstance(error, Busy):
        count("IngestBusy", what=what)
        return
    count("IngestFailed", what=what, detail=repr(error))
    log_event("ingest-failed", what=what, error=repr(error), trace=traceback.format_exc())
