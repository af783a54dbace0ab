"""Renders a derivative from a mip that is large enough, or else from the original.

Metadata answers use the original record, or analyse the original if it is not ingested yet.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from origin_lambda.derivatives.layer_cache import LayerCache
from origin_lambda.derivatives.picture import Picture, select_first_mip, uses_palette
from origin_lambda.derivatives.responses import DerivativeRef
from origin_lambda.errors import CalotypeError, NoSuchOriginal
from origin_lambda.image.analysis.analyse import Analyser
from origin_lambda.image.analysis.measure import Measurer
from origin_lambda.image.derive import (
    Derivative,
    derive_from_plan,
)
from origin_lambda.image.formats import EXTENSIONS, MEDIA_TYPES, Kind
from origin_lambda.image.plan import Plan
from origin_lambda.image.probe import Limits, sniff
from origin_lambda.image.raster import Codec
from origin_lambda.image.subjects import uses_content, uses_measured_content
from origin_lambda.image.vector import is_kept_as_svg
from origin_lambda.originals.canvas import CANVAS_RECORD
from origin_lambda.originals.inputs import Inputs
from origin_lambda.originals.mip_keys import mip_key
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import Blob, Bucket, Readable
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import OriginalKey
from origin_lambda.url.inquiry import is_metadata_request
from origin_lambda.url.layers import FONT, has_layer_transforms, layer_params
from origin_lambda.url.transform import Transform


class RenderResult(NamedTuple):
    """A derivative, the *inputs* that it was made from, and whether a mip was missing."""

    derivative: Derivative
    inputs: Inputs
    mip_missing: bool = False


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders derivatives of *originals*, or of their *mips*; keeps rasters of their *layers*."""

    originals: Bucket
    mips: Readable
    codec: Codec[Any]
    sanitise: Callable[[bytes], bytes]
    limits: Limits
    measurer: Measurer[Any]
    layers: LayerCache = field(default_factory=LayerCache)

    def render(
        self, ref: DerivativeRef, inputs: Inputs, watch: Stopwatch, original: Blob | None = None
    ) -> RenderResult:
        """Render a derivative; pass the *original* if it was read already.

        The result's inputs differ from *inputs* if the originals have changed since the catalog was
        read.

        Raises:
            NoSuchOriginal: the original or a layer is missing.
            Archived: one is in an archive; for a layer, the error names the parameter.
            NotAPicture: it is no picture.
            TooLarge, Unprocessable: it is over a limit, or broken.
            BadValue: the parameters do not fit each other, or the original.
            OutOfTime: the deadline came first.

        """
        self._refuse_by_record(ref, inputs)
        if is_metadata_request(ref.transform):
            return self._answer_metadata(ref, inputs.primary, watch, original)
        primary = self._open(inputs.primary, not_found, watch, original)
        params = layer_params(ref.transform)
        layers = {
            record.key: self._open(
                record, partial(missing_layer, params[OriginalKey(record.key)]), watch
            )
            for record in inputs.layers
        }

        def current_inputs() -> Inputs:
            return inputs.observed(
                primary.record, tuple(picture.record for picture in layers.values())
            )

        try:
            derivative = self._derive(ref.transform, primary, layers)
        except CalotypeError as error:
            if current_inputs() is not inputs:
                error.max_age = 0
            raise
        # The record is the same object if the original has not changed.
        is_unchanged = primary.record is inputs.primary
        return RenderResult(
            derivative, current_inputs(), mip_missing=primary.is_mip_missing and is_unchanged
        )

    def _open(
        self,
        record: OriginalRecord,
        missing: Callable[[], NoSuchOriginal],
        watch: Stopwatch,
        original: Blob | None = None,
    ) -> Picture:
        most = self.limits.bytes_in
        picture = Picture(self.originals, self.mips, self.codec, record, missing, most, watch)
        if original:
            picture.original = original
            picture.record = record.at_version(original.stat)
        return picture

    def _derive(
        self, transform: Transform, primary: Picture, layers: Mapping[str, Picture]
    ) -> Derivative:
        """Render a derivative from its pictures; *layers* are by key."""
        found = primary.plan_from_mip(transform, self.limits)
        if found is None and not primary.is_canvas:
            data = primary.read().body
            if sniff(data) is Kind.SVG and is_kept_as_svg(transform):
                with primary.watch.stage("encode"):
                    return Derivative(self.sanitise(data), MEDIA_TYPES[Kind.SVG], "svg", "fm=svg")
        planned, data = found or primary.plan_from_original(transform, self.limits)
        if layers:
            planned = self._add_layers(planned, transform, layers, primary.watch)
        size = primary.record.bytes
        return derive_from_plan(data, planned, self.codec, primary.watch, original_bytes=size)

    def _add_layers(
        self, planned: Plan, transform: Transform, layers: Mapping[str, Picture], watch: Stopwatch
    ) -> Plan:
        from origin_lambda.image.layers.render import (  # few requests need it
            add_layers,
            list_layers,
            render_layer,
        )

        drawn = []
        for request in list_layers(transform, planned.out, self.limits):
            if request.layer.key not in layers:  # missing, and optional
                continue
            picture = layers[request.layer.key]
            render = partial(render_layer, request, picture.plan, self.codec, watch)
            layer = self.layers.find_or_render(request, picture, render)
            drawn.append(request.drawing.bind(layer))
        if drawn:
            planned = add_layers(planned, drawn)
        font = transform.text.font_file
        if font is None:
            return planned
        from origin_lambda.image.layers.fonts import bind_font  # few requests need it

        return bind_font(planned, self.layers.find_or_read_font(layers[font.key]))

    def prefetch(self, transform: Transform, record: OriginalRecord) -> None:
        """Read the mip that a derivative needs, so that the cache of mips has it."""
        if is_metadata_request(transform):
            return
        mip = select_first_mip(transform, record, self.limits)
        if mip:
            self.mips.read(mip_key(record.key, record.version, mip))

    def _refuse_by_record(self, ref: DerivativeRef, inputs: Inputs) -> None:
        """Refuse an input whose record says that it was rejected or is too large.

        One that was archived is tried: it can be restored without an event.
        """
        params = layer_params(ref.transform)
        for record in inputs.all:
            param = params.get(OriginalKey(record.key))
            # Ingest rejects a font, because it is no picture.
            is_rejected = record.reason and not record.is_archived and param != FONT
            try:
                if record.reason and is_rejected:
                    raise record.reason.error
                record.check_bytes(self.limits.bytes_in)
            except CalotypeError as error:
                error.param = None if record is inputs.primary else param
                raise

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
        self,
        ref: DerivativeRef,
        record: OriginalRecord,
        watch: Stopwatch,
        original: Blob | None,
    ) -> RenderResult:
        analysis = record.analysis
        if analysis is None:
            original = original or self.read(ref, watch)
            current = record.at_version(original.stat)
            analyser = Analyser(self.codec, self.measurer, self.sanitise, self.limits)
            with watch.stage("survey"), uncached_errors_if_changed(current, record):
                analysis, _ = analyser.analyse(original.body, with_mips=False)
            record = current
        from origin_lambda.derivatives.metadata import metadata_response  # few requests need it

        return RenderResult(metadata_response(ref.transform, record, analysis), Inputs(record))


def needs_analysis(transform: Transform) -> bool:
    """Whether the result depends on the analysis that ingest makes of the original."""
    return uses_content(transform) or uses_palette(transform) or is_metadata_request(transform)


def list_analysed(transform: Transform, inputs: Inputs) -> tuple[OriginalRecord, ...]:
    """Return the inputs on whose analysis the result depends, or can depend if they are layers."""
    params = layer_params(transform)
    pictures = (
        each
        for each in inputs.layers
        if each is not CANVAS_RECORD and params[OriginalKey(each.key)] != FONT
    )
    layers = tuple(pictures if transform.blend.crop or has_layer_transforms(transform) else ())
    return (inputs.primary, *layers) if needs_analysis(transform) else layers


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
