"""Ingests an original that is new, replaced, deleted or rejected.

claim the record -> delete stale derivatives -> write mips -> measure -> ready or rejected
-> request popular derivatives -> notify

Any event only triggers a read of the bucket's current state. The record is read before the bucket
and written only if it has not changed since (compare-and-swap), so the last read after the last
change wins. Events can therefore come in any order, come twice, or be invented. Every step can be
repeated: an ingest that dies is delivered again, and continues from the record
(docs/consistency.md).
"""

import dataclasses
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from origin_lambda import log
from origin_lambda.best_effort import best_effort
from origin_lambda.errors import (
    Archived,
    Busy,
    Failure,
    NoSuchOriginal,
    NotAPicture,
    TooLarge,
    Unavailable,
    Unprocessable,
)
from origin_lambda.image.analysis.analyse import HEADER_BYTES, Analyser, Analysis, MadeMip
from origin_lambda.image.formats import MEDIA_TYPES
from origin_lambda.image.mips import Mip
from origin_lambda.originals.alerts import describe_change
from origin_lambda.originals.catalog import find_record, update_record
from origin_lambda.originals.messages import warm_request
from origin_lambda.originals.mip_keys import mip_key
from origin_lambda.originals.purge import Purge
from origin_lambda.originals.record import Annotations, OriginalRecord, Status
from origin_lambda.ports import Alerts, Blob, Bucket, ListedCatalog, ObjectMetadata
from origin_lambda.url.keys import ALL_KEYS, KeyFilter, is_original_key

LEASE_SECONDS: Final = 60
"""How long one delivery holds the lease of an original: the time-out of the ingest function."""

WARM_SECONDS: Final = 2
"""Delay of the request to store derivatives: until all readers of the catalog find the record."""

_TRIES: Final = 5
"""How often ingest starts again when the original is replaced while it is read."""

_REFUSALS: Final = (Archived, NotAPicture, TooLarge, Unprocessable)


def run_in_turn(calls: Iterable[Callable[[], object]]) -> None:
    """Run calls one after the other; the first error ends it."""
    for call in calls:
        call()


class _Replaced(Exception):
    """The original was replaced while it was read."""


