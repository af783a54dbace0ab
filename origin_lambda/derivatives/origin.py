"""The story of a derivative request.

parse -> item -> 304 if the caller has it -> stored derivative -> render -> store -> answer

The item is read again after a derivative was stored, or one was refused: if the original has moved
on meanwhile, the derivative is removed, and nobody is to keep the answer (docs/consistency.md).
"""

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

from origin_lambda.derivatives import responses
from origin_lambda.derivatives.renderer import (
    Renderer,
    missing_layer,
    needs_analysis,
    not_found,
    uncached_errors_if_changed,
)
from origin_lambda.derivatives.responses import DerivativeRef
from origin_lambda.derivatives.single_flight import SingleFlight
from origin_lambda.derivatives.store import Store, StoreRequest, StoreResult
from origin_lambda.errors import (
    CalotypeError,
    Forbidden,
    MethodNotAllowed,
    NoSuchOriginal,
    NotAPicture,
    OutOfTime,
    TooLarge,
)
from origin_lambda.http import ALWAYS, METHODS, PREFLIGHT, Request, Response, failure
from origin_lambda.image.derive import Derivative
from origin_lambda.image.formats import EXTENSIONS, MEDIA_TYPES, Kind
from origin_lambda.image.probe import SNIFFED, sniff
from origin_lambda.log import Metrics, measure, record
from origin_lambda.originals.inputs import Inputs
from origin_lambda.originals.messages import IngestReason
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import Blob, Bucket, Source
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.admission import Admission, BareOriginals, Policy, admitted, keeps_bytes
from origin_lambda.url.grammar import DerivativeKey, OriginalKey, layer_params
from origin_lambda.url.inquiry import is_metadata_request
from origin_lambda.url.signature import EXPIRES, imgix_sign, sign

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


