"""Renders a derivative from a mip that is large enough, or else from the original.

Metadata answers use the original record, or analyse the original if it is not ingested yet.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from origin_lambda.best_effort import best_effort
from origin_lambda.derivatives.responses import DerivativeRef
from origin_lambda.errors import CalotypeError, NoSuchOriginal, TooLarge
from origin_lambda.image.analysis.analyse import Analyser
from origin_lambda.image.analysis.measure import Measurer
from origin_lambda.image.derive import (
    Derivative,
    derive_from_plan,
    plan_needed_sample,
    resolve,
)
from origin_lambda.image.formats import EXTENSIONS, MEDIA_TYPES, Kind
from origin_lambda.image.mips import Mip
from origin_lambda.image.plan import Plan, plan
from origin_lambda.image.probe import Limits, check, sniff
from origin_lambda.image.quality import NO_CURVES
from origin_lambda.image.raster import Codec
from origin_lambda.image.subjects import uses_content, uses_measured_content
from origin_lambda.image.vector import is_kept_as_svg
from origin_lambda.originals.inputs import Inputs
from origin_lambda.originals.mip_keys import mip_key
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import Blob, Bucket, Readable
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import OriginalKey, layer_params
from origin_lambda.url.inquiry import is_metadata_request
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import FillMode

Layers = tuple[Blob, ...]
"""The objects of a derivative's layers, in table order."""