@dataclass(frozen=True, slots=True)
class Ingest:
    """Makes catalog, mips and derivatives agree with the originals bucket; notifies subscribers.

    Only objects whose keys match *original_keys* are originals. With *warms*, each original that is
    ready is followed by a request to store derivatives of it. *run_all* runs independent calls.
    """

    originals: Bucket
    derivatives: Bucket
    catalog: ListedCatalog
    alerts: Alerts | None
    purge: Purge
    analyser: Analyser[Any]
    original_keys: KeyFilter = ALL_KEYS
    clock: Callable[[], float] = time.time
    warms: bool = False
    run_all: Callable[[Iterable[Callable[[], object]]], None] = run_in_turn

    def ingest(self, key: str, sequencer: str = "", *, again: bool = False) -> OriginalRecord:
        """Ingest an original as it is now, and return its record.

        *sequencer* comes from an S3 event and orders the events of one key. An original that is
        already ingested is skipped, unless *again*. One that was archived is tried again each time.

        Raises:
            Failure: ingest failed; the same call continues where this one stopped.

        """
        if not self.is_original(key):
            log.log_event(
                "ignored",
                what="a folder's marker, a reserved name, one that no URL has, or no original's",
                key=key,
            )
            return OriginalRecord(key)
        for _ in range(_TRIES):
            try:
                return self._ingest_once(key, sequencer, again=again)
            except _Replaced:
                continue
        message = "the original is replaced faster than it can be read"
        raise Unavailable(message)

    def is_original(self, key: str) -> bool:
        """Whether a key is an original's."""
        return is_original_key(key) and self.original_keys.matches(key)

    def sweep(self, key: str, *, invalidate: bool, dependents: bool = True) -> None:
        """Delete an original's stale derivatives again, after all former renders have ended.

        With *dependents*, delete all derivatives that use it as a layer: to find out which of them
        are stale, each would have to be read.
        """
        record = self._find(key) or OriginalRecord(key)
        self.purge.delete_stale(record, self._find, invalidate=invalidate)
        if dependents:
            self.purge.delete_dependents(record)

    def record_use(self, layer: str, key: str, version: str) -> None:
        """Record that derivatives of *key* use a layer, which the renderer read at *version*.

        If the layer has changed since, its purge may have missed these derivatives, so they are
        deleted here. A derivative may also have been made from a version in between; the sweep
        deletes it.

        Raises:
            Failure: it failed; repeat the same call.

        """
        self.purge.schedule_sweep(key, invalidate=False, dependents=False)
        if self.ingest(layer).revision == 0:
            return
        record, _ = update_record(
            self.catalog, layer, partial(OriginalRecord.with_dependent, key=key)
        )
        if record.source_version != version:
            self.purge.delete_dependents_of(key, layer)

    def _find(self, key: str) -> OriginalRecord | None:
        return find_record(self.catalog, key, consistent=True)

    def annotate(self, key: str, change: Callable[[Annotations], Annotations]) -> OriginalRecord:
        """Change the owner's annotations of an original, and delete its derivatives.

        With *warms*, derivatives are then rendered before viewers request them. If that request
        fails, viewers wait for the renders.

        Raises:
            NoSuchOriginal: the catalog has no original of this key.
            Failure: it failed; the same call does the rest.

        """

        def annotate(record: OriginalRecord) -> OriginalRecord:
            if not record.version:
                message = "the catalog has no original of this key"
                raise NoSuchOriginal(message)
            return record.with_annotations(change(record.annotations))

        record, _ = update_record(self.catalog, key, annotate)
        self.purge.delete_all(record, first_seen=False)
        with best_effort("warm"):
            self._request_warm(record)
        return record

    def _request_warm(self, record: OriginalRecord) -> None:
        """Request that derivatives of an original are stored, if it is ready."""
        if self.warms and record.status is Status.READY:
            self.purge.queue.send(warm_request(record), delay=WARM_SECONDS)

    def _ingest_once(self, key: str, sequencer: str, *, again: bool) -> OriginalRecord:
        before, record = self._claim(key, sequencer, again=again)
        if record is before or record.is_settled:
            return record
        try:
            if record.version != before.version or before.status is Status.PENDING:
                self.purge.delete_all(record, first_seen=not before.is_listed)
            if record.status is Status.PENDING:
                record = self._analyse(record)
            self._request_warm(record)
            if record.status is not Status.PENDING:
                record = self._notify(record)
        except Failure:
            with best_effort("lease"):
                self._update(record, lambda now: dataclasses.replace(now, leased=0))
            raise
        log.log_event(
            "ingested", key=key, status=record.status, version=record.version, bytes=record.bytes
        )
        return record

    def _claim(
        self, key: str, sequencer: str, *, again: bool
    ) -> tuple[OriginalRecord, OriginalRecord]:
        """Write the bucket's version and a lease into the record; return it before and after.

        Both are the same if there is nothing to do.

        Raises:
            Busy: another delivery is ingesting this version.

        """
        before = OriginalRecord(key)

        def claim(record: OriginalRecord) -> OriginalRecord | None:
            nonlocal before
            before = record
            if _is_older(sequencer, record.sequencer):
                return None
            stat = self.originals.stat(key)
            now = self.clock()
            repeat = again or record.is_archived
            if record.is_listed and record.version == (stat.version if stat else ""):
                if record.is_settled and not repeat:
                    return self._with_new_event(record, sequencer)
                if record.leased > now:
                    message = "another delivery is ingesting this original"
                    raise Busy(message)
                self._sweep_if_new(record, sequencer)
                status = Status.PENDING if repeat else record.status
                record = dataclasses.replace(record, status=status)
            else:
                last = sequencer or record.sequencer
                record = dataclasses.replace(record.with_version(stat, now), sequencer=last)
            return dataclasses.replace(record, leased=int(now) + LEASE_SECONDS)

        after, is_changed = update_record(self.catalog, key, claim)
        return (before, after) if is_changed else (after, after)

    def _with_new_event(self, record: OriginalRecord, sequencer: str) -> OriginalRecord | None:
        """Return the record of an unchanged original with a new event's sequencer, else None."""
        if not self._sweep_if_new(record, sequencer):
            return None
        return dataclasses.replace(record, sequencer=sequencer)

    def _sweep_if_new(self, record: OriginalRecord, sequencer: str) -> bool:
        """Schedule a sweep of an unchanged original if the event is new; return whether it is.

        The original may have briefly held other content, which a renderer may have read (ABA).
        """
        is_new = sequencer not in {"", record.sequencer}
        if is_new:
            self.purge.schedule_sweep(record.key, invalidate=False)
        return is_new

    def _analyse(self, record: OriginalRecord) -> OriginalRecord:
        """Analyse the original; return its record as deleted, ready or rejected."""
        if not record.version:
            return self._update(record, OriginalRecord.as_deleted)
        try:
            analysis, mips = self._analyse_and_store_mips(record)
        except _REFUSALS as error:
            if isinstance(error, Archived) and record.analysis:
                return self._keep_analysis(record, record.analysis)
            return self._update(
                record, partial(OriginalRecord.as_rejected, error=error, now=self.clock())
            )
        ready = partial(OriginalRecord.as_ready, analysis=analysis, mips=mips, now=self.clock())
        if ready(record).edition == record.edition:
            return self._update(record, ready)
        # If this dies before the purge, another ingest would find the same content as the record.
        self.purge.schedule_sweep(record.key, invalidate=True)
        record = self._update(record, ready)
        self.purge.delete_all(record, first_seen=False)
        return record

    def _keep_analysis(self, record: OriginalRecord, analysis: Analysis) -> OriginalRecord:
        """Return the record of an original that was ingested before S3 archived it, as ready.

        Its mips still serve all sizes but the largest.
        """
        ready = partial(
            OriginalRecord.as_ready, analysis=analysis, mips=record.mips, now=self.clock()
        )
        return self._update(record, ready)

    def _analyse_and_store_mips(self, record: OriginalRecord) -> tuple[Analysis, tuple[Mip, ...]]:
        """Analyse the original, write its mips, and return both.

        The mips are in the record before the original is measured: measuring takes two thirds of
        the time, and renders need only the mips.
        """
        decoded = self.analyser.decode(self._read(record).body)
        if decoded.mips:
            self.run_all([partial(self._write_mip, record, made) for made in decoded.mips])
            stored = tuple(mip for mip, _ in decoded.mips)
            self._update(
                record, partial(OriginalRecord.with_mips, facts=decoded.facts, mips=stored)
            )
        analysis, made = self.analyser.measure(decoded)
        return analysis, tuple(mip for mip, _ in made)

    def _write_mip(self, record: OriginalRecord, made: MadeMip) -> None:
        key = mip_key(record.key, record.version, made.mip)
        metadata = ObjectMetadata(
            MEDIA_TYPES[made.mip.kind], user_metadata={"version": record.version}
        )
        self.derivatives.write(key, made.body, metadata)

    def _read(self, record: OriginalRecord) -> Blob:
        """Return the original; refuse it by its size or header before reading all of it."""
        record.check_bytes(self.analyser.limits.bytes_in)
        head = self._read_version(record, first=HEADER_BYTES)
        if head.stat.size <= HEADER_BYTES:
            return head
        self.analyser.refuse_early(head.body)
        return self._read_version(record)

    def _read_version(self, record: OriginalRecord, *, first: int | None = None) -> Blob:
        """Return the original, or its *first* bytes, in the version of its record."""
        blob = self.originals.read(record.key, first=first)
        if blob is None or blob.stat.version != record.version:
            raise _Replaced
        return blob

    def _notify(self, record: OriginalRecord) -> OriginalRecord:
        """Notify subscribers of the change since their last notification.

        If another ingest has notified them at the same time, notify again: the order of delivery
        is unknown.
        """
        own = record.version
        while True:
            alert = describe_change(record)
            if alert and self.alerts is not None:
                self.alerts.announce(*alert)
            mark = partial(
                OriginalRecord.mark_notified, of=record, is_published=bool(alert), own_version=own
            )
            after, _ = update_record(self.catalog, record.key, mark)
            # The ingest of a newer version notifies subscribers itself.
            is_left_to_other = after.status is Status.PENDING or not (alert or after.version == own)
            if after.is_settled or is_left_to_other:
                return after
            record = after

    def _update(
        self, record: OriginalRecord, change: Callable[[OriginalRecord], OriginalRecord]
    ) -> OriginalRecord:
        """Change the record if it still has this version; else leave it to the newer ingest."""
        after, _ = update_record(
            self.catalog,
            record.key,
            lambda now: change(now) if now.version == record.version else None,
        )
        return after


def _is_older(sequencer: str, than: str) -> bool:
    """Whether one S3 sequencer is older than another of the same key.

    Sequencers are hexadecimal and of any length; pad the shorter one with zeros on the right
    (Amazon S3 user guide, "Event message structure").
    """
    length = max(len(sequencer), len(than))
    return bool(sequencer and than) and sequencer.ljust(length, "0") < than.ljust(length, "0")
