"""What is delivered to ingest: each message by itself, so that one that fails fails alone."""

import math
import time
import traceback
from collections.abc import Mapping, Sequence
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
    unwrap,
)

ONE_TAKES: Final = 20
"""Seconds that the largest of originals may take: none is begun with less left."""


class NotDelivered(Exception):
    """Not all of an event could be dealt with: whoever sent it is to send it again."""


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Hands what events say to ingest; *bucket* is the name of the originals'."""

    ingest: Ingest
    bucket: str

    def take(self, event: Mapping[str, Any], remaining: float = math.inf) -> dict[str, Any]:
        """Deal with an event; of a batch of SQS, return which messages are to come again.

        *remaining* is how many seconds there are; what there is no time for comes again as well.

        Raises:
            NotDelivered: a part of an event that is no batch of SQS failed.

        """
        records = event.get("Records")
        if records and all(each.get("eventSource") == "aws:sqs" for each in records):
            until = time.monotonic() + remaining - ONE_TAKES
            failed = self._failed([{"Records": [each]} for each in records], until)
            again = [records[number]["messageId"] for number in failed]
            return {"batchItemFailures": [{"itemIdentifier": each} for each in again]}
        if self._failed([event], math.inf):
            raise NotDelivered
        return {}

    def _failed(self, messages: Sequence[Mapping[str, Any]], until: float) -> list[int]:
        """Deal with messages; return the numbers of those that failed, ascending."""
        failed: set[int] = set()
        waiting: dict[int, tuple[str, ...]] = {}
        for number, message in enumerate(messages):
            if number and time.monotonic() > until:
                failed.add(number)
                continue
            try:
                notices = list(unwrap(message, self.bucket))
            except Exception as error:  # noqa: BLE001 reason: it is left to the dead letters
                _tell("message", error)
                failed.add(number)
                continue
            for notice in notices:
                if isinstance(notice, Deferred):
                    waiting[number] = (*waiting.get(number, ()), *notice.prefixes)
                elif not self._done(notice):
                    failed.add(number)
        if waiting and not self._done(Deferred(tuple(chain(*waiting.values())))):
            failed |= set(waiting)
        return sorted(failed)

    def _done(self, notice: Notice) -> bool:
        try:
            self._deal_with(notice)
        except Exception as error:  # noqa: BLE001 reason: it comes again, or to the dead letters
            _tell(type(notice).__name__.lower(), error)
            return False
        return True

    def _deal_with(self, notice: Notice) -> None:
        match notice:
            case Changed(key, sequencer):
                self.ingest.take(key, sequencer)
            case Requested(key, IngestReason.USED, version, used_by):
                self.ingest.record_use(key, used_by, version)
            case Requested(key, reason, version):
                item = self.ingest.take(key, again=reason is IngestReason.MIP_MISSING)
                if reason is IngestReason.STALE:
                    # Removed here as well: the edge must not find again what it has forgotten.
                    self.ingest.sweep(key, invalidate=False, dependents=False)
                if reason is IngestReason.STALE or (item.is_listed and version != item.version):
                    self.ingest.purge.cached(key)
            case Sweep(key, invalidate, dependents):
                self.ingest.sweep(key, invalidate=invalidate, dependents=dependents)
            case PurgeDependents(key, after):
                self.ingest.purge.walk(key, after)
            case _:
                self.ingest.purge.invalidate(notice.prefixes)


def _tell(what: str, error: Exception) -> None:
    if isinstance(error, Busy):
        count("IngestBusy", what=what)
        return
    count("IngestFailed", what=what, detail=repr(error))
    log_event("ingest-failed", what=what, error=repr(error), trace=traceback.format_exc())
