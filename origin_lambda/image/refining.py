"""Encodes a derivative again, with far more effort: the same or a better look in fewer bytes.

The pixels are rendered again from the original. The look is the score (SSIMULACRA2) of a file
against these pixels; the new file's is never lower than that of the file that is stored.
"""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic

from origin_lambda.image.analysis.measure import Measurer
from origin_lambda.image.analysis.quality_curves import MIN_SIDE
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.formats import ABILITIES, SAME, Kind
from origin_lambda.image.look_search import Attempt, LookSearch
from origin_lambda.image.probe import Facts
from origin_lambda.image.quality import Effort, Tuning
from origin_lambda.image.raster import Codec, Frame, R
from origin_lambda.image.source import Decoding
from origin_lambda.image.text.block import TextBlock
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.values import WHITE, Chroma, Format, Profile

REFINABLE: Final = frozenset(
    ABILITIES[output].media_type for output in (Format.AVIF, Format.WEBP, Format.JPEG, Format.PNG)
)
"""The media types of files that can become smaller."""

_MAX_SHARE: Final = 0.98
"""A new file must have at most this share of the bytes: else it is not worth a transfer."""

_MARGIN, _SMALL_WEBP_MARGIN = 0.2, 0.5
"""Points above the stored file's score: our metric differs from SSIMULACRA2 by less, between two
files of one picture. It differs by more for WebP files whose shorter side has fewer than `_SMALL`
pixels."""

_SMALL_COLOURS_EXCESS: Final = 0.5
"""Points that our metric overrates `Tuning.COLOURS` by in small files, at least."""

_SMALL: Final = 256

_SEARCHED: Final = frozenset({Format.AVIF, Format.WEBP, Format.JPEG})
_KINDS: Final = {output: kind for kind, output in SAME.items()}


@dataclass(frozen=True, slots=True)
class RefiningCodec(Generic[R]):
    """A codec that encodes what a stored file shows, in at most its bytes.

    *stored* are the bytes of the file, *media_type* its type. *optimise* returns a file with the
    same pixels and fewer bytes, if it finds one. Files of another type are encoded as usual.
    *keeps_chroma* is whether the resolution of colours was asked for.
    """

    codec: Codec[R]
    measurer: Measurer[R]
    optimise: Callable[[bytes, Format], bytes]
    stored: bytes
    media_type: str
    watch: Stopwatch
    keeps_chroma: bool = False

    def encode(self, frames: Sequence[Frame[R]], encoding: Encoding) -> bytes:
        """Return a smaller file that looks as good as the stored one, or the stored one itself.

        Raises:
            OutOfTime: the watch's deadline passed before the end.

        """
        if ABILITIES[encoding.format].media_type != self.media_type:
            return self.codec.encode(frames, encoding)
        if len(frames) > 1:
            return self.stored
        smallest = self.optimise(self.stored, encoding.format)
        if _is_searchable(frames[0].raster, encoding):
            found = self._search(frames[0].raster, encoding)
            smallest = min(smallest, found or smallest, key=len)
        return smallest if len(smallest) <= _MAX_SHARE * len(self.stored) else self.stored

    def _search(self, raster: R, encoding: Encoding) -> bytes | None:
        """Return the smallest file that looks as good as the stored one, if there is one."""
        shown = _flatten(raster)
        is_webp, is_small = encoding.format is Format.WEBP, min(raster.size) < _SMALL

        def attempt(changed: Encoding) -> Attempt:
            # libwebp's slowest method takes seconds for an alpha channel, which is always the same.
            is_opaque = is_webp and changed.effort is Effort.TRIAL
            excess = _SMALL_COLOURS_EXCESS if is_small and changed.tuning is Tuning.COLOURS else 0
            with self.watch.stage(changed.effort):
                body = self.codec.encode([Frame(shown if is_opaque else raster)], changed)
                return Attempt(changed, body, self._score(shown, body, encoding.format) - excess)

        margin = _SMALL_WEBP_MARGIN if is_webp and is_small else _MARGIN
        target = self._score(shown, self.stored, encoding.format) + margin
        return LookSearch(attempt, target).find(self._list_variants(encoding, is_small=is_small))

    def _list_variants(self, encoding: Encoding, *, is_small: bool) -> list[Encoding]:
        """Return the encodings to compare, the usual one first.

        In small pictures our metric overrates colours at a quarter of the resolution.
        """
        quarter, full = (
            dataclasses.replace(encoding, chroma=chroma) for chroma in (Chroma.QUARTER, Chroma.FULL)
        )
        match encoding.format:
            case Format.WEBP:
                return [dataclasses.replace(encoding, tuning=tuning) for tuning in Tuning]
            case Format.AVIF if encoding == quarter and not self.keeps_chroma:
                return [quarter, full]
            case Format.JPEG if encoding == full and not (self.keeps_chroma or is_small):
                return [full, quarter]
            case _:
                return [encoding]

    def _score(self, shown: R, body: bytes, output: Format) -> float:
        (frame,) = self.codec.decode(body, Decoding(_KINDS[output]))
        return self.measurer.score_likeness(shown, _flatten(frame.raster))

    def probe(self, data: bytes) -> Facts:
        return self.codec.probe(data)

    def decode(self, data: bytes, decoding: Decoding) -> Iterator[Frame[R]]:
        return self.codec.decode(data, decoding)

    def measure_text(self, block: TextBlock) -> tuple[float, float, float, float]:
        return self.codec.measure_text(block)

    def remove_metadata(self, data: bytes, kind: Kind) -> bytes | None:
        return self.codec.remove_metadata(data, kind)


def _is_searchable(raster: R, encoding: Encoding) -> bool:
    """Whether other qualities can be tried: a score needs some pixels, and a lossy format."""
    is_plain = encoding.profile is Profile.STRIP and not (encoding.lossless or encoding.max_bytes)
    return is_plain and encoding.format in _SEARCHED and min(raster.size) >= MIN_SIDE


def _flatten(raster: R) -> R:
    """Return a copy on white, because flattening can destroy a raster."""
    return raster.crop((0, 0, *raster.size)).flatten(WHITE)
