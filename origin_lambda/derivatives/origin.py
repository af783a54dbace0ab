"""Answers a request for a derivative.

parse -> original record -> stored derivative -> render -> answer -> store

The record is read again after a derivative was stored, and after an error. If the original has
changed by then, the derivative is deleted (docs/consistency.md). Where nothing can run after the
answer, the derivative is stored first. If the original has changed then, the answer must not be
cached.
"""

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

from origin_lambda.derivatives import responses
from origin_lambda.derivatives.background import Background, Inline
from origin_lambda.derivatives.finder import Finder, Found
from origin_lambda.derivatives.recent_records import RecentRecords
from origin_lambda.derivatives.renderer import (
    Renderer,
    list_analysed,
    needs_newer_analysis,
    not_found,
    uncached_errors_if_changed,
)
from origin_lambda.derivatives.responses import DerivativeRef
from origin_lambda.derivatives.single_flight import SingleFlight
from origin_lambda.derivatives.store import Store, StoreRequest, StoreResult, select_current
from origin_lambda.errors import (
    BadValue,
    CalotypeError,
    Forbidden,
    MethodNotAllowed,
    NoSuchOriginal,
    NotAPicture,
    OutOfTime,
)
from origin_lambda.http import ALWAYS, METHODS, PREFLIGHT, Request, Response, error_response
from origin_lambda.image.derive import Derivative
from origin_lambda.image.formats import EXTENSIONS, MEDIA_TYPES, Kind
from origin_lambda.image.probe import SNIFF_BYTES, sniff
from origin_lambda.log import Metrics, log_event, measure
from origin_lambda.originals.inputs import Inputs
from origin_lambda.originals.messages import IngestReason
from origin_lambda.ports import AfterAnswer, Blob, Bucket, Source
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.admission import Admission, BareOriginals, Policy, admit, is_bare_request
from origin_lambda.url.grammar import DerivativeKey, OriginalKey
from origin_lambda.url.inquiry import is_metadata_request
from origin_lambda.url.keys import ALL_KEYS, CANVAS, KeyFilter
from origin_lambda.url.layers import check_layers

_OK: Final = 200
_BAD: Final = 400

_CACHING: Final = {
    StoreResult.SKIPPED: responses.FOR_NOW,
    StoreResult.STALE: "no-store",
    StoreResult.UNTRACKED: "no-store",
}
"""The `Cache-Control` of derivatives that are not stored."""

_ANSWERS: Final = Metrics({"Answers": "Count", "Milliseconds": "Milliseconds"}, by="how")
_WEIGHTS: Final = Metrics({"DerivativeBytes": "Bytes", "OriginalBytes": "Bytes"})


