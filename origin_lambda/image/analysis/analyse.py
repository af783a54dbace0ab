"""Analyses an original and makes its mips, decoding it once."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple

from origin_lambda.errors import Unprocessable
from origin_lambda.image.analysis.faces import Face, FaceDetector
from origin_lambda.image.analysis.measure import Description, Measurements, Measurer
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.formats import SAME, Kind
from origin_lambda.image.geometry import Box, Extent, Size
from origin_lambda.image.memory import refuse_without_memory
from origin_lambda.image.mips import (
    LOW_OVERSAMPLING,
    Mip,
    plan_mip_sizes,
    required_oversampling,
    select_mip,
)
from origin_lambda.image.probe import Facts, Limits, check, sniff
from origin_lambda.image.quality import Curves, Effort
from origin_lambda.image.raster import Codec, Frame, R
from origin_lambda.image.source import Decoding, Drawing, select_shrink
from origin_lambda.log import count
from origin_lambda.url.values import Chroma, Format

HEADER_BYTES: Final = 65_536
"""The first bytes of an original: enough to read the size of nearly every file."""

_MEASURED_SIDE: Final = 1280
"""Longest side of the picture that is measured, in pixels.

In a smaller copy the colours of small things would be averaged away.
"""

_OPAQUE: Final = Encoding(Format.JPEG, 92, chroma=Chroma.FULL, effort=Effort.LESS)
_OPAQUE_SMALL: Final = Encoding(Format.JPEG, 95, chroma=Chroma.FULL, effort=Effort.LESS)
_SMALL_SIDE: Final = 640
"""Longest side of small mips, in pixels: errors are more visible in the small results of these."""
_TRANSPARENT: Final = Encoding(Format.WEBP, 20, lossless=True, effort=Effort.LESS)
"""Lossless WebP with alpha decodes in a quarter to half of the time that a lossy one takes."""

_KINDS: Final = {output: kind for kind, output in SAME.items()}
_MEASURED_SIDE_OF_DRAWINGS: Final = 512
"""Longest side at which an SVG is drawn to be measured."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """The result of an analysis; an SVG that cannot be drawn has no measurements.

    *faces* is None if nothing has looked for faces, as in a record of an older version.
    """

    facts: Facts
    description: Description
    measurements: Measurements | None
    curves: Curves = field(default_factory=dict)
    faces: tuple[Face, ...] | None = None

    @property
    def is_outdated(self) -> bool:
        """Whether a newer version of the product would measure more."""
        return self.measurements is not None and self.faces is None


class MadeMip(NamedTuple):
    """A mip and the bytes of its file."""

    mip: Mip
    body: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Decoded(Generic[R]):
    """An original that is decoded, with its *mips*, the largest first; it is not measured yet.

    *upright* is the picture to measure; None for an SVG that cannot be drawn. Quality curves are
    measured on *copy*; without one there are none.
    """

    facts: Facts
    description: Description
    upright: R | None
    mips: tuple[MadeMip, ...] = ()
    copy: R | None = None


@dataclass(frozen=True, slots=True)
class Analyser(Generic[R]):
    """Analyses originals; refuses those that cannot be rendered or are over the limits.

    Without a *detector*, it does not look for faces.
    """

    codec: Codec[R]
    measurer: Measurer[R]
    sanitise: Callable[[bytes], bytes]
    limits: Limits
    detector: FaceDetector[R] | None = None

    def refuse_early(self, head: bytes) -> None:
        """Refuse an original by its first bytes, if these are enough to decide.

        Raises:
            NotAPicture: the original is not a picture.
            Unprocessable: its size is over a limit.

        """
        kind = sniff(head)
        if kind is not Kind.SVG and (facts := self._probe_head(head)):
            check(facts, self.limits)

    def _probe_head(self, head: bytes) -> Facts | None:
        """Return the facts, or None if the header is longer than the *head*."""
        try:
            return self.codec.probe(head)
        except Unprocessable:
            return None

    def analyse(self, data: bytes, *, with_mips: bool = True) -> tuple[Analysis, list[MadeMip]]:
        """Return the analysis of an original's bytes and its mips: `decode`, then `measure`."""
        return self.measure(self.decode(data, with_mips=with_mips))

    @refuse_without_memory()
    def decode(self, data: bytes, *, with_mips: bool = True) -> Decoded[R]:
        """Decode an original's bytes, and make its mips.

        If *with_mips* is false, there are neither mips nor quality curves: only ingest has time for
        both.

        Raises:
            NotAPicture: the original is not a picture.
            Unprocessable: it is broken, or over a limit.

        """
        kind = sniff(data)
        if kind is Kind.SVG:
            self.sanitise(data)
        facts = self.codec.probe(data)
        description = self.measurer.describe(data, kind)
        if kind is Kind.SVG:
            return Decoded(facts, description, self._draw(data, facts))
        check(facts, self.limits)
        measured_size = _measured_size(facts.size)
        rungs = plan_mip_sizes(facts) if with_mips else ()
        largest_first = sorted({measured_size, *rungs}, key=max, reverse=True)
        raster = _scale(self._decode(data, facts, largest_first[0]), largest_first[0])
        copy = self._make_copy(raster) if with_mips else None
        mips, upright = [], None
        for size in largest_first:
            raster = _scale(raster, size)
            if size in rungs:
                mips.append(self._encode_mip(raster, facts))
            if size == measured_size:
                # Scaling can destroy the pixels, so the picture to measure is a copy.
                upright = _orient(raster.crop((0, 0, *size)), facts)
        return Decoded(facts, description, upright, tuple(mips), copy)

    @refuse_without_memory()
    def measure(self, decoded: Decoded[R]) -> tuple[Analysis, list[MadeMip]]:
        """Measure a decoded original: return its analysis, and its mips, the largest first.

        The oversampling of the mips can be lower than before, but never higher.

        Raises:
            Unprocessable: the function has not enough memory.

        """
        facts, upright = decoded.facts, decoded.upright
        measurements = self.measurer.measure(upright) if upright else None
        faces: tuple[Face, ...] | None = ()
        if upright and facts.kind is not Kind.SVG:  # the detector is made for photographs
            faces = self._detect_faces(upright)
        analysis = Analysis(facts, decoded.description, measurements, faces=faces)
        if decoded.copy is None:
            return analysis, list(decoded.mips)
        return self._add_curves(analysis, decoded.mips, decoded.copy)

    def _detect_faces(self, upright: R) -> tuple[Face, ...] | None:
        """Return the faces of a picture; none if the detector fails, which is only counted.

        Then `None` would make each request that needs faces analyse the original again.
        """
        if self.detector is None:
            return None
        try:
            return self.detector.detect(upright)
        except Exception as error:  # noqa: BLE001 reason: faces are not worth an original
            count("Tolerated", what="faces", detail=repr(error))
            return ()

    def _draw(self, data: bytes, facts: Facts) -> R | None:
        """Return the pixels of an SVG; None if it is empty or too complex to draw.

        Such an SVG is still answered as SVG.
        """
        if not facts.size.pixels:
            return None
        factor = _MEASURED_SIDE_OF_DRAWINGS / max(facts.size)
        size = Extent(*facts.size).scale(factor).whole
        decoding = Decoding(Kind.SVG, drawing=Drawing(Box(0, 0, *facts.size), facts.size, size))
        try:
            return next(self.codec.decode(data, decoding)).raster
        except Unprocessable:
            return None

    def _make_copy(self, raster: R) -> R:
        from origin_lambda.image.analysis.quality_curves import make_copy  # only ingest needs it

        return make_copy(raster)

    def _add_curves(
        self, analysis: Analysis, made: Sequence[MadeMip], copy: R
    ) -> tuple[Analysis, list[MadeMip]]:
        """Add quality curves, measured on a small *copy*, and choose the oversampling of the mips.

        The curves come from the pixels that a derivative of the copy's size would be rendered from.
        Mips get the low oversampling, unless it loses too much or the original is too small to
        measure. Then they keep the high one.
        """
        from origin_lambda.image.analysis.quality_curves import (  # only ingest needs it
            is_measurable,
            measure_curves,
            score_likeness,
        )

        if not is_measurable(copy):
            return analysis, list(made)
        facts = analysis.facts
        mips = [MadeMip(mip.with_oversampling(LOW_OVERSAMPLING, facts), body) for mip, body in made]
        from_mip = self._select_and_decode(mips, facts, copy)
        likeness = score_likeness(copy, from_mip, self.measurer) if from_mip else None
        if likeness is not None and required_oversampling(likeness) > LOW_OVERSAMPLING:
            mips = list(made)
            from_mip = self._select_and_decode(mips, facts, copy)
        curves = measure_curves(copy, self.codec, self.measurer, from_mip)
        return dataclasses.replace(analysis, curves=curves), mips

    def _select_and_decode(self, made: Sequence[MadeMip], facts: Facts, copy: R) -> R | None:
        """Return the pixels of the mip that a derivative of the copy's size would come from.

        None if it would come from the original.
        """
        bodies = dict(made)
        mip = select_mip(bodies, facts, Box(0, 0, *facts.size), Size(*copy.size))
        return next(self.codec.decode(bodies[mip], Decoding(mip.kind))).raster if mip else None

    def _decode(self, data: bytes, facts: Facts, largest: Size) -> R:
        """Return the (first) picture, decoded with as few pixels as *largest* needs."""
        shrink = select_shrink(facts.kind, Extent(*facts.size), largest)
        return next(self.codec.decode(data, Decoding(facts.kind, shrink))).raster

    def _encode_mip(self, raster: R, facts: Facts) -> MadeMip:
        opaque = _OPAQUE_SMALL if max(raster.size) <= _SMALL_SIDE else _OPAQUE
        encoding = _TRANSPARENT if facts.alpha else opaque
        body = self.codec.encode([Frame(raster)], encoding)
        return MadeMip(Mip(raster.size, _KINDS[encoding.format], len(body)), body)


def _measured_size(size: Size) -> Size:
    """Return the size of the picture that is measured."""
    return Extent(*size).scale(min(1, _MEASURED_SIDE / max(size))).whole


def _scale(raster: R, size: Size) -> R:
    if raster.size != size:
        raster = raster.resize(Box(0, 0, *raster.size), size)
    return raster.to_srgb()


def _orient(raster: R, facts: Facts) -> R:
    return raster.transpose(facts.orientation) if facts.orientation > 1 else raster
