"""Finds out all there is to know about an original, and makes its mips, in one decoding."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple

from origin_lambda.errors import Unprocessable
from origin_lambda.image.analysis.measure import Description, Measurements, Measurer
from origin_lambda.image.analysis.quality_curves import (
    copied,
    is_measurable,
    likeness,
    measure_curves,
)
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.formats import SAME, Kind
from origin_lambda.image.geometry import Box, Extent, Size
from origin_lambda.image.memory import refuse_without_memory
from origin_lambda.image.mips import NEAR, Mip, ladder, required_oversampling, select_mip
from origin_lambda.image.probe import Facts, Limits, check, sniff
from origin_lambda.image.quality import Curves, Effort
from origin_lambda.image.raster import Codec, Frame, R
from origin_lambda.image.source import Decoding, shrink_for
from origin_lambda.url.values import Chroma, Format

HEADER_BYTES: Final = 65_536
"""How many first bytes of an original tell its size, for nearly every one."""

_MEASURED: Final = 1280
"""Longest side of the picture that is measured, in pixels.

A smaller copy would have averaged away the colours of what is small.
"""

_OPAQUE: Final = Encoding(Format.JPEG, 92, chroma=Chroma.FULL, effort=Effort.LESS)
_OPAQUE_SMALL: Final = Encoding(Format.JPEG, 95, chroma=Chroma.FULL, effort=Effort.LESS)
_SMALL: Final = 640
"""Longest side of small mips: an error shows more in a small result, of which it is more."""
_TRANSPARENT: Final = Encoding(Format.WEBP, 20, lossless=True, effort=Effort.LESS)
"""Without loss, WebP with alpha decodes in half to a quarter of the time."""

_KINDS: Final = {output: kind for kind, output in SAME.items()}
_NO_PIXELS: Final = Size(0, 0)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was found out; an SVG has no pixels (a size of 0x0), and so no measurements."""

    facts: Facts
    description: Description
    measurements: Measurements | None
    curves: Curves = field(default_factory=dict)


class MadeMip(NamedTuple):
    """A mip, and its file."""

    mip: Mip
    body: bytes


@dataclass(frozen=True, slots=True)
class Analyser(Generic[R]):
    """Surveys originals; refuses what nothing can be made of, or what is over the limits."""

    codec: Codec[R]
    measurer: Measurer[R]
    sanitise: Callable[[bytes], bytes]
    limits: Limits

    def refuse_early(self, head: bytes) -> None:
        """Refuse an original by its first bytes, where they are enough to.

        Raises:
            NotAPicture: it is none.
            Unprocessable: its size is over a limit.

        """
        kind = sniff(head)
        if kind is not Kind.SVG and (facts := self._readable(head)):
            check(facts, self.limits)

    def _readable(self, head: bytes) -> Facts | None:
        """Return the facts, unless the header goes on behind the *head*."""
        try:
            return self.codec.probe(head)
        except Unprocessable:
            return None

    @refuse_without_memory()
    def analysis(self, data: bytes, *, ladders: bool = True) -> tuple[Analysis, list[MadeMip]]:
        """Return all there is to know of an original's bytes, and what only ingest has time for.

        That is its curves and its mips: both left out unless *ladders*.

        Raises:
            NotAPicture: it is none.
            Unprocessable: it is broken, or over a limit.

        """
        kind = sniff(data)
        if kind is Kind.SVG:
            self.sanitise(data)
            described = self.measurer.describe(data, kind)
            return Analysis(Facts(kind, _NO_PIXELS), described, None), []
        facts = self.codec.probe(data)
        check(facts, self.limits)
        described = self.measurer.describe(data, kind)
        fitting = _fitting(facts.size)
        rungs = ladder(facts) if ladders else ()
        largest_first = sorted({fitting, *rungs}, key=max, reverse=True)
        raster = _scaled(self._decoded(data, facts, largest_first[0]), largest_first[0])
        shown = copied(raster) if ladders else None
        made = []
        for size in largest_first:
            raster = _scaled(raster, size)
            if size in rungs:
                made.append(self._made(raster, facts))
            if size == fitting:
                measured = self.measurer.measure(_upright(raster, facts))
        analysis = Analysis(facts, described, measured)
        return self._appraised(analysis, made, shown) if shown else (analysis, made)

    def _appraised(
        self, analysis: Analysis, made: Sequence[MadeMip], shown: R
    ) -> tuple[Analysis, list[MadeMip]]:
        """Return all with what looks tell: a small copy is *shown*; some mip is what it comes from.

        Those of an original that is too small for that serve from far.
        """
        if not is_measurable(shown):
            return analysis, list(made)
        facts = analysis.facts
        oversampled = [MadeMip(mip.with_oversampling(NEAR, facts), body) for mip, body in made]
        served = self._select_and_decode(oversampled, facts, shown)
        if served and required_oversampling(likeness(shown, served, self.measurer)) > NEAR:
            oversampled = list(made)
            served = self._select_and_decode(oversampled, facts, shown)
        curves = measure_curves(shown, self.codec, self.measurer, served)
        return dataclasses.replace(analysis, curves=curves), oversampled

    def _select_and_decode(self, made: Sequence[MadeMip], facts: Facts, shown: R) -> R | None:
        """Return the mip that the small copy would be rendered from, or None for the original."""
        bodies = dict(made)
        mip = select_mip(bodies, facts, Box(0, 0, *facts.size), Size(*shown.size))
        return next(self.codec.decode(bodies[mip], Decoding(mip.kind))).raster if mip else None

    def _decoded(self, data: bytes, facts: Facts, largest: Size) -> R:
        """Return the (first) picture, decoded to no more than *largest* needs."""
        shrink = shrink_for(facts.kind, Extent(*facts.size), largest)
        return next(self.codec.decode(data, Decoding(facts.kind, shrink))).raster

    def _made(self, raster: R, facts: Facts) -> MadeMip:
        opaque = _OPAQUE_SMALL if max(raster.size) <= _SMALL else _OPAQUE
        encoding = _TRANSPARENT if facts.alpha else opaque
        body = self.codec.encode([Frame(raster)], encoding)
        return MadeMip(Mip(raster.size, _KINDS[encoding.format], len(body)), body)


def _fitting(size: Size) -> Size:
    """Return the size of the picture that is measured, if there are no mips."""
    return Extent(*size).scaled(min(1, _MEASURED / max(size))).whole


def _scaled(raster: R, size: Size) -> R:
    if raster.size != size:
        raster = raster.resize(Box(0, 0, *raster.size), size)
    return raster.to_srgb()


def _upright(raster: R, facts: Facts) -> R:
    return raster.transpose(facts.orientation) if facts.orientation > 1 else raster
