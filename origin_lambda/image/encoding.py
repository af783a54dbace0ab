"""Decides how a result is encoded: its format, the encoder's quality number, and its effort."""

import dataclasses
from dataclasses import dataclass
from typing import Final

from origin_lambda.image.formats import ABILITIES, PLAIN, SAME, Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.probe import Facts
from origin_lambda.image.quality import DEFAULTS, Curves, Effort, Tuning, choose_encoder_quality
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import Chroma, Credits, Format, Negotiated, Profile

AVIF_PIXELS: Final = 12_000_000
"""Above this AVIF's encoder takes seconds and gigabytes: a negotiated AVIF becomes a WebP."""

MAX_PIXELS_FOR_MORE_EFFORT: Final = 500_000
"""Above this every encoder makes less effort than usual: more would take over 0.1 s."""

MAX_PIXELS_FOR_USUAL_EFFORT: Final = 250_000
"""Above this encoders make less effort, unless the original's curve asks for more.

Encoding would otherwise take nearly all the time of a cache miss. Less effort takes half of the
time, for 3 to 6 % more bytes of photographs (docs/decisions/0020).
"""


_WITH_DENSITY: Final = frozenset({Format.JPEG, Format.PNG, Format.PNG8})


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a result is encoded.

    *quality* is on the encoder's own scale; only a refinement uses fractions. *loop* is how often
    an animation runs, 0 for ever. *colours* is the size of a palette, None for the format's own
    choice. *density* is in pixels per inch, 0 for none. *max_bytes* is the largest file to write,
    None for any. *tuning* is for the efforts TRIAL and MOST.
    """

    format: Format
    quality: float
    lossless: bool = False
    progressive: bool = False
    chroma: Chroma = Chroma.QUARTER
    effort: Effort = Effort.USUAL
    loop: int = 0
    artist: str = ""
    copyright: str = ""
    colours: int | None = None
    density: int = 0
    profile: Profile = Profile.STRIP
    max_bytes: int | None = None
    tuning: Tuning = Tuning.USUAL

    @property
    def has_extras(self) -> bool:
        """Whether the file has more than its pixels, or has them in an unusual way."""
        is_marked = self.density or self.profile is not Profile.STRIP
        return bool(self.progressive or self.artist or self.copyright or self.colours or is_marked)


@dataclass(frozen=True, slots=True)
class EncodingChoice:
    """Chooses the encoding of a result of this *size*; with *alpha*, pixels can be transparent."""

    transform: Transform
    facts: Facts
    curves: Curves
    size: Size
    alpha: bool

    @property
    def encoding(self) -> Encoding:
        """The encoding to use."""
        requested = self._requested_format()
        progressive = requested is Format.PROGRESSIVE_JPEG
        encoding = self._encoding_as(Format.JPEG if progressive else requested)
        return dataclasses.replace(encoding, progressive=progressive or encoding.progressive)

    @property
    def fallback_encoding(self) -> Encoding | None:
        """The encoding to use if the negotiated one gives a too large file, or None.

        It is of a format that every browser shows and that can hold the result.
        """
        output = self._fallback_format()
        ability = ABILITIES[output]
        if (
            not isinstance(self.transform.output.format, Negotiated)
            or output is self._requested_format()
            or self._is_drawn  # pixels nearly always take more bytes than their drawing
            or self.transform.details.max_bytes
            or self.alpha > ability.alpha
            or (self.facts.frames > 1) > ability.animation
        ):
            return None
        return self._encoding_as(output)

    def _encoding_as(self, output: Format) -> Encoding:
        curve = self.curves.get(output, DEFAULTS)
        details = self.transform.details
        has_credits = details.credits is Credits.ALLOW and output is not Format.GIF
        return Encoding(
            format=output,
            quality=choose_encoder_quality(output, self.transform.output.quality, self.curves),
            lossless=self.transform.output.lossless and output is Format.WEBP,
            chroma=self.transform.output.chroma
            or (Chroma.FULL if self._is_drawn else curve.chroma),
            effort=_effort(output, self.size.pixels, curve.effort),
            loop=self.facts.loop,
            artist=self.facts.artist if has_credits else "",
            copyright=self.facts.copyright if has_credits else "",
            colours=details.colours if self._has_palette(output) else None,
            progressive=details.progressive and output is Format.JPEG,
            density=details.density if output in _WITH_DENSITY else 0,
            profile=Profile.STRIP if output is Format.GIF else details.profile,
            max_bytes=details.max_bytes,
        )

    def _has_palette(self, output: Format) -> bool:
        """Return whether a format can have a palette; the frames of a PNG share none."""
        is_still = self.facts.frames == 1
        return output in {Format.PNG8, Format.GIF} or (output is Format.PNG and is_still)

    def _requested_format(self) -> Format:
        match self.transform.output.format:
            case Format() as requested:
                return requested
            case Negotiated.AVIF if self._is_avif_better():
                return Format.AVIF
            case Negotiated.AVIF | Negotiated.WEBP if self._is_within_side_limit(Format.WEBP):
                return Format.WEBP
            case None if self.facts.kind in SAME:
                return SAME[self.facts.kind]
            case _:
                return self._fallback_format()

    def _is_within_side_limit(self, output: Format) -> bool:
        return max(self.size) <= ABILITIES[output].max_side

    def _is_avif_better(self) -> bool:
        """Return whether AVIF is the better format, not only the smaller file.

        AVIF sequences decode slowly and drain batteries. Only WebP's lossless mode is exact.
        """
        return (
            self.facts.frames == 1
            and self.size.pixels <= AVIF_PIXELS
            and self._is_within_side_limit(Format.AVIF)
            and not self.transform.output.lossless
        )

    def _fallback_format(self) -> Format:
        """Return the format that suits the original best among those that every browser shows."""
        same = SAME.get(self.facts.kind)
        if same in PLAIN:
            return same
        if self.facts.frames > 1:
            return Format.GIF
        # JPEG blurs the sharp edges of drawings.
        return Format.PNG if self.alpha or self._is_drawn else Format.JPEG

    @property
    def _is_drawn(self) -> bool:
        return self.facts.kind is Kind.SVG


def _effort(output: Format, pixels: int, worthwhile: Effort) -> Effort:
    """Return the effort for a result of so many pixels; *worthwhile* is the original's own."""
    if output is Format.JPEG:
        return Effort.USUAL
    if pixels > MAX_PIXELS_FOR_MORE_EFFORT:
        return Effort.LESS
    if pixels > MAX_PIXELS_FOR_USUAL_EFFORT and worthwhile is Effort.USUAL:
        return Effort.LESS
    return worthwhile
