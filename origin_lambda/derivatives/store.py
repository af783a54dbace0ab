"""Stores derivatives, and deletes those whose inputs have changed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial
from typing import Final

from cachetools import TTLCache

from origin_lambda.best_effort import best_effort
from origin_lambda.derivatives.background import Background, Inline
from origin_lambda.derivatives.responses import DerivativeRef
from origin_lambda.errors import OutOfTime, TooLarge, Unavailable
from origin_lambda.log import Metrics, measure
from origin_lambda.originals.catalog import find_record
from origin_lambda.originals.inputs import Inputs
from origin_lambda.originals.messages import IngestReason, Message, ingest_request, use_request
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import AfterAnswer, Blob, Bucket, Catalog, IngestQueue
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import DerivativeKey

_MAX_BYTES_READ: Final = 5_000_000  # bytes of a stored derivative: more than any answer can hold
_REQUEST_INTERVAL: Final = 300  # seconds before the ingest of an original is requested once more
_INLINE: Final = Inline()


class StoreResult(Enum):
    """The outcome of storing a derivative.

    UNSTORABLE: its key is too long for S3, so only caches keep it. An invalidation follows a change
    of an input, as for a stored one.
    STALE: an input changed while it was rendered, so it was deleted again.
    UNTRACKED: it was not stored, and no invalidation will follow, so do not cache it. The catalog
    lacks an input or the use of a layer, and the request to ingest it could not be sent.
    """

    STORED = auto()
    SKIPPED = auto()
    UNSTORABLE = auto()
    STALE = auto()
    UNTRACKED = auto()


@dataclass(frozen=True, slots=True)
class StoreRequest:
    """A derivative to store, and the records of its inputs; *put* writes it to a key.

    *required*: it is too large to answer directly. *temporary*: it will change after ingest, so it
    is not stored.
    """

    ref: DerivativeRef
    inputs: Inputs
    put: Callable[[DerivativeKey], None]
    required: bool
    temporary: bool = False


@dataclass(frozen=True, slots=True)
class Store:
    """Derivatives in a bucket, checked against the records of their inputs.

    Without a *catalog*, inputs count as unchanged. Without a *queue*, no ingest is requested.
    """

    derivatives: Bucket
    catalog: Catalog | None
    queue: IngestQueue | None
    _recent_requests: TTLCache[tuple[str, str, str], Callable[[], bool]] = field(
        default_factory=lambda: TTLCache(maxsize=10_000, ttl=_REQUEST_INTERVAL)
    )

    def find_record(self, key: str, watch: Stopwatch) -> OriginalRecord | None:
        """Return the catalog's record of an original; None if it has none, or if it is down."""
        record = None
        if self.catalog is not None:
            with watch.stage("catalog"), best_effort("catalog"):
                record = find_record(self.catalog, key)
        return record if record and record.version else None

    def is_pending_ingest(self, record: OriginalRecord) -> bool:
        """Whether an original is not ingested yet."""
        return self.catalog is not None and record.analysis is None

    def request_ingest(
        self, record: OriginalRecord, reason: IngestReason, watch: Stopwatch
    ) -> None:
        """Request the ingest of an original, at most every five minutes for each version."""
        self._request(ingest_request(record, reason), watch)

    @contextmanager
    def request_ingest_if_unknown(
        self, record: OriginalRecord, watch: Stopwatch, background: Background
    ) -> Iterator[None]:
        """Request the ingest of an original that the catalog lacks, while the block runs.

        The request has been sent, or has failed, when `is_tracked` is asked or the block ends.
        """
        if record.is_listed:
            yield
            return
        message = ingest_request(record, IngestReason.UNKNOWN)
        self._request(message, watch, background)
        try:
            yield
        finally:
            self._is_requested(message)

    def track_layers(self, inputs: Inputs, watch: Stopwatch) -> None:
        """Ask ingest to record the use of each layer that the catalog does not record yet.

        When a layer is replaced, the recorded derivatives are purged. So call this before a
        derivative with the layer is stored or answered.
        """
        for layer in inputs.others:
            if not layer.is_used_by(inputs.primary.key):
                self._request(use_request(layer, inputs.primary.key), watch)

    def _request(
        self, message: Message, watch: Stopwatch, background: Background = _INLINE
    ) -> None:
        name = _request_id(message)
        if self.queue is not None and name not in self._recent_requests:
            send = partial(_send, self.queue, message, watch)
            self._recent_requests[name] = background.start(send)

    def _is_requested(self, message: Message) -> bool:
        """Whether a request was sent lately; wait until it is."""
        wait = self._recent_requests.get(_request_id(message))
        return wait is not None and wait()

    def is_tracked(self, inputs: Inputs) -> bool:
        """Whether ingest knows the inputs, so that an invalidation follows when one changes."""
        primary = inputs.primary
        if self.catalog is None:
            return True
        is_known = primary.is_listed or self._is_requested(
            ingest_request(primary, IngestReason.UNKNOWN)
        )
        return is_known and self._tracks_layers(inputs)

    def _tracks_layers(self, inputs: Inputs) -> bool:
        """Whether the use of each layer is recorded, or its recording was requested."""
        key = inputs.primary.key
        return self.catalog is None or all(
            layer.is_used_by(key) or self._is_requested(use_request(layer, key))
            for layer in inputs.others
        )

    def can_be_cached(self, inputs: Inputs, watch: Stopwatch) -> bool:
        """Whether an answer that is not stored, such as an error, can be cached."""
        return self.is_tracked(inputs) and not self._version_changed(inputs, watch)

    def find(
        self, ref: DerivativeRef, inputs: Inputs, watch: Stopwatch, *, first: int = _MAX_BYTES_READ
    ) -> Blob | None:
        """Return a stored derivative, or only its *first* bytes.

        None if it is not stored, or if it was made from other versions of the inputs.
        """
        with watch.stage("fetch"):
            return select_current(self.read(ref, first=first), inputs)

    def read(self, ref: DerivativeRef, *, first: int = _MAX_BYTES_READ) -> Blob | None:
        """Return what is stored as a derivative, which may be of an older version."""
        blob = None
        if ref.can_be_stored:
            with best_effort("derivative"):
                blob = self.derivatives.read(ref.stored_as, first=first)
        return blob

    def store(self, request: StoreRequest, watch: Stopwatch) -> StoreResult:
        """Store a derivative, and delete it again if an input has changed by then.

        The check runs for derivatives that are not stored too: the edge would cache a stale answer.

        Raises:
            TooLarge: it is required, and its key is too long for S3.
            Unavailable: it is required, and an input has changed or is not tracked.
            Failure: it is required, and the bucket fails.

        """
        ref, inputs, required = request.ref, request.inputs, request.required
        if required and not ref.can_be_stored:
            message = "the derivative is too large to answer, and its key is too long to store it"
            raise TooLarge(message)
        if required and not self._tracks_layers(inputs):
            message = "the derivative is too large to answer, and cannot be stored now"
            raise Unavailable(message, detail="its use of a layer could not be recorded")
        result = self._predict(request)
        is_put = result is StoreResult.STORED
        if is_put:
            result = StoreResult.SKIPPED
            with watch.stage("store"), nullcontext() if required else best_effort("store"):
                request.put(ref.stored_as)
                result = StoreResult.STORED
        if not self._version_changed(inputs, watch):
            is_known = result is StoreResult.STORED or self.is_tracked(inputs)
            return result if is_known else StoreResult.UNTRACKED
        if is_put:
            self._delete_stale(ref, inputs, watch)
        if required:
            message = "the original is being replaced"
            raise Unavailable(message)
        return StoreResult.STALE

    def store_later(
        self, request: StoreRequest, after: AfterAnswer, deadline: float | None
    ) -> StoreResult:
        """Store a derivative after the answer, as `store` does; return the expected result.

        An edge may cache the answer although an input has just changed. Then ingest invalidates it:
        so every input must be tracked, and none required.
        """
        result = self._predict(request)
        if result is StoreResult.STORED:
            after.add(partial(self._store_now, request, deadline))
        return result

    def _store_now(self, request: StoreRequest, deadline: float | None) -> None:
        """Store a derivative whose answer is given, unless the time is over; log the time."""
        watch = Stopwatch(deadline)
        with suppress(OutOfTime):
            self.store(request, watch)
        stages = {f"{name.title()}Milliseconds": spent for name, spent in watch.stages.items()}
        measure("stored", Metrics(dict.fromkeys(stages, "Milliseconds")), **stages)

    def delete_if_stale(self, ref: DerivativeRef, inputs: Inputs, watch: Stopwatch) -> bool:
        """Delete a derivative that was just stored if an input has changed; whether it stays."""
        if not self._version_changed(inputs, watch):
            return True
        self._delete_stale(ref, inputs, watch)
        return False

    def _predict(self, request: StoreRequest) -> StoreResult:
        """Return the result of storing a derivative if the bucket works and no input changes."""
        if request.temporary or not self._tracks_layers(request.inputs):
            return StoreResult.SKIPPED
        return StoreResult.STORED if request.ref.can_be_stored else StoreResult.UNSTORABLE

    def _version_changed(self, inputs: Inputs, watch: Stopwatch) -> bool:
        """Whether the catalog has another version of an input than the derivative was made from.

        An input counts as unchanged if the catalog lacks it or is down.
        """
        return any(self._has_changed(record, watch) for record in inputs.all)

    def _has_changed(self, record: OriginalRecord, watch: Stopwatch) -> bool:
        now = None
        if self.catalog is not None:
            with watch.stage("recheck"), best_effort("recheck"):
                now = find_record(self.catalog, record.key, consistent=True)
        return now is not None and now.source_version != record.source_version

    def _delete_stale(self, ref: DerivativeRef, inputs: Inputs, watch: Stopwatch) -> None:
        """Request an ingest, then delete a stale derivative: an edge may have cached it already.

        If this fails, the sweep that follows every change deletes it.
        """
        with watch.stage("store"), best_effort("stale"):
            if self.queue is not None:
                self.queue.send(ingest_request(inputs.primary, IngestReason.STALE))
            self.derivatives.delete([ref.stored_as])


def _send(queue: IngestQueue, message: Message, watch: Stopwatch) -> bool:
    """Send a message if there is time; return whether it was sent."""
    with suppress(OutOfTime), watch.stage("queue"), best_effort("queue"):
        queue.send(message)
        return True
    return False


def select_current(blob: Blob | None, inputs: Inputs) -> Blob | None:
    """Return a stored derivative if it was made from these versions of the inputs."""
    if blob and blob.metadata.user_metadata.get("version") == inputs.source_version:
        return blob
    return None


def _request_id(message: Message) -> tuple[str, str, str]:
    """Return what identifies a request: key, version, and the original that uses it as a layer."""
    return message["key"], message["version"], message.get("used_by", "")
