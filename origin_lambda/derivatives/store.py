"""The derivatives that are kept, none of which may outlive what it was made from."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from cachetools import TTLCache

from origin_lambda.best_effort import best_effort
from origin_lambda.derivatives.responses import DerivativeRef
from origin_lambda.errors import TooLarge, Unavailable
from origin_lambda.originals.catalog import find_record
from origin_lambda.originals.inputs import Inputs
from origin_lambda.originals.messages import IngestReason, Message, ingest_request, use_request
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import Blob, Bucket, Catalog, IngestQueue
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import DerivativeKey

_READ_AT_MOST: Final = 5_000_000  # bytes of a kept derivative: more than any answer holds
_REQUEST_AGAIN: Final = 300  # seconds before the ingest of an original is requested once more


class StoreResult(Enum):
    """The outcome of storing a derivative.

    STALE: an input changed while it was rendered, so it was deleted again.
    UNTRACKED: it was not stored, and no invalidation will follow, so do not cache it: the catalog
    lacks an input, or does not say that it is a layer here, and ingest could not be asked to.
    """

    STORED = auto()
    SKIPPED = auto()
    STALE = auto()
    UNTRACKED = auto()


@dataclass(frozen=True, slots=True)
class StoreRequest:
    """A derivative to store, and what is known of its inputs; *put* puts it under its key.

    *required*: it is too large to answer directly. *temporary*: it will be another one once its
    original is ingested, so it is not stored.
    """

    wanted: DerivativeRef
    inputs: Inputs
    put: Callable[[DerivativeKey], None]
    required: bool
    temporary: bool = False


@dataclass(frozen=True, slots=True)
class Store:
    """Derivatives in a bucket, held to what the catalog says of their inputs, if there is one.

    *queue* takes requests to ingest an original, if there is one.
    """

    derivatives: Bucket
    catalog: Catalog | None
    queue: IngestQueue | None
    _requested: TTLCache[tuple[str, str, str], bool] = field(
        default_factory=lambda: TTLCache(maxsize=10_000, ttl=_REQUEST_AGAIN)
    )

    def item(self, key: str, watch: Stopwatch) -> OriginalRecord | None:
        """Return what the catalog knows of an original; nothing, if the catalog is down."""
        item = None
        if self.catalog is not None:
            with watch.stage("catalog"), best_effort("catalog"):
                item = find_record(self.catalog, key)
        return item if item and item.version else None

    def is_pending_ingest(self, item: OriginalRecord) -> bool:
        """Whether an original is yet to be ingested."""
        return self.catalog is not None and item.analysis is None

    def request_ingest(self, item: OriginalRecord, reason: IngestReason, watch: Stopwatch) -> None:
        """Ask ingest to look at an original, once in a while for each version."""
        self._request(ingest_request(item, reason), watch)

    def track_layers(self, inputs: Inputs, watch: Stopwatch) -> None:
        """Ask ingest to record who uses each layer, where the catalog does not say so.

        A layer that is replaced takes with it what is on record. So this comes before anything is
        stored or answered that was made from it.
        """
        for layer in inputs.others:
            if not layer.is_used_by(inputs.primary.key):
                self._request(use_request(layer, inputs.primary.key), watch)

    def _request(self, message: Message, watch: Stopwatch) -> None:
        name = _name_of(message)
        if self.queue is None or name in self._requested:
            return
        self._requested[name] = False
        with watch.stage("queue"), best_effort("queue"):
            self.queue.send(message)
            self._requested[name] = True

    def is_tracked(self, inputs: Inputs) -> bool:
        """Whether ingest knows the inputs, so that the edge forgets what changes with them."""
        primary = inputs.primary
        if self.catalog is None:
            return True
        is_asked = self._requested.get((primary.key, primary.version, ""), False)
        return (primary.is_listed or is_asked) and self._tracks_layers(inputs)

    def _tracks_layers(self, inputs: Inputs) -> bool:
        """Whether ingest knows who uses each layer, or will."""
        key = inputs.primary.key
        return self.catalog is None or all(
            layer.is_used_by(key) or self._requested.get(_name_of(use_request(layer, key)), False)
            for layer in inputs.others
        )

    def may_be_cached(self, inputs: Inputs, watch: Stopwatch) -> bool:
        """Whether what is not stored may be cached, where this was known of its inputs."""
        return self.is_tracked(inputs) and not self._version_changed(inputs, watch)

    def find(
        self, wanted: DerivativeRef, inputs: Inputs, watch: Stopwatch, *, first: int = _READ_AT_MOST
    ) -> Blob | None:
        """Return a stored derivative, or only its *first* so many bytes.

        None if it was made from other versions than those of the inputs.
        """
        if not wanted.can_be_stored:
            return None
        blob = None
        with watch.stage("fetch"), best_effort("derivative"):
            blob = self.derivatives.read(wanted.stored_as, first=first)
        return (
            blob
            if blob and blob.metadata.user_metadata.get("version") == inputs.source_version
            else None
        )

    def store(self, request: StoreRequest, watch: Stopwatch) -> StoreResult:
        """Store a derivative, unless an input has changed by the time that it is stored.

        That is checked for what is not stored as well: the edge would cache a stale answer.

        Raises:
            TooLarge: it is required, and cannot be stored.
            Unavailable: it is required, and an input has changed or is not tracked.
            Failure: it is required, and the bucket fails.

        """
        wanted, inputs, required = request.wanted, request.inputs, request.required
        if required and not wanted.can_be_stored:
            message = "the derivative is too large to answer, and its key too long to keep it"
            raise TooLarge(message)
        is_purged_with_layers = self._tracks_layers(inputs)
        if required and not is_purged_with_layers:
            message = "the derivative is too large to answer, and cannot be kept now"
            raise Unavailable(message, detail="its use of a layer could not be recorded")
        is_put, result = False, StoreResult.SKIPPED
        if wanted.can_be_stored and is_purged_with_layers and not request.temporary:
            is_put = True
            with watch.stage("store"), nullcontext() if required else best_effort("store"):
                request.put(wanted.stored_as)
                result = StoreResult.STORED
        if not self._version_changed(inputs, watch):
            is_known = result is StoreResult.STORED or self.is_tracked(inputs)
            return result if is_known else StoreResult.UNTRACKED
        if is_put:
            self._delete_stale(wanted, inputs, watch)
        if required:
            message = "the original is being replaced"
            raise Unavailable(message)
        return StoreResult.STALE

    def _version_changed(self, inputs: Inputs, watch: Stopwatch) -> bool:
        """Whether the catalog names another version of an input than the derivative was made from.

        An input that the catalog lacks, or cannot be asked about, counts as unchanged.
        """
        return any(self._has_changed(item, watch) for item in inputs.all)

    def _has_changed(self, item: OriginalRecord, watch: Stopwatch) -> bool:
        now = None
        if self.catalog is not None:
            with watch.stage("recheck"), best_effort("recheck"):
                now = find_record(self.catalog, item.key, consistent=True)
        return now is not None and now.source_version != item.source_version

    def _delete_stale(self, wanted: DerivativeRef, inputs: Inputs, watch: Stopwatch) -> None:
        """Delete a stale derivative, once ingest has heard of it: an edge may have it already.

        If that fails it stays, and the sweep that follows every change finds it.
        """
        with watch.stage("store"), best_effort("stale"):
            if self.queue is not None:
                self.queue.send(ingest_request(inputs.primary, IngestReason.STALE))
            self.derivatives.delete([wanted.stored_as])


def _name_of(message: Message) -> tuple[str, str, str]:
    """Return what makes one request another than the one before."""
    return message["key"], message["version"], message.get("used_by", "")
