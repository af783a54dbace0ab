"""The story of an original: new, replaced, deleted or rejected.

look -> move the item -> remove what is stale -> survey -> mips -> ready or rejected -> tell

Whichever event it was that came, what is looked at is the bucket. The item is read before that
and written only if nobody wrote it since, so the last look after the last change wins. Events may
therefore come in any order, twice, or be made up. Every step can be done again: an ingest that
dies is delivered again, and goes on where the item says (docs/consistency.md).
"""

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from origin_lambda.best_effort import best_effort
from origin_lambda.errors import (
    Busy,
    Failure,
    NoSuchOriginal,
    NotAPicture,
    TooLarge,
    Unavailable,
    Unprocessable,
)
from origin_lambda.image.analysis.analyse import HEADER_BYTES, Analyser, Analysis
from origin_lambda.image.formats import MEDIA_TYPES
from origin_lambda.image.mips import Mip
from origin_lambda.log import log_event
from origin_lambda.originals.alerts import change
from origin_lambda.originals.catalog import found, updated
from origin_lambda.originals.mip_keys import mip_key
from origin_lambda.originals.purge import Purge
from origin_lambda.originals.record import Annotations, OriginalRecord, Status
from origin_lambda.ports import Alerts, Blob, Bucket, ListedCatalog, ObjectMetadata
from origin_lambda.url.keys import is_original_key

LEASE_SECONDS: Final = 60
"""How long one delivery has an original to itself: as long as an ingest may take."""

_TRIES: Final = 5
"""How often an original may be replaced while it is read."""

_REFUSALS: Final = (NotAPicture, TooLarge, Unprocessable)


class _Replaced(Exception):
    """The original was replaced while it was read."""