class _Made(NamedTuple):
    """A derivative made now, of these inputs, and *how*.

    One that *awaits ingest* will be another one then, so it is stored only if it has to be.
    """

    derivative: Derivative
    inputs: Inputs
    how: str
    awaits_ingest: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Answers requests for derivatives: with those that are stored, or that are rendered now.

    Where a *bucket_in_front* was asked for a derivative, it is not asked again. *bare_originals*
    says how a URL is answered that asks nothing of the picture.
    """

    originals: Bucket
    store: Store
    renderer: Renderer
    policy: Policy = field(default_factory=Policy)
    fallback: OriginalKey | None = None
    bare_originals: BareOriginals = BareOriginals.CLEAN
    bucket_in_front: bool = False
    flights: SingleFlight[Response] = field(default_factory=SingleFlight)

    def answer(self, request: Request) -> Response:
        """Return the answer to a request; every failure is one too."""
        watch = Stopwatch(request.deadline)
        try:
            response = self._answer(request, watch)
        except CalotypeError as error:
            record("failed", code=error.code, detail=error.detail, request=request.request_id)
            response = failure(error)
        if request.method == "HEAD":
            response = dataclasses.replace(response, body=b"")
        timing = {"server-timing": watch.server_timing} if watch.stages else {}
        _tell(request, response, watch)
        return dataclasses.replace(response, headers=dict(response.headers) | timing)

    def _answer(self, request: Request, watch: Stopwatch) -> Response:
        if request.method == "OPTIONS":
            return Response(204, ALWAYS | PREFLIGHT | {"allow": METHODS})
        if request.method not in METHODS.split(", "):
            message = f"only {METHODS} are answered here"
            raise MethodNotAllowed(message)
        admission = admitted(request.path, request.query, request.headers, self.policy, time.time())
        wanted = self._named(admission)
        try:
            response = self._derivative(wanted, request, watch)
        except (NoSuchOriginal, NotAPicture) as error:
            if self.fallback is None or is_metadata_request(wanted.transform):
                raise
            shown = dataclasses.replace(wanted, key=self.fallback)
            return self._fallback(error, shown, request, watch)
        # Here, not where it is rendered: requests that share a render have tags of their own.
        if responses.has_body(response, request.headers.get("if-none-match", "")):
            return responses.not_modified(response)
        return response

    def _named(self, admission: Admission) -> DerivativeRef:
        """Return what is asked for, by the name that it is stored under in this deployment.

        Raises:
            Forbidden: nothing is asked of the picture, and originals themselves are not answered.

        """
        is_bare = keeps_bytes(admission.transform)
        if is_bare and self.bare_originals is BareOriginals.REFUSE:
            message = "originals are not answered here; ask for a transform, such as w=800"
            raise Forbidden(message)
        is_as_is = is_bare and self.bare_originals is BareOriginals.AS_IS
        return DerivativeRef(*admission, is_as_is=is_as_is)

    def _derivative(self, wanted: DerivativeRef, request: Request, watch: Stopwatch) -> Response:
        inputs = self._inputs(wanted, watch)
        if not self._was_looked_up(wanted, request):
            stored = self.store.find(wanted, inputs, watch)
            if stored is not None:
                return self._delivered(wanted, stored, "stored", request)
        self.store.track_layers(inputs, watch)
        try:
            return self._made_once(wanted, inputs, request, watch)
        except NoSuchOriginal:
            for item in inputs.all:
                self.store.request_ingest(item, IngestReason.MISSING, watch)
            raise
        except CalotypeError as error:
            if error.max_age and not self.store.may_be_cached(inputs, watch):
                error.max_age = 0
            raise

    def _inputs(self, wanted: DerivativeRef, watch: Stopwatch) -> Inputs:
        """Return what is known of the original, and of those that the transform names.

        Raises:
            NoSuchOriginal: one is not there; of a layer it says which parameter names it.

        """
        primary = self._item(wanted.key, watch)
        layers = (
            primary if key == wanted.key else self._layer(key, param, watch)
            for key, param in layer_params(wanted.transform).items()
        )
        return Inputs(primary, tuple(layers))

    def _was_looked_up(self, wanted: DerivativeRef, request: Request) -> bool:
        """Whether the bucket in front of us was asked for this derivative, and did not deliver it.

        It was asked for the path of the request. That is another derivative's if the edge knows
        another recipe than we do, and if we show the fallback original.
        """
        return self.bucket_in_front and request.path == wanted.path

    def _made_once(
        self, wanted: DerivativeRef, inputs: Inputs, request: Request, watch: Stopwatch
    ) -> Response:
        """Answer with what is not kept yet; where several ask for it at once, one makes it.

        Raises:
            OutOfTime: whoever makes it is still at it when this request has to be answered.

        """
        make: Callable[[DerivativeRef, Inputs, Request, Stopwatch], Response] = self._rendered
        if keeps_bytes(wanted.transform):
            make = self._own_bytes if wanted.is_as_is else self._cleaned
        work = (wanted, inputs.source_version, request.method, request.answer_limit)
        seconds = None if request.deadline is None else request.deadline - time.monotonic()
        try:
            return self.flights.once(work, partial(make, wanted, inputs, request, watch), seconds)
        except TimeoutError as error:
            message = "the picture was not ready in time"
            raise OutOfTime(message, detail="while another request made it") from error

    def _item(self, key: OriginalKey, watch: Stopwatch) -> OriginalRecord:
        """Return what is known of an original: the catalog's word, else the bucket's."""
        item = self._known(key, watch)
        if item is None:
            raise not_found()
        if not item.is_listed:
            self.store.request_ingest(item, IngestReason.UNKNOWN, watch)
        return item

    def _layer(self, key: OriginalKey, param: str, watch: Stopwatch) -> OriginalRecord:
        """Return what is known of a layer; `track_layers` requests its ingest, if need be."""
        item = self._known(key, watch)
        if item is None:
            raise missing_layer(param)
        return item

    def _known(self, key: OriginalKey, watch: Stopwatch) -> OriginalRecord | None:
        item = self.store.item(key, watch)
        if item is not None:
            return item
        with watch.stage("catalog"):
            stat = self.originals.stat(key)
        return OriginalRecord.unknown(key, stat) if stat else None

    def _own_bytes(
        self, wanted: DerivativeRef, inputs: Inputs, request: Request, watch: Stopwatch
    ) -> Response:
        """Answer with the original as it is; a large one is copied without passing through here."""
        item = inputs.primary
        whole = item.bytes <= request.answer_limit
        if not whole and (link := self._link_if_stored(wanted, inputs, request, watch)):
            return link
        original = self.renderer.read(wanted, watch, first=None if whole else SNIFFED)
        seen = item.at_version(original.stat)
        with uncached_errors_if_changed(seen, item):
            kind = sniff(original.body)
        if kind is Kind.SVG:
            return self._rendered(wanted, inputs, request, watch, original if whole else None)
        item = seen
        label = responses.label(
            wanted, MEDIA_TYPES[kind], EXTENSIONS[kind], item.source_version, f"in={kind}"
        )

        def put(key: DerivativeKey) -> None:
            if whole:
                self.store.derivatives.write(key, original.body, label)
            else:
                source = Source(wanted.key, original.stat.version)
                self.store.derivatives.copy_from(self.originals, source, key, label)

        asked = StoreRequest(wanted, Inputs(item), put, required=not whole)
        result = self.store.store(asked, watch)
        # The version of an original that was uploaded in parts is not its MD5 digest.
        stat = responses.compute_stat(original.body) if whole else original.stat
        blob = Blob(original.body, stat, label)
        return self._delivered(wanted, blob, "original", request, result)

    def _cleaned(
        self, wanted: DerivativeRef, inputs: Inputs, request: Request, watch: Stopwatch
    ) -> Response:
        """Answer with the original without its metadata.

        It is read whole, as for a render.

        Raises:
            TooLarge: it has more bytes than may be rendered.

        """
        if inputs.primary.bytes > self.renderer.limits.bytes_in:
            message = f"the original has more than {self.renderer.limits.bytes_in:,} bytes"
            raise TooLarge(message)
        original = self.renderer.read(wanted, watch)
        item = inputs.primary.at_version(original.stat)
        with uncached_errors_if_changed(item, inputs.primary):
            kind = sniff(original.body)
            if kind is not Kind.SVG:
                with watch.stage("clean"):
                    made = self.renderer.clean(original.body, kind)
        if kind is Kind.SVG:
            return self._rendered(wanted, inputs, request, watch, original)
        return self._keep(wanted, _Made(made, Inputs(item), "original"), request, watch)

    def _rendered(
        self,
        wanted: DerivativeRef,
        inputs: Inputs,
        request: Request,
        watch: Stopwatch,
        original: Blob | None = None,
    ) -> Response:
        """Answer with a derivative made now, of the *original* if it has been read already."""
        made, inputs, mip_missing = self.renderer.render(wanted, inputs, watch, original)
        item = inputs.primary
        if mip_missing:
            self.store.request_ingest(item, IngestReason.MIP_MISSING, watch)
        measure("rendered", _WEIGHTS, DerivativeBytes=len(made.body), OriginalBytes=item.bytes)
        awaits = needs_analysis(wanted.transform) and self.store.is_pending_ingest(item)
        return self._keep(wanted, _Made(made, inputs, "render", awaits), request, watch)

    def _keep(
        self, wanted: DerivativeRef, new: _Made, request: Request, watch: Stopwatch
    ) -> Response:
        """Store what was made now, and answer with it."""
        made, inputs = new.derivative, new.inputs
        must = len(made.body) > request.answer_limit
        if must and (link := self._link_if_stored(wanted, inputs, request, watch)):
            return link
        provisional = new.awaits_ingest and not must
        label = responses.label(
            wanted, made.media_type, made.extension, inputs.source_version, made.brief
        )

        def put(key: DerivativeKey) -> None:
            self.store.derivatives.write(key, made.body, label)

        asked = StoreRequest(wanted, inputs, put, required=must, temporary=provisional)
        result = self.store.store(asked, watch)
        blob = Blob(made.body, responses.compute_stat(made.body), label)
        return self._delivered(wanted, blob, new.how, request, result)

    def _link_if_stored(
        self, wanted: DerivativeRef, inputs: Inputs, request: Request, watch: Stopwatch
    ) -> Response | None:
        """Return a link to a derivative too large to answer, if the bucket has it already.

        The bucket in front has it and did not deliver it: a redirect there would come back to us.
        """
        if not self._was_looked_up(wanted, request):
            return None
        stored = self.store.find(wanted, inputs, watch, first=1)
        return self._delivered(wanted, stored, "stored", request) if stored else None

    def _delivered(
        self,
        wanted: DerivativeRef,
        blob: Blob,
        how: str,
        request: Request,
        result: StoreResult = StoreResult.STORED,
    ) -> Response:
        """Answer with the bytes, or with where to get them if they are too many for us.

        A bucket in front of us has them at the same URL by now. If it had them before this request
        came to us, there is none, or it cannot deliver: then a link into it.
        """
        response = responses.derivative(wanted, blob, how, _CACHING.get(result))
        if request.method == "HEAD":
            length = {"content-length": str(blob.stat.size)}
            return dataclasses.replace(response, headers=dict(response.headers) | length)
        if blob.stat.size <= request.answer_limit:
            return response
        if how != "stored":
            return responses.redirect(self._signed(wanted))
        link = self.store.derivatives.link(wanted.stored_as, responses.HANDED_OFF_SECONDS)
        return responses.redirect(link)

    def _signed(self, wanted: DerivativeRef) -> str:
        """Return a path that the edge admits: signed in the way that is configured, if any is.

        It lasts five minutes, and no longer than the URL that was asked for.
        """
        path = wanted.path
        expires = int(time.time()) + responses.HANDED_OFF_SECONDS
        if wanted.expires is not None:
            expires = min(expires, wanted.expires)
        if self.policy.keys:
            kid, secret = list(self.policy.keys.items())[-1]
            return f"{path}?{sign(path, '', kid, secret, expires)}"
        if self.policy.imgix_token:
            return f"{path}?{imgix_sign(path, f'{EXPIRES}={expires}', self.policy.imgix_token)}"
        return path

    def _fallback(
        self, error: CalotypeError, wanted: DerivativeRef, request: Request, watch: Stopwatch
    ) -> Response:
        """Answer a failure with the deployment's own picture, but with the failure's status."""
        told = failure(error)
        plain = dataclasses.replace(request, headers={})
        try:
            shown = self._derivative(wanted, plain, watch)
        except CalotypeError:
            return told
        if shown.status != _OK:
            return told
        caching = {"cache-control": told.headers["cache-control"], "x-calotype": error.code}
        headers = {name: text for name, text in shown.headers.items() if name != "etag"}
        return Response(told.status, headers | caching, shown.body)


def _tell(request: Request, response: Response, watch: Stopwatch) -> None:
    """Write what a request came to: what was answered and how, and what each stage took."""
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
