"""Detects the real kind of an original from its first bytes, and checks its size."""

import re
from dataclasses import dataclass
from typing import Final

from origin_lambda.errors import NotAPicture, Unprocessable
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size

SNIFF_BYTES: Final = 4096
"""How many first bytes `sniff` needs: an SVG can begin with a long comment or doctype."""

_AVIF_BRANDS: Final = {b"avif", b"avis"}
_HEIF_BRANDS: Final = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_SVG: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>\s*)*"
    rb"<(?:\w+:)?svg[\s>/]",
    re.DOTALL | re.IGNORECASE,
)
_JPEG_XL: Final = (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")
"""The first bytes of JPEG XL, without and with a container (ISO/IEC 18181-2, 9.1)."""

_SIGNATURES: Final = (
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"GIF87a", Kind.GIF),
    (b"GIF89a", Kind.GIF),
    (b"II*\x00", Kind.TIFF),
    (b"MM\x00*", Kind.TIFF),
    (b"BM", Kind.BMP),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What an original's header says.

    *size* is in pixels, in stored axes. *orientation* is that of EXIF (1 to 8). *loop* is how often
    an animation runs; 0 means forever. *artist* and *copyright* are the credits.
    """

    kind: Kind
    size: Size
    orientation: int = 1
    frames: int = 1
    alpha: bool = False
    loop: int = 0
    artist: str = ""
    copyright: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one request can cost.

    *side* and *pixels_out* bound a derivative, *pixels_in* and *bytes_in* an original; *frames*
    and *frame_pixels* (frames x pixels) an animation.
    """

    side: int = 8192
    pixels_out: int = 40_000_000
    pixels_in: int = 100_000_000
    bytes_in: int = 100_000_000
    frames: int = 300
    frame_pixels: int = 100_000_000


def sniff(head: bytes) -> Kind:
    """Return the kind of picture that begins with *head*; the file's name does not count.

    Raises:
        NotAPicture: it is not a picture of a known kind.

    """
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind.WEBP
    if head[4:8] == b"ftyp":
        return _sniff_isobmff(head)
    if _SVG.match(head[:SNIFF_BYTES]):
        return Kind.SVG
    if head.startswith(_JPEG_XL):
        message = "an original in JPEG XL is not supported"
        raise NotAPicture(message)
    message = "the original is not a picture that can be read"
    raise NotAPicture(message)


def _sniff_isobmff(head: bytes) -> Kind:
    """Return AVIF or HEIF by the brands of the `ftyp` box (ISO/IEC 14496-12, 4.3)."""
    length = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12]} | {head[at : at + 4] for at in range(16, length, 4)}
    if brands & _AVIF_BRANDS:
        return Kind.AVIF
    if brands & _HEIF_BRANDS:
        return Kind.HEIF
    message = "the original is not a picture that can be read"
    raise NotAPicture(message)


def check(facts: Facts, limits: Limits) -> None:
    """Refuse an original that would cost too much to decode.

    Raises:
        Unprocessable: more pixels or frames than the limits allow.

    """
    pixels = facts.size.width * facts.size.height
    if not pixels:
        message = "the original has no pixels"
        raise Unprocessable(message)
    # An SVG is drawn at the size of the result, whatever its own is.
    if pixels > limits.pixels_in and facts.kind is not Kind.SVG:
        message = f"the original has more than {limits.pixels_in:,} pixels"
        raise Unprocessable(message, detail=f"{facts.size}")
    too_many = facts.frames > limits.frames or pixels * facts.frames > limits.frame_pixels
    if facts.frames > 1 and too_many:
        message = f"the animation has more than {limits.frames} frames, or too many pixels in all"
        raise Unprocessable(message, detail=f"{facts.frames} frames of {facts.size}")
