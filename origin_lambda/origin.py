"""The story of a derivative request.

parse -> revision -> 304 if the caller has it -> stored derivative -> render -> store -> answer
"""

import dataclasses
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Final

from cachetools import TTLCache

from origin_lambda import answers
from origin_lambda.alerts import ingest_request
from origin_lambda.answers import Wanted
from origin_lambda.errors import (
    CalotypeError,
    MethodNotAllowed,
    NoSuchOriginal,
    NotAPicture,
    TooLarge,
)
from origin_lambda.http import ALWAYS, METHODS, Request, Response, failure
from origin_lambda.image.derive import Derivative, derive
from origin_lambda.image.formats import EXTENSIONS, MEDIA_TYPES, Kind
from origin_lambda.image.probe import SNIFFED, Limits, sniff
from origin_lambda.image.raster import Codec
from origin_lambda.log import record
from origin_lambda.ports import Alerts, Blob, Bucket, Catalog, Source, Stat
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.tolerance import tolerated
from origin_lambda.url.admission import Policy, admitted, keeps_bytes
from origin_lambda.url.grammar import DerivativeKey, OriginalKey, canonical_path
from origin_lambda.url.signature import sign
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Format

_READ_AT_MOST: Final = 5_000_000  # bytes of a kept derivative: more than any answer holds
_REQUEST_AGAIN: Final = 300  # seconds before the ingest of an original is requested once more
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Origin:
    """Answers requests for derivatives from two buckets and a codec."""

    originals: Bucket
    derivatives: Bucket
    catalog: Catalog | None
    alerts: Alerts | None
    codec: Codec[Any]
    sanitise: Callable[[bytes], bytes]
    limits: Limits
    policy: Policy = field(default_factory=Policy)
    fallback: OriginalKey | None = None
    _requested: TTLCache[tuple[str, str], bool] = field(
        default_factory=lambda: TTLCache(maxsize=10_000, ttl=_REQUEST_AGAIN)
    )

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
        record(
            "answered",
            status=response.status,
            request=request.request_id,
            stages=watch.stages,
            plan=response.headers.get("x-calotype"),
        )
        return dataclasses.replace(response, headers=dict(response.headers) | timing)

    def _answer(self, request: Request, watch: Stopwatch) -> Response:
        if request.method == "OPTIONS":
            return Response(204, ALWAYS | {"allow": METHODS})
        if request.method not in METHODS.split(", "):
            message = f"only {METHODS} are answered here"
            raise MethodNotAllowed(message)
        key, transform = admitted(
            request.path, request.query, request.headers, self.policy, time.time()
        )
        wanted = Wanted(key, transform)
        try:
            return self._derivative(wanted, request, watch)
        except (NoSuchOriginal, NotAPicture) as error:
            if self.fallback is None:
                raise
            return self._fallback(error, Wanted(self.fallback, transform), request, watch)

    def _derivative(self, wanted: Wanted, request: Request, watch: Stopwatch) -> Response:
        stat = self._revision(wanted.key, watch)
        given = request.headers.get("if-none-match", "")
        if given and answers.has_it(wanted, stat.version, given):
            return answers.not_modified(wanted, stat.version)
        stored = self._stored(wanted, stat, watch)
        if stored is not None:
            return self._delivered(wanted, stored, "stored", request)
        if keeps_bytes(wanted.transform):
            return self._own_bytes(wanted, stat, request, watch)
        return self._rendered(wanted, stat, request, watch)

    def _revision(self, key: OriginalKey, watch: Stopwatch) -> Stat:
        """Return which version of an original there is: the catalog's word, else the bucket's."""
        with watch.stage("catalog"):
            item = None
            if self.catalog is not None:
                with tolerated("catalog"):
                    item = self.catalog.find(key)
            if item is not None:
                return Stat(item["version"], item["bytes"])
            stat = self.originals.stat(key)
        if stat is None:
            raise _gone()
        if self.alerts is not None and (key, stat.version) not in self._requested:
            self._requested[key, stat.version] = True
            with watch.stage("alert"), tolerated("alert"):
                self.alerts.announce(*ingest_request(key, stat))
        return stat

    def _stored(self, wanted: Wanted, stat: Stat, watch: Stopwatch) -> Blob | None:
        """Return a kept derivative, unless it was made from another version of the original."""
        if not wanted.can_be_stored:
            return None
        blob = None
        with watch.stage("fetch"), tolerated("derivative"):
            blob = self.derivatives.read(wanted.stored_as, first=_READ_AT_MOST)
        return blob if blob and blob.label.notes.get("version") == stat.version else None

    def _own_bytes(
        self, wanted: Wanted, stat: Stat, request: Request, watch: Stopwatch
    ) -> Response:
        """Answer with the original as it is; a large one is copied without passing through here."""
        whole = stat.size <= request.answer_limit
        with watch.stage("fetch"):
            original = self._read(wanted.key, first=None if whole else SNIFFED)
        kind = sniff(original.body)
        if kind is Kind.SVG:
            return self._rendered(wanted, stat, request, watch, original if whole else None)
        label = answers.label(
            wanted, MEDIA_TYPES[kind], EXTENSIONS[kind], original.stat.version, f"in={kind}"
        )
        blob = Blob(original.body, original.stat, label)

        def put(key: DerivativeKey) -> None:
            if whole:
                self.derivatives.write(key, original.body, label)
            else:
                source = Source(wanted.key, original.stat.version)
                self.derivatives.copy_from(self.originals, source, key, label)

        self._keep(wanted, put, watch, must=not whole)
        return self._delivered(wanted, blob, "original", request)

    def _rendered(
        self,
        wanted: Wanted,
        stat: Stat,
        request: Request,
        watch: Stopwatch,
        original: Blob | None = None,
    ) -> Response:
        """Answer with a derivative made now, of the *original* if it has been read already."""
        if stat.size > self.limits.bytes_in:
            message = f"the original has more than {self.limits.bytes_in:,} bytes"
            raise TooLarge(message)
        if original is None:
            with watch.stage("fetch"):
                original = self._read(wanted.key)
        made = self._made(original.body, wanted.transform, watch)
        label = answers.label(
            wanted, made.media_type, made.extension, original.stat.version, made.brief
        )
        blob = Blob(made.body, Stat(original.stat.version, len(made.body)), label)

        def write(key: DerivativeKey) -> None:
            self.derivatives.write(key, blob.body, label)

        self._keep(wanted, write, watch, must=len(made.body) > request.answer_limit)
        return self._delivered(wanted, blob, "render", request)

    def _keep(
        self,
        wanted: Wanted,
        put: Callable[[DerivativeKey], None],
        watch: Stopwatch,
        *,
        must: bool,
    ) -> None:
        """Keep a derivative. It *must* be kept where it is too large to be answered from here."""
        if wanted.can_be_stored:
            with watch.stage("store"), nullcontext() if must else tolerated("store"):
                put(wanted.stored_as)
        elif must:
            message = "the derivative is too large to answer, and its key too long to keep it"
            raise TooLarge(message)

    def _made(self, data: bytes, transform: Transform, watch: Stopwatch) -> Derivative:
        if sniff(data) is not Kind.SVG:
            return derive(data, transform, self.codec, self.limits, watch)
        if isinstance(transform.format, Format):
            message = "an SVG original is answered as SVG; leave fm out"
            raise NotAPicture(message)
        with watch.stage("encode"):
            return Derivative(self.sanitise(data), MEDIA_TYPES[Kind.SVG], "svg", "fm=svg")

    def _read(self, key: OriginalKey, *, first: int | None = None) -> Blob:
        blob = self.originals.read(key, first=first)
        if blob is None:
            raise _gone()
        return blob

    def _delivered(self, wanted: Wanted, blob: Blob, how: str, request: Request) -> Response:
        """Answer with the bytes, or with where to get them if they are too many for us.

        The bucket in front of us will have them at the same URL. If it had them already and we
        are asked all the same, no bucket is in front of us: then a link into it.
        """
        response = answers.derivative(wanted, blob, how)
        if request.method == "HEAD":
            length = {"content-length": str(blob.stat.size)}
            return dataclasses.replace(response, headers=dict(response.headers) | length)
        if blob.stat.size <= request.answer_limit:
            return response
        if how != "stored":
            return answers.handed_off(self._signed(canonical_path(wanted.key, wanted.transform)))
        link = self.derivatives.link(wanted.stored_as, answers.HANDED_OFF_SECONDS)
        return answers.handed_off(link)

    def _signed(self, path: str) -> str:
        """Return a path that the edge admits, by the newest key where there are keys."""
        if not self.policy.keys:
            return path
        kid, secret = list(self.policy.keys.items())[-1]
        expires = int(time.time()) + answers.HANDED_OFF_SECONDS
        return f"{path}?{sign(path, '', kid, secret, expires)}"

    def _fallback(
        self, error: CalotypeError, wanted: Wanted, request: Request, watch: Stopwatch
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


def _gone() -> NoSuchOriginal:
    return NoSuchOriginal("no original has this key")