class RenderResult(NamedTuple):
    """A derivative, the *inputs* that it was made from, and whether a mip was missing."""

    derivative: Derivative
    inputs: Inputs
    mip_missing: bool = False


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders derivatives of *originals*, or of their *mips*."""

    originals: Bucket
    mips: Readable
    codec: Codec[Any]
    sanitise: Callable[[bytes], bytes]
    limits: Limits
    measurer: Measurer[Any]

    def render(
        self, ref: DerivativeRef, inputs: Inputs, watch: Stopwatch, original: Blob | None = None
    ) -> RenderResult:
        """Render a derivative; pass the *original* if it was read already.

        The result's inputs differ from *inputs* if the originals have changed since the catalog was
        read.

        Raises:
            NoSuchOriginal: the original or a layer is missing.
            NotAPicture: it is no picture.
            TooLarge, Unprocessable: it is over a limit, or broken.
            BadValue: the parameters do not fit each other, or the original.
            OutOfTime: the deadline came first.

        """
        self._refuse_by_record(ref, inputs)
        if is_metadata_request(ref.transform):
            return self._answer_metadata(ref, inputs.primary, watch)
        record = inputs.primary
        layers = tuple(self._read_layer(ref, layer, watch) for layer in inputs.layers)
        current_layers = tuple(map(_at_version, inputs.layers, layers))
        mips = _MipReader(self.mips, record, watch)
        planned = None if original else self._plan_from_mip(ref.transform, mips, watch)
        if planned:
            current = inputs.observed(record, current_layers)
            with uncached_errors_if_changed(current, inputs):
                derivative = self._render_from_mip(*planned, mips, layers, watch)
            if derivative:
                return RenderResult(derivative, current)
        if original is None:
            original = self.read(ref, watch)
        primary = record.at_version(original.stat)
        current = inputs.observed(primary, current_layers)
        with uncached_errors_if_changed(current, inputs):
            derivative = self._render_original(original.body, ref.transform, primary, layers, watch)
        # `at_version` returns the record itself if the original has not changed.
        is_unchanged = primary is record
        return RenderResult(derivative, current, mip_missing=bool(planned) and is_unchanged)

    def _refuse_by_record(self, ref: DerivativeRef, inputs: Inputs) -> None:
        """Refuse an input whose record says that it was rejected or is too large."""
        params = layer_params(ref.transform)
        for record in inputs.all:
            error = record.reason.error if record.reason else None
            if error is None and record.bytes > self.limits.bytes_in:
                error = TooLarge(f"the original has more than {self.limits.bytes_in:,} bytes")
            if error:
                error.param = None if record is inputs.primary else params[OriginalKey(record.key)]
                raise error

    def _read_layer(self, ref: DerivativeRef, layer: OriginalRecord, watch: Stopwatch) -> Blob:
        with watch.stage("fetch"):
            blob = self.originals.read(layer.key)
        if blob is None:
            error = missing_layer(layer_params(ref.transform)[OriginalKey(layer.key)])
            error.max_age = 0
            raise error
        return blob

    def read(self, ref: DerivativeRef, watch: Stopwatch, *, first: int | None = None) -> Blob:
        """Return an original that has a record, or only its *first* bytes.

        Raises:
            NoSuchOriginal: it is missing. Not cacheable: it may be uploaded again without an event.

        """
        with watch.stage("fetch"):
            blob = self.originals.read(ref.key, first=first)
        if blob is None:
            error = not_found()
            error.max_age = 0
            raise error
        return blob

    def clean(self, data: bytes, kind: Kind) -> Derivative:
        """Return an original without its metadata; its compressed pixels are not changed.

        Raises:
            NotAPicture: it uses a feature that is not supported.
            Unprocessable: it is broken.

        """
        from origin_lambda.image.cleaning.clean import clean  # few requests need it
        from origin_lambda.image.cleaning.exif import KeptTags

        facts = self.codec.probe(data)
        body = clean(data, kind, KeptTags(facts.orientation, facts.artist, facts.copyright))
        return Derivative(body, MEDIA_TYPES[kind], EXTENSIONS[kind], f"in={kind}")

    def _answer_metadata(
        self, ref: DerivativeRef, record: OriginalRecord, watch: Stopwatch
    ) -> RenderResult:
        analysis = record.analysis
        if analysis is None:
            original = self.read(ref, watch)
            current = record.at_version(original.stat)
            analyser = Analyser(self.codec, self.measurer, self.sanitise, self.limits)
            with watch.stage("survey"), uncached_errors_if_changed(current, record):
                analysis, _ = analyser.analyse(original.body, with_mips=False)
            record = current
        from origin_lambda.derivatives.metadata import metadata_response  # few requests need it

        return RenderResult(metadata_response(ref.transform, record, analysis), Inputs(record))

    def _plan_from_mip(
        self, transform: Transform, mips: "_MipReader", watch: Stopwatch
    ) -> tuple[Plan, Mip] | None:
        record = mips.record
        if not (record.analysis and record.mips):
            return None
        facts = record.analysis.facts
        sample = plan_needed_sample(transform, facts, self.limits, record.mips)
        if sample:
            blob = mips.read(sample.mip) if sample.mip else None
            if blob is None:
                return None
            transform = resolve(blob.body, transform, sample, self.codec, watch)
        transform = with_palette(transform, record)
        planned = plan(
            transform,
            facts,
            self.limits,
            record.mips,
            curves=record.analysis.curves,
            content=record.content,
        )
        return (planned, planned.mip) if planned.mip else None

    def _render_from_mip(
        self,
        planned: Plan,
        mip: Mip,
        mips: "_MipReader",
        layers: Layers,
        watch: Stopwatch,
    ) -> Derivative | None:
        """Render from a mip; None if the mip is missing or cannot be read."""
        blob = mips.read(mip)
        if blob is None:
            return None
        return self._finish(blob.body, planned, layers, watch, original_bytes=mips.record.bytes)

    def _render_original(
        self,
        data: bytes,
        transform: Transform,
        record: OriginalRecord,
        layers: Layers,
        watch: Stopwatch,
    ) -> Derivative:
        if sniff(data) is Kind.SVG and is_kept_as_svg(transform):
            with watch.stage("encode"):
                return Derivative(self.sanitise(data), MEDIA_TYPES[Kind.SVG], "svg", "fm=svg")
        facts = self.codec.probe(data)
        check(facts, self.limits)
        curves = record.analysis.curves if record.analysis else NO_CURVES
        sample = plan_needed_sample(transform, facts, self.limits)
        transform = resolve(data, transform, sample, self.codec, watch)
        transform = with_palette(transform, record)
        planned = plan(transform, facts, self.limits, curves=curves, content=record.content)
        return self._finish(data, planned, layers, watch, original_bytes=len(data))

    def _finish(
        self, data: bytes, planned: Plan, layers: Layers, watch: Stopwatch, *, original_bytes: int
    ) -> Derivative:
        """Render what is planned; no stage draws *layers* yet."""
        return derive_from_plan(data, planned, self.codec, watch, original_bytes=original_bytes)


class _MipReader:
    """Reads the mips of an original, each at most once."""

    def __init__(self, mips: Readable, record: OriginalRecord, watch: Stopwatch) -> None:
        self._mips, self.record, self._watch = mips, record, watch
        self._blobs: dict[Mip, Blob | None] = {}

    def read(self, mip: Mip) -> Blob | None:
        """Return a mip; None if it is missing or cannot be read."""
        if mip not in self._blobs:
            self._blobs[mip] = None
            with self._watch.stage("fetch"), best_effort("mip"):
                self._blobs[mip] = self._mips.read(
                    mip_key(self.record.key, self.record.version, mip)
                )
        return self._blobs[mip]


def with_palette(transform: Transform, record: OriginalRecord) -> Transform:
    """Return the transform with colours of the original for a gradient that has none of its own."""
    measured = record.analysis.measurements if record.analysis else None
    if measured is None or not uses_palette(transform):
        return transform
    from origin_lambda.image.analysis.palette import select_dark_and_light  # few requests need it

    colours = select_dark_and_light(measured.palette)
    return transform.replace("fill", linear_colours=colours, radial_colours=colours)


def uses_palette(transform: Transform) -> bool:
    """Whether the result depends on the colours of the original's palette."""
    return transform.fill.mode is FillMode.GRADIENT and transform.fill.gradient_colours is None


def needs_analysis(transform: Transform) -> bool:
    """Whether the result depends on the analysis that ingest makes of the original."""
    return uses_content(transform) or uses_palette(transform) or is_metadata_request(transform)


def needs_newer_analysis(transform: Transform, record: OriginalRecord) -> bool:
    """Whether the result depends on something that an older version of ingest did not measure."""
    is_outdated = record.analysis is not None and record.analysis.is_outdated
    return is_outdated and (uses_measured_content(transform) or transform.information.faces)


@contextmanager
def uncached_errors_if_changed(
    current: OriginalRecord | Inputs, known: OriginalRecord | Inputs
) -> Iterator[None]:
    """Mark errors uncacheable if the original changed since the catalog read (*known*)."""
    try:
        yield
    except CalotypeError as error:
        if current is not known:
            error.max_age = 0
        raise


def missing_layer(param: str) -> NoSuchOriginal:
    """Return the error for a parameter that names a missing original."""
    return NoSuchOriginal(f"{param} names no original", param=param)


def not_found() -> NoSuchOriginal:
    """Return the error for a missing original."""
    return NoSuchOriginal("no original has this key")


def _at_version(layer: OriginalRecord, blob: Blob) -> OriginalRecord:
    """Return the record of a layer at the version that was read."""
    return layer.at_version(blob.stat)