@dataclass(frozen=True, slots=True)
class Ingest:
    """Brings the catalog, the mips and the subscribers up to what the originals bucket has."""

    originals: Bucket
    derivatives: Bucket
    catalog: ListedCatalog
    alerts: Alerts | None
    purge: Purge
    analyser: Analyser[Any]
    clock: Callable[[], float] = time.time

    def take(self, key: str, sequencer: str = "", *, again: bool = False) -> OriginalRecord:
        """Ingest an original as it is now, and return its item.

        *sequencer* is that of an S3 event, which orders the events of one key. What is done is
        not done twice, unless *again*.

        Raises:
            Failure: it could not be done now; the same call goes on where this one stopped.

        """
        if not is_original_key(key):
            log_event(
                "ignored", what="a folder's marker, a name of ours, or one no URL has", key=key
            )
            return OriginalRecord(key)
        for _ in range(_TRIES):
            try:
                return self._taken(key, sequencer, again=again)
            except _Replaced:
                continue
        message = "the original is replaced faster than it can be read"
        raise Unavailable(message)

    def sweep(self, key: str, *, invalidate: bool, dependents: bool = True) -> None:
        """Delete what is stale of an original, at a time when no renderer of it is still alive.

        With *dependents*, delete what uses it as a layer, stale or not: finding out which is stale
        would take a read of each.
        """
        item = self._find(key) or OriginalRecord(key)
        self.purge.later(item, self._find, invalidate=invalidate)
        if dependents:
            self.purge.dependents(item)

    def record_use(self, layer: str, key: str, version: str) -> None:
        """Record that derivatives of *key* use a layer, of which *version* was seen.

        If the layer has changed since, its purge may have missed these derivatives, so they are
        deleted here. One may also have been made from a version in between: the sweep finds it.

        Raises:
            Failure: it could not be done now; the same call will do it.

        """
        self.purge.arrange_sweep(key, invalidate=False, dependents=False)
        if self.take(layer).revision == 0:
            return
        item, _ = updated(self.catalog, layer, partial(OriginalRecord.with_dependent, key=key))
        if item.source_version != version:
            self.purge.dependent(key, layer)

    def _find(self, key: str) -> OriginalRecord | None:
        return found(self.catalog, key, consistent=True)

    def annotate(self, key: str, change: Callable[[Annotations], Annotations]) -> OriginalRecord:
        """Change what an original's owner says of it, and remove what was made without it.

        Raises:
            NoSuchOriginal: the catalog has none of this key.
            Failure: it could not be done now; the same call will do the rest.

        """

        def annotated(item: OriginalRecord) -> OriginalRecord:
            if not item.version:
                message = "the catalog has no original of this key"
                raise NoSuchOriginal(message)
            return item.annotated(change(item.annotations))

        item, _ = updated(self.catalog, key, annotated)
        self.purge.at_once(item, first_seen=False)
        return item

    def _taken(self, key: str, sequencer: str, *, again: bool) -> OriginalRecord:
        before, item = self._moved(key, sequencer, again=again)
        if item is before or item.is_settled:
            return item
        try:
            if item.version != before.version or before.status is Status.PENDING:
                self.purge.at_once(item, first_seen=not before.is_listed)
            if item.status is Status.PENDING:
                item = self._settled(item)
            if item.status is not Status.PENDING:
                item = self._told(item)
        except Failure:
            with best_effort("lease"):
                self._update(item, lambda now: dataclasses.replace(now, leased=0))
            raise
        log_event("ingested", key=key, status=item.status, version=item.version, bytes=item.bytes)
        return item

    def _moved(
        self, key: str, sequencer: str, *, again: bool
    ) -> tuple[OriginalRecord, OriginalRecord]:
        """Return the item as it was, and as it is now that it names what the bucket has.

        They are the same where there is nothing to do.

        Raises:
            Busy: another delivery is at work on just this.

        """
        before = OriginalRecord(key)

        def moved(item: OriginalRecord) -> OriginalRecord | None:
            nonlocal before
            before = item
            if _is_older(sequencer, item.sequencer):
                return None
            stat = self.originals.stat(key)
            now = self.clock()
            if item.is_listed and item.version == (stat.version if stat else ""):
                if item.is_settled and not again:
                    return self._unchanged(item, sequencer)
                if item.leased > now:
                    message = "another delivery is at work on this original"
                    raise Busy(message)
                self._sweep_in_between(item, sequencer)
                status = Status.PENDING if again else item.status
                item = dataclasses.replace(item, status=status)
            else:
                last = sequencer or item.sequencer
                item = dataclasses.replace(item.moved(stat, now), sequencer=last)
            return dataclasses.replace(item, leased=int(now) + LEASE_SECONDS)

        after, is_moved = updated(self.catalog, key, moved)
        return (before, after) if is_moved else (after, after)

    def _unchanged(self, item: OriginalRecord, sequencer: str) -> OriginalRecord | None:
        """Return the item of an original that is what it was, but of which a new event has come."""
        if not self._sweep_in_between(item, sequencer):
            return None
        return dataclasses.replace(item, sequencer=sequencer)

    def _sweep_in_between(self, item: OriginalRecord, sequencer: str) -> bool:
        """Arrange for a sweep of an original that is what it was, if this is of a new event.

        It may have been another in between, which nobody but a renderer has seen.
        """
        is_new = sequencer not in {"", item.sequencer}
        if is_new:
            self.purge.arrange_sweep(item.key, invalidate=False)
        return is_new

    def _settled(self, item: OriginalRecord) -> OriginalRecord:
        """Return the item with what was found out about the original."""
        if not item.version:
            return self._update(item, OriginalRecord.deleted)
        try:
            analysis, mips = self._surveyed(item)
        except _REFUSALS as error:
            return self._update(
                item, partial(OriginalRecord.rejected, error=error, now=self.clock())
            )
        return self._update(
            item, partial(OriginalRecord.ready, analysis=analysis, mips=mips, now=self.clock())
        )

    def _surveyed(self, item: OriginalRecord) -> tuple[Analysis, tuple[Mip, ...]]:
        analysis, made = self.analyser.analysis(self._read(item).body)
        for mip, body in made:
            label = ObjectMetadata(MEDIA_TYPES[mip.kind], notes={"version": item.version})
            self.derivatives.write(mip_key(item.key, item.version, mip), body, label)
        return analysis, tuple(mip for mip, _ in made)

    def _read(self, item: OriginalRecord) -> Blob:
        """Return the original; no more of it than its header if that is enough to refuse it."""
        if item.bytes > self.analyser.limits.bytes_in:
            message = f"the original has more than {self.analyser.limits.bytes_in:,} bytes"
            raise TooLarge(message)
        head = self._version_of(item, first=HEADER_BYTES)
        if head.stat.size <= HEADER_BYTES:
            return head
        self.analyser.refuse_early(head.body)
        return self._version_of(item)

    def _version_of(self, item: OriginalRecord, *, first: int | None = None) -> Blob:
        blob = self.originals.read(item.key, first=first)
        if blob is None or blob.stat.version != item.version:
            raise _Replaced
        return blob

    def _told(self, item: OriginalRecord) -> OriginalRecord:
        """Tell subscribers what has become of the original since they last heard of it.

        Whoever finds that another has told them something meanwhile tells them once more: nobody
        knows which they heard last.
        """
        ours = item.version
        while True:
            news = change(item)
            if news and self.alerts is not None:
                self.alerts.announce(*news)
            change_of = partial(OriginalRecord.heard, of=item, has_spoken=bool(news), ours=ours)
            after, _ = updated(self.catalog, item.key, change_of)
            is_others = after.status is Status.PENDING or not (news or after.version == ours)
            if after.is_settled or is_others:
                return after
            item = after

    def _update(
        self, item: OriginalRecord, change: Callable[[OriginalRecord], OriginalRecord]
    ) -> OriginalRecord:
        """Change the item, unless it has moved on: then whoever moved it does the rest."""
        after, _ = updated(
            self.catalog,
            item.key,
            lambda now: change(now) if now.version == item.version else None,
        )
        return after


def _is_older(sequencer: str, than: str) -> bool:
    """Whether one S3 sequencer comes before another of the same key.

    They are hexadecimal and of any length; the shorter one is filled up with zeros on the right
    (Amazon S3 user guide, "Event message structure").
    """
    length = max(len(sequencer), len(than))
    return bool(sequencer and than) and sequencer.ljust(length, "0") < than.ljust(length, "0")
