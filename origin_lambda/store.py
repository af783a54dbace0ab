"""The derivatives that are kept, none of which may outlive what it was made from."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from cachetools import TTLCache

from origin_lambda.answers import DerivativeRef
from origin_lambda.catalog import found
from origin_lambda.errors import TooLarge, Unavailable
from origin_lambda.item import Item
from origin_lambda.messages import IngestReason, ingest_request
from origin_lambda.ports import Blob, Bucket, Catalog, IngestQueue
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.tolerance import tolerated
from origin_lambda.url.grammar import DerivativeKey

_READ_AT_MOST: Final = 5_000_000  # bytes of a kept derivative: more than any answer holds
_REQUEST_AGAIN: Final = 300  # seconds before the ingest of an original is requested once more


class Kept(Enum):
    """Whether a derivative is kept.

    One that is *stale* was made from what is no more. One that is *unheard* of is not kept either,
    and nobody will have the edge forget it: ingest does not know its original, nor that it should.
    """

    YES = auto()
    NOT = auto()
    STALE = auto()
    UNHEARD = auto()


@dataclass(frozen=True, slots=True)
class Offer:
    """A derivative to be kept, of what is known of its original; *put* puts it under its key.

    It *must* be kept if it cannot be answered in any other way; it is not if it is *provisional*:
    it will be another once its original is ingested.
    """

    wanted: DerivativeRef
    item: Item
    put: Callable[[DerivativeKey], None]
    must: bool
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Store:
    """Derivatives in a bucket, held to what the catalog says of their originals, if there is one.

    *queue* takes requests to ingest an original, if there is one.
    """

    derivatives: Bucket
    catalog: Catalog | None
    queue: IngestQueue | None
    _requested: TTLCache[tuple[str, str], bool] = field(
        default_factory=lambda: TTLCache(maxsize=10_000, ttl=_REQUEST_AGAIN)
    )

    def item(self, key: str, watch: Stopwatch) -> Item | None:
        """Return what the catalog knows of an original; nothing, if the catalog is down."""
        item = None
        if self.catalog is not None:
            with watch.stage("catalog"), tolerated("catalog"):
                item = found(self.catalog, key)
        return item if item and item.version else None

    def expects_survey(self, item: Item) -> bool:
        """Whether an original is yet to be ingested."""
        return self.catalog is not None and item.survey is None

    def request_ingest(self, item: Item, reason: IngestReason, watch: Stopwatch) -> None:
        """Ask ingest to look at an original, once in a while for each version."""
        if self.queue is None or (item.key, item.version) in self._requested:
            return
        self._requested[item.key, item.version] = False
        with watch.stage("queue"), tolerated("queue"):
            self.queue.send(ingest_request(item, reason))
            self._requested[item.key, item.version] = True

    def is_heard_of(self, item: Item) -> bool:
        """Whether ingest knows of an original, so that the edge forgets it when it changes."""
        is_asked = self._requested.get((item.key, item.version), False)
        return self.catalog is None or item.is_listed or is_asked

    def may_be_cached(self, item: Item, watch: Stopwatch) -> bool:
        """Whether what is not kept may be cached, of an original of which this was known."""
        return self.is_heard_of(item) and not self._has_moved_on(item, watch)

    def find(
        self, wanted: DerivativeRef, item: Item, watch: Stopwatch, *, first: int = _READ_AT_MOST
    ) -> Blob | None:
        """Return a stored derivative, or only its *first* so many bytes.

        None if it was made from another version than the item's.
        """
        if not wanted.can_be_stored:
            return None
        blob = None
        with watch.stage("fetch"), tolerated("derivative"):
            blob = self.derivatives.read(wanted.stored_as, first=first)
        return blob if blob and blob.label.notes.get("version") == item.stamp else None

    def keep(self, offer: Offer, watch: Stopwatch) -> Kept:
        """Keep a derivative, unless its original has moved on by the time that it is kept.

        That is asked of what is not kept as well: the edge would cache it.

        Raises:
            TooLarge: it must be kept, and cannot be.
            Unavailable: it must be kept, and its original has moved on.
            Failure: it must be kept, and the bucket fails.

        """
        wanted, item = offer.wanted, offer.item
        if offer.must and not wanted.can_be_stored:
            message = "the derivative is too large to answer, and its key too long to keep it"
            raise TooLarge(message)
        is_put, kept = wanted.can_be_stored and not offer.provisional, Kept.NOT
        if is_put:
            with watch.stage("store"), nullcontext() if offer.must else tolerated("store"):
                offer.put(wanted.stored_as)
                kept = Kept.YES
        if not self._has_moved_on(item, watch):
            return kept if kept is Kept.YES or self.is_heard_of(item) else Kept.UNHEARD
        if is_put:
            self._take_back(wanted, item, watch)
        if offer.must:
            message = "the original is being replaced"
            raise Unavailable(message)
        return Kept.STALE

    def _has_moved_on(self, item: Item, watch: Stopwatch) -> bool:
        """Whether the catalog names something else than what the derivative was made from."""
        now = None
        if self.catalog is not None:
            with watch.stage("recheck"), tolerated("recheck"):
                now = found(self.catalog, item.key, consistent=True)
        return now is not None and now.stamp != item.stamp

    def _take_back(self, wanted: DerivativeRef, item: Item, watch: Stopwatch) -> None:
        """Remove a stale derivative, once ingest has heard of it: an edge may have it already.

        If that fails it stays, and the sweep that follows every change finds it.
        """
        with watch.stage("store"), tolerated("stale"):
            if self.queue is not None:
                self.queue.send(ingest_request(item, IngestReason.STALE))
            self.derivatives.delete([wanted.stored_as])