class _NewDerivative(NamedTuple):
    """A derivative to store, its inputs, and *how* it was made.

    *is_pending_ingest*: it will change after ingest, so it is only stored if it is too large.
    """

    derivative: Derivative
    inputs: Inputs
    how: str
    is_pending_ingest: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Answers requests with stored derivatives, or renders them.

    *bucket_in_front*: the derivatives bucket was asked before this service, so it is not asked
    again. *fallback* is the picture to show where an original is missing or is no picture.
    *bare_originals*: the answer to a URL without a transform. *layer_prefix*: the beginning of all
    keys that can be layers. *original_keys*: other objects count as missing. *after_answer* stores
    derivatives after the answer; without it they are stored before. What is not needed at once is
    read and sent in the *background*.
    """

    originals: Bucket
    store: Store
    renderer: Renderer
    policy: Policy = field(default_factory=Policy)
    fallback: OriginalKey | None = None
    bare_originals: BareOriginals = BareOriginals.CLEAN
    layer_prefix: str = ""
    original_keys: KeyFilter = ALL_KEYS
    bucket_in_front: bool = False
    after_answer: AfterAnswer | None = None
    background: Background = field(default_factory=Inline)
    recent_records: RecentRecords = field(default_factory=RecentRecords)
    single_flight: SingleFlight[Response] = field(default_factory=SingleFlight)

    def answer(self, request: Request) -> Response:
        """Return the answer to a request; a named error becomes an answer too."""
        watch = Stopwatch(request.deadline)
        try:
            response = self._answer(request, watch)
        except CalotypeError as error:
            log_event("failed", code=error.code, detail=error.detail, request=request.request_id)
            response = error_response(error)
        if request.method == "HEAD":
            response = dataclasses.replace(response, body=b"")
        timing = {"server-timing": watch.server_timing} if watch.stages else {}
        _log_answer(request, response, watch)
        return dataclasses.replace(response, headers=dict(response.headers) | timing)

    def _answer(self, request: Request, watch: Stopwatch) -> Response:
        if request.method == "OPTIONS":
            return Response(204, ALWAYS | PREFLIGHT | {"allow": METHODS})
        if request.method not in METHODS.split(", "):
            message = f"only {METHODS} are answered here"
            raise MethodNotAllowed(message)
        admission = admit(request.path, request.query, request.headers, self.policy, time.time())
        ref = self._ref_of(admission)
        response = responses.add_ignored(
            self._answer_or_fall_back(ref, request, watch), admission.ignored
        )
        # Not checked during the render: requests that share a render can send different tags.
        if responses.matches_etag(response, request.headers.get("if-none-match", "")):
            return responses.not_modified(response)
        return response

    def _answer_or_fall_back(
        self, ref: DerivativeRef, request: Request, watch: Stopwatch
    ) -> Response:
        """Answer with the derivative, or with the fallback if the original is no picture."""
        try:
            return self._answer_derivative(ref, request, watch)
        except (NoSuchOriginal, NotAPicture) as error:
            if self.fallback is None or is_metadata_request(ref.transform):
                raise
            fallback = dataclasses.replace(ref, key=self.fallback)
            return self._answer_fallback(error, fallback, request, watch)

    def _ref_of(self, admission: Admission) -> DerivativeRef:
        """Return the derivative that a request asks for, as this deployment stores it.

        Raises:
            Forbidden: the URL has no transform, and this deployment does not answer originals.
            BadValue: the built-in original has neither metadata nor an answer of its own.

        """
        is_bare = is_bare_request(admission.transform)
        if is_bare and self.bare_originals is BareOriginals.REFUSE:
            message = "originals are not answered here; ask for a transform, such as w=800"
            raise Forbidden(message)
        if admission.key == CANVAS and (is_bare or is_metadata_request(admission.transform)):
            message = "~text needs txt, or w and h in pixels"
            raise BadValue(message, param="txt")
        is_as_is = is_bare and self.bare_originals is BareOriginals.AS_IS
        key, transform, vary, expires, _ = admission
        return DerivativeRef(key, transform, vary, expires, is_as_is=is_as_is)

    def _answer_derivative(
        self, ref: DerivativeRef, request: Request, watch: Stopwatch
    ) -> Response:
        check_layers(ref.transform, self.layer_prefix)
        finder = Finder(self.originals, self.store, self.original_keys)
        (record, original), stored = self._find_primary(finder, ref, request, watch)
        inputs = finder.find_inputs(ref.transform, record, watch)
        with self.store.request_ingest_if_unknown(record, watch, self.background):
            if current := select_current(stored, inputs):
                return self._respond(ref, current, "stored", request)
            return self._answer_new(ref, inputs, original, request, watch)

    def _find_primary(
        self, finder: Finder, ref: DerivativeRef, request: Request, watch: Stopwatch
    ) -> tuple[Found, Blob | None]:
        """Return the record of the primary original, and what is stored as its derivative.

        An original that the catalog lacks is read at once: that tells its version, too. If a
        derivative is stored, its version is enough.

        Raises:
            NoSuchOriginal: it is missing.

        """
        read_stored = self._read_ahead(ref, request)
        listed = finder.find_listed(ref.key, watch)
        with watch.stage("fetch"):
            stored = read_stored()
        if listed:
            self.recent_records.add(listed)
            return Found(listed), stored
        if stored:
            record = finder.find_unlisted(ref.key, watch)
            found = Found(record) if record else None
        else:
            most = request.answer_limit if ref.is_as_is else self.renderer.limits.bytes_in
            found = finder.read_unlisted(ref.key, most, watch)
        if found is None:
            raise not_found()
        return found, stored

    def _answer_new(
        self,
        ref: DerivativeRef,
        inputs: Inputs,
        original: Blob | None,
        request: Request,
        watch: Stopwatch,
    ) -> Response:
        """Answer with a derivative that is not stored; *original* is passed if it was read."""
        self.store.track_layers(inputs, watch)
        try:
            response = self._answer_once(ref, inputs, original, request, watch)
        except NoSuchOriginal:
            for record in inputs.all:
                self.store.request_ingest(record, IngestReason.MISSING, watch)
            raise
        except CalotypeError as error:
            if error.max_age and not self.store.can_be_cached(inputs, watch):
                error.max_age = 0
            raise
        for record in inputs.all:
            if record.is_archived:  # it was not, or it could not have been read
                self.store.request_ingest(record, IngestReason.RESTORED, watch)
        return response

    def _read_ahead(self, ref: DerivativeRef, request: Request) -> Callable[[], Blob | None]:
        """Start to read what the answer is made from; return how to get the stored derivative.

        There is none if the bucket in front was asked for it. Then a render follows, and its mip is
        read by the record of an earlier request. If that is old, the mip is read in vain: its name
        has its version.
        """
        if not self._was_looked_up(ref, request):
            return self.background.start(partial(self.store.read, ref))
        if record := self.recent_records.find(ref.key):
            self.background.start(partial(self.renderer.prefetch, ref.transform, record))
        return lambda: None

    def _was_looked_up(self, ref: DerivativeRef, request: Request) -> bool:
        """Whether the bucket in front was asked for this derivative, and did not deliver it.

        It was asked for the request's path. That names another derivative if the edge uses another
        recipe than this function, or if this is the fallback original.
        """
        return self.bucket_in_front and request.path == ref.path

    def _answer_once(
        self,
        ref: DerivativeRef,
        inputs: Inputs,
        original: Blob | None,
        request: Request,
        watch: Stopwatch,
    ) -> Response:
        """Answer with a derivative that is not stored; equal concurrent requests share the work.

        Raises:
            OutOfTime: another request was still rendering it at this one's deadline.

        """
        answer = self._answer_rendered
        if is_bare_request(ref.transform):
            answer = self._answer_original if ref.is_as_is else self._answer_cleaned
        key = (ref, inputs.source_version, request.method, request.answer_limit)
        seconds = None if request.deadline is None else request.deadline - time.monotonic()
        work = partial(answer, ref, inputs, request, watch, original)
        try:
            return self.single_flight.do(key, work, seconds)
        except TimeoutError as error:
            message = "the picture was not ready in time"
            raise OutOfTime(message, detail="while another request made it") from error

    def _answer_original(
        self,
        ref: DerivativeRef,
        inputs: Inputs,
        request: Request,
        watch: Stopwatch,
        original: Blob | None,
    ) -> Response:
        """Answer with the original's own bytes; S3 copies those that are too large to answer."""
        record = inputs.primary
        is_whole = record.bytes <= request.answer_limit
        if not is_whole and (link := self._link_if_stored(ref, inputs, request, watch)):
            return link
        if original is None:
            original = self.renderer.read(ref, watch, first=None if is_whole else SNIFF_BYTES)
        current = record.at_version(original.stat)
        with uncached_errors_if_changed(current, record):
            kind = sniff(original.body)
        if kind is Kind.SVG:
            body = original if is_whole else None
            return self._answer_rendered(ref, inputs, request, watch, body)
        metadata = responses.object_metadata(
            ref, MEDIA_TYPES[kind], EXTENSIONS[kind], current.source_version, f"in={kind}"
        )

        def put(key: DerivativeKey) -> None:
            if is_whole:
                self.store.derivatives.write(key, original.body, metadata)
            else:
                source = Source(ref.key, original.stat.version)
                self.store.derivatives.copy_from(self.originals, source, key, metadata)

        to_store = StoreRequest(ref, Inputs(current), put, required=not is_whole)
        result = self._store(to_store, watch)
        # The version of an original that was uploaded in parts is not its MD5 digest.
        stat = responses.compute_stat(original.body) if is_whole else original.stat
        blob = Blob(original.body, stat, metadata)
        return self._respond(ref, blob, "original", request, result)

    def _answer_cleaned(
        self,
        ref: DerivativeRef,
        inputs: Inputs,
        request: Request,
        watch: Stopwatch,
        original: Blob | None,
    ) -> Response:
        """Answer with the original without its metadata. It is read whole, as for a render.

        Raises:
            TooLarge: it has more bytes than the limit.

        """
        inputs.primary.check_bytes(self.renderer.limits.bytes_in)
        original = original or self.renderer.read(ref, watch)
        record = inputs.primary.at_version(original.stat)
        with uncached_errors_if_changed(record, inputs.primary):
            kind = sniff(original.body)
            if kind is not Kind.SVG:
                with watch.stage("clean"):
                    derivative = self.renderer.clean(original.body, kind)
        if kind is Kind.SVG:
            return self._answer_rendered(ref, inputs, request, watch, original)
        new = _NewDerivative(derivative, Inputs(record), "original")
        return self._store_and_respond(ref, new, request, watch)

    def _answer_rendered(
        self,
        ref: DerivativeRef,
        inputs: Inputs,
        request: Request,
        watch: Stopwatch,
        original: Blob | None,
    ) -> Response:
        """Render a derivative and answer with it; *original* is passed if it was read already."""
        derivative, inputs, mip_missing = self.renderer.render(ref, inputs, watch, original)
        record = inputs.primary
        if mip_missing:
            self.store.request_ingest(record, IngestReason.MIP_MISSING, watch)
        measure(
            "rendered", _WEIGHTS, DerivativeBytes=len(derivative.body), OriginalBytes=record.bytes
        )
        analysed = list_analysed(ref.transform, inputs)
        is_pending = inputs.lacks_layer or any(map(self.store.is_pending_ingest, analysed))
        if needs_newer_analysis(ref.transform, record):
            self.store.request_ingest(record, IngestReason.OUTDATED, watch)
            is_pending = True
        new = _NewDerivative(derivative, inputs, "render", is_pending)
        return self._store_and_respond(ref, new, request, watch)

    def _store_and_respond(
        self, ref: DerivativeRef, new: _NewDerivative, request: Request, watch: Stopwatch
    ) -> Response:
        """Store a new derivative, and answer with it."""
        derivative, inputs = new.derivative, new.inputs
        is_too_large = len(derivative.body) > request.answer_limit
        if is_too_large and (link := self._link_if_stored(ref, inputs, request, watch)):
            return link
        is_temporary = new.is_pending_ingest and not is_too_large
        metadata = responses.object_metadata(
            ref,
            derivative.media_type,
            derivative.extension,
            inputs.source_version,
            derivative.brief,
        )

        def put(key: DerivativeKey) -> None:
            self.store.derivatives.write(key, derivative.body, metadata)

        to_store = StoreRequest(ref, inputs, put, required=is_too_large, temporary=is_temporary)
        result = self._store(to_store, watch)
        blob = Blob(derivative.body, responses.compute_stat(derivative.body), metadata)
        return self._respond(ref, blob, new.how, request, result)

    def _store(self, request: StoreRequest, watch: Stopwatch) -> StoreResult:
        """Store a derivative: after the answer, if ingest invalidates an answer that is stale.

        That is not so if the bucket had another version than the catalog, of which it may never
        learn, or if the ingest of an unknown original could not be requested.
        """
        after = self.after_answer
        if after is None or request.required or not self.store.is_tracked(request.inputs):
            return self.store.store(request, watch)
        return self.store.store_later(request, after, watch.deadline)

    def _link_if_stored(
        self, ref: DerivativeRef, inputs: Inputs, request: Request, watch: Stopwatch
    ) -> Response | None:
        """Return a redirect to a derivative that is too large to answer, if it is stored already.

        The bucket in front has it and did not deliver it, so the redirect is a presigned link.
        """
        if not self._was_looked_up(ref, request):
            return None
        stored = self.store.find(ref, inputs, watch, first=1)
        return self._respond(ref, stored, "stored", request) if stored else None

    def _respond(
        self,
        ref: DerivativeRef,
        blob: Blob,
        how: str,
        request: Request,
        result: StoreResult = StoreResult.STORED,
    ) -> Response:
        """Answer with the derivative, or with a redirect if it is too large to answer.

        A bucket in front has a new derivative at the request's path by now. The edge lets the
        viewer send the same URL once more (edge/viewer_response.js), so the redirect needs no
        signature of its own. If the derivative was *stored* before this request, or no bucket is in
        front, that would come back here: then the redirect is a presigned link.
        """
        response = responses.derivative(ref, blob, how, _CACHING.get(result))
        if request.method == "HEAD":
            length = {"content-length": str(blob.stat.size)}
            return dataclasses.replace(response, headers=dict(response.headers) | length)
        if blob.stat.size <= request.answer_limit:
            return response
        if how != "stored" and self._was_looked_up(ref, request):
            return responses.redirect(ref.path)
        seconds = responses.compute_link_seconds(ref, time.time())
        return responses.redirect(self.store.derivatives.link(ref.stored_as, seconds))

    def _answer_fallback(
        self, error: CalotypeError, ref: DerivativeRef, request: Request, watch: Stopwatch
    ) -> Response:
        """Answer with the deployment's fallback picture, and with the status of the *error*."""
        failed = error_response(error)
        unconditional = dataclasses.replace(request, headers={})
        try:
            fallback = self._answer_derivative(ref, unconditional, watch)
        except CalotypeError:
            return failed
        if fallback.status != _OK:
            return failed
        caching = {"cache-control": failed.headers["cache-control"], "x-calotype": error.code}
        headers = {name: text for name, text in fallback.headers.items() if name != "etag"}
        return Response(failed.status, headers | caching, fallback.body)


def _log_answer(request: Request, response: Response, watch: Stopwatch) -> None:
    """Log a request: status, how it was answered, and the milliseconds of each stage."""
    plan = response.headers.get("x-calotype", "")
    how = plan.partition(";")[0] if response.status < _BAD else f"{response.status // 100}xx"
    stages = {f"{name.title()}Milliseconds": spent for name, spent in watch.stages.items()}
    measure(
        "answered",
        _ANSWERS,
        Metrics(dict.fromkeys(stages, "Milliseconds")),
        status=response.status,
        how=how or "other",
        request=request.request_id,
        plan=plan or None,
        Answers=1,
        Milliseconds=watch.total,
        **stages,
    )
