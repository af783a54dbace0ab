"""Makes a derivative: from a mip where one serves, else from the original.

What tells of the original is made from its item, or from a survey of it now where ingest has not
been yet.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from origin_lambda.best_effort import best_effort
from origin_lambda.derivatives.responses import DerivativeRef
from origin_lambda.errors import CalotypeError, NoSuchOriginal, NotAPicture, TooLarge
from origin_lambda.image.analysis.analyse import Analyser
from origin_lambda.image.analysis.measure import Measurer
from origin_lambda.image.derive import Derivative, finish
from origin_lambda.image.formats import EXTENSIONS, MEDIA_TYPES, Kind
from origin_lambda.image.framing import CROPPING
from origin_lambda.image.layout import in_picture
from origin_lambda.image.mips import Mip
from origin_lambda.image.plan import Plan, plan
from origin_lambda.image.probe import Facts, Limits, check, sniff
from origin_lambda.image.quality import NO_CURVES
from origin_lambda.image.raster import Codec
from origin_lambda.originals.inputs import Inputs
from origin_lambda.originals.mip_keys import mip_key
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import Blob, Bucket, Readable
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import OriginalKey, layer_params
from origin_lambda.url.inquiry import is_metadata_request
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Crop, Format

Layers = tuple[Blob, ...]
"""The layers of a derivative, as they were read, in table order."""


class Rendered(NamedTuple):
    """A derivative, the inputs it was made from as they were read, and if a mip was missing."""

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
        self, wanted: DerivativeRef, inputs: Inputs, watch: Stopwatch, original: Blob | None = None
    ) -> Rendered:
        """Return a derivative; *original* is given where it has been read already.

        The inputs are others than were given if the bucket has other versions by now.

        Raises:
            NoSuchOriginal: the original is gone, or a layer.
            NotAPicture: it is none.
            TooLarge, Unprocessable: it is over a limit, or broken.
            BadValue: the parameters do not fit each other, or the original.
            OutOfTime: the deadline came first.

        """
        self._refuse_early(wanted, inputs)
        if is_metadata_request(wanted.transform):
            return self._informed(wanted, inputs.primary, watch)
        item = inputs.primary
        layers = tuple(self._read_layer(wanted, layer, watch) for layer in inputs.layers)
        seen_layers = tuple(map(_seen, inputs.layers, layers))
        planned = None if original else self._planned_from_mip(wanted.transform, item)
        if planned:
            seen = inputs.observed(item, seen_layers)
            with uncached_errors_if_changed(seen, inputs):
                derivative = self._from_mip(*planned, item, layers, watch)
            if derivative:
                return Rendered(derivative, seen)
        if original is None:
            original = self.read(wanted, watch)
        primary = item.at_version(original.stat)
        seen = inputs.observed(primary, seen_layers)
        with uncached_errors_if_changed(seen, inputs):
            derivative = self._from_original(
                original.body, wanted.transform, primary, layers, watch
            )
        return Rendered(derivative, seen, mip_missing=bool(planned) and primary is item)

    def _refuse_early(self, wanted: DerivativeRef, inputs: Inputs) -> None:
        """Refuse what the catalog knows to be no picture, or too large; say which layer it is."""
        params = layer_params(wanted.transform)
        for item in inputs.all:
            error = item.reason.error if item.reason else None
            if error is None and item.bytes > self.limits.bytes_in:
                error = TooLarge(f"the original has more than {self.limits.bytes_in:,} bytes")
            if error:
                error.param = None if item is inputs.primary else params[OriginalKey(item.key)]
                raise error

    def _read_layer(self, wanted: DerivativeRef, layer: OriginalRecord, watch: Stopwatch) -> Blob:
        with watch.stage("fetch"):
            blob = self.originals.read(layer.key)
        if blob is None:
            error = missing_layer(layer_params(wanted.transform)[OriginalKey(layer.key)])
            error.max_age = 0
            raise error
        return blob

    def read(self, wanted: DerivativeRef, watch: Stopwatch, *, first: int | None = None) -> Blob:
        """Return an original that there was, or only its *first* so many bytes.

        Raises:
            NoSuchOriginal: it is gone; nobody is to keep that, for it may be put back unnoticed.

        """
        with watch.stage("fetch"):
            blob = self.originals.read(wanted.key, first=first)
        if blob is None:
            error = not_found()
            error.max_age = 0
            raise error
        return blob

    def clean(self, data: bytes, kind: Kind) -> Derivative:
        """Return an original without its metadata, its compressed pixels as they are.

        Raises:
            NotAPicture: it uses what is not supported.
            Unprocessable: it is broken.

        """
        from origin_lambda.image.cleaning.clean import clean  # few ask
        from origin_lambda.image.cleaning.exif import KeptTags

        facts = self.codec.probe(data)
        body = clean(data, kind, KeptTags(facts.orientation, facts.artist, facts.copyright))
        return Derivative(body, MEDIA_TYPES[kind], EXTENSIONS[kind], f"in={kind}")

    def _informed(self, wanted: DerivativeRef, item: OriginalRecord, watch: Stopwatch) -> Rendered:
        analysis = item.analysis
        if analysis is None:
            original = self.read(wanted, watch)
            seen = item.at_version(original.stat)
            analyser = Analyser(self.codec, self.measurer, self.sanitise, self.limits)
            with watch.stage("survey"), uncached_errors_if_changed(seen, item):
                analysis, _ = analyser.analysis(original.body, ladders=False)
            item = seen
        from origin_lambda.derivatives.metadata import metadata_response  # few ask

        return Rendered(metadata_response(wanted.transform, item, analysis), Inputs(item))

    def _planned_from_mip(
        self, transform: Transform, item: OriginalRecord
    ) -> tuple[Plan, Mip] | None:
        if not (item.analysis and item.mips):
            return None
        facts = item.analysis.facts
        aim = with_focal_point(transform, item, facts)
        planned = plan(aim, facts, self.limits, item.mips, item.analysis.curves)
        return (planned, planned.mip) if planned.mip else None

    def _from_mip(
        self, planned: Plan, mip: Mip, item: OriginalRecord, layers: Layers, watch: Stopwatch
    ) -> Derivative | None:
        """Return what is planned; None where the mip is not there, or cannot be had."""
        blob = None
        with watch.stage("fetch"), best_effort("mip"):
            blob = self.mips.read(mip_key(item.key, item.version, mip))
        if blob is None:
            return None
        return self._finish(blob.body, planned, layers, watch, original_bytes=item.bytes)

    def _from_original(
        self,
        data: bytes,
        transform: Transform,
        item: OriginalRecord,
        layers: Layers,
        watch: Stopwatch,
    ) -> Derivative:
        if sniff(data) is Kind.SVG:
            if isinstance(transform.output.format, Format):
                message = "an SVG original is answered as SVG; leave fm out"
                raise NotAPicture(message)
            with watch.stage("encode"):
                return Derivative(self.sanitise(data), MEDIA_TYPES[Kind.SVG], "svg", "fm=svg")
        facts = self.codec.probe(data)
        check(facts, self.limits)
        curves = item.analysis.curves if item.analysis else NO_CURVES
        planned = plan(with_focal_point(transform, item, facts), facts, self.limits, curves=curves)
        return self._finish(data, planned, layers, watch, original_bytes=len(data))

    def _finish(
        self, data: bytes, planned: Plan, layers: Layers, watch: Stopwatch, *, original_bytes: int
    ) -> Derivative:
        """Return what is planned; no stage draws *layers* yet."""
        return finish(data, planned, self.codec, watch, original_bytes=original_bytes)


def with_focal_point(transform: Transform, item: OriginalRecord, facts: Facts) -> Transform:
    """Return the transform with the original's own focal point, where it leaves that open."""
    point = item.focal_point
    if point is None or not uses_focal_point(transform):
        return transform
    x, y = in_picture(point, transform, facts)
    return transform.replace("cropping", focal_x=x, focal_y=y)


def uses_focal_point(transform: Transform) -> bool:
    """Whether the result depends on the original's focal point."""
    given = transform.cropping.focal_x is not None or transform.cropping.focal_y is not None
    crops = transform.size.fit in CROPPING and Crop.FOCALPOINT in transform.cropping.crop
    return crops and not given


def needs_analysis(transform: Transform) -> bool:
    """Whether the result depends on what ingest finds out of an original."""
    return uses_focal_point(transform) or is_metadata_request(transform)


@contextmanager
def uncached_errors_if_changed(
    seen: OriginalRecord | Inputs, known: OriginalRecord | Inputs
) -> Iterator[None]:
    """Mark errors uncacheable if what was *seen* are other versions than what was *known*."""
    try:
        yield
    except CalotypeError as error:
        if seen is not known:
            error.max_age = 0
        raise


def missing_layer(param: str) -> NoSuchOriginal:
    """Return the error that a parameter names an original that is not there."""
    return NoSuchOriginal(f"{param} names no original", param=param)


def _seen(layer: OriginalRecord, blob: Blob) -> OriginalRecord:
    return layer.at_version(blob.stat)


def not_found() -> NoSuchOriginal:
    """Return the error that there is no such original."""
    return NoSuchOriginal("no original has this key")
