"""Decides how a result is written: its format, its number on the encoder's scale, its effort."""

import dataclasses
from dataclasses import dataclass
from typing import Final

from origin_lambda.image.formats import ABILITIES, PLAIN, SAME
from origin_lambda.image.geometry import Size
from origin_lambda.image.probe import Facts
from origin_lambda.image.quality import UNKNOWN, Curves, Effort, encoder_quality
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Chroma, Format, Negotiated

AVIF_PIXELS: Final = 12_000_000
"""Above this AVIF's encoder takes seconds and gigabytes; a negotiated AVIF becomes a WebP."""

PATIENT_PIXELS: Final = 500_000
"""Above this no encoder makes more than little effort: more would take over 0.1 s."""

QUICK_PIXELS: Final = 250_000
"""Above this encoders make less effort, or writing would be nearly all of a miss: it takes half of
the time, for 3 to 6 % more bytes of photographs (docs/decisions/0020)."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the result is written; *quality* is on the encoder's own scale, *loop* 0 for ever."""

    format: Format
    quality: int
    lossless: bool = False
    progressive: bool = False
    chroma: Chroma = Chroma.QUARTER
    effort: Effort = Effort.USUAL
    loop: int = 0
    artist: str = ""
    copyright: str = ""


@dataclass(frozen=True, slots=True)
class EncodingChoice:
    """What is to be written: of this *size*, and if *alpha*, some of it may be transparent."""

    transform: Transform
    facts: Facts
    curves: Curves
    size: Size
    alpha: bool

    @property
    def encoding(self) -> Encoding:
        """How to write it."""
        asked = self._asked()
        progressive = asked is Format.PROGRESSIVE_JPEG
        written = self._as(Format.JPEG if progressive else asked)
        return dataclasses.replace(written, progressive=progressive)

    @property
    def fallback_encoding(self) -> Encoding | None:
        """How to write it if a negotiated format is too large and a plainer one can hold it."""
        output = self._plainest()
        ability = ABILITIES[output]
        if (
            not isinstance(self.transform.output.format, Negotiated)
            or output is self._asked()
            or self.alpha > ability.alpha
            or (self.facts.frames > 1) > ability.animation
        ):
            return None
        return self._as(output)

    def _as(self, output: Format) -> Encoding:
        known = self.curves.get(output, UNKNOWN)
        return Encoding(
            format=output,
            quality=encoder_quality(output, self.transform.output.quality, self.curves),
            lossless=self.transform.output.lossless and output is Format.WEBP,
            chroma=self.transform.output.chroma or known.chroma,
            effort=_effort(output, self.size.pixels, known.effort),
            loop=self.facts.loop,
            artist=self.facts.artist,
            copyright=self.facts.copyright,
        )

    def _asked(self) -> Format:
        match self.transform.output.format:
            case Format() as asked:
                return asked
            case Negotiated.AVIF if self._avif_pays():
                return Format.AVIF
            case Negotiated.AVIF | Negotiated.WEBP if self._fits(Format.WEBP):
                return Format.WEBP
            case None if self.facts.kind in SAME:
                return SAME[self.facts.kind]
            case _:
                return self._plainest()

    def _fits(self, output: Format) -> bool:
        return max(self.size) <= ABILITIES[output].max_side

    def _avif_pays(self) -> bool:
        """Whether AVIF is the better answer, not only the smaller one.

        AVIF sequences decode slowly and drain batteries; WebP is lossless in earnest.
        """
        return (
            self.facts.frames == 1
            and self.size.pixels <= AVIF_PIXELS
            and self._fits(Format.AVIF)
            and not self.transform.output.lossless
        )

    def _plainest(self) -> Format:
        """Return the format every browser shows that suits an original best."""
        same = SAME.get(self.facts.kind)
        if same in PLAIN:
            return same
        if self.facts.frames > 1:
            return Format.GIF
        return Format.PNG if self.alpha else Format.JPEG


def _effort(output: Format, pixels: int, pays: Effort) -> Effort:
    """Return the effort for a result of so many pixels, of an original for which this one pays."""
    if output is Format.JPEG:
        return Effort.USUAL
    if pixels > PATIENT_PIXELS:
        return Effort.LESS
    if pixels > QUICK_PIXELS and pays is Effort.USUAL:
        return Effort.LESS
    return pays
