"""Reads the segments of a JPEG (ITU-T T.81, annex B)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from origin_lambda.image.containers.structure import (
    Structure,
    refuse_as_broken,
    refuse_as_unsupported,
)
from origin_lambda.image.geometry import Size

_SOF_BASELINE, _SOF_EXTENDED, _SOF_PROGRESSIVE = 0xC0, 0xC1, 0xC2
_DECODED: Final = {_SOF_BASELINE, _SOF_EXTENDED, _SOF_PROGRESSIVE}
_UNSUPPORTED: Final = {
    0xC3: "lossless JPEG",
    0xC5: "hierarchical JPEG", 0xC6: "hierarchical JPEG", 0xC7: "hierarchical JPEG",
    0xDE: "hierarchical JPEG",
    0xC9: "arithmetic-coded JPEG", 0xCA: "arithmetic-coded JPEG", 0xCB: "arithmetic-coded JPEG",
    0xCD: "arithmetic-coded JPEG", 0xCE: "arithmetic-coded JPEG", 0xCF: "arithmetic-coded JPEG",
    0xF7: "JPEG-LS",
}  # fmt: skip
_SOS, _EOI, _COMMENT = 0xDA, 0xD9, 0xFE
_JFIF, _ADOBE = 0xE0, 0xEE

_FREE_SCANS: Final = 30
"""Scans that are always allowed: encoders write about 10, and never more than 64."""

_MAX_SCANS: Final = 500
_SCAN_PIXELS: Final = 600_000_000


@dataclass(frozen=True, slots=True)
class _Frame:
    marker: int
    size: Size
    factors: tuple[tuple[int, int], ...]

    @property
    def blocks(self) -> int:
        """The number of blocks of 8x8 samples."""
        return round(self.size.pixels * self.planes / 64)

    @property
    def planes(self) -> float:
        """The number of samples for each pixel."""
        across = max(h for h, _ in self.factors)
        down = max(v for _, v in self.factors)
        return sum(h * v for h, v in self.factors) / (across * down)


def inspect(data: bytes) -> Structure:
    """Return what decoding a JPEG costs.

    Raises:
        NotAPicture: it is a kind of JPEG that is not supported.
        Unprocessable: it is broken, or has too many scans.

    """
    frame: _Frame | None = None
    for marker, start, end in segments(data):
        if marker in _UNSUPPORTED:
            refuse_as_unsupported(_UNSUPPORTED[marker])
        if marker in _DECODED and frame is None:
            frame = _read_frame(marker, data[start:end])
        if marker == _SOS:
            if frame is None:
                refuse_as_broken("a scan before the frame header")
            return _estimate_cost(data, frame, start, end)
    return Structure(size=frame.size if frame else None)


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the marker of each segment, and the start and end of its data, up to the first scan."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            at = data.find(b"\xff", at)
            if at < 0:
                return
            continue
        marker = data[at + 1]
        if marker in {0xFF, 0x00, 0x01} or 0xD0 <= marker <= 0xD8:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == _EOI:
            return
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        yield marker, at + 4, end
        if marker == _SOS:
            return
        at = end


def is_progressive(data: bytes) -> bool:
    """Whether the scans refine each other."""
    return any(marker == _SOF_PROGRESSIVE for marker, _, _ in segments(data))


def has_later_scan(data: bytes) -> bool:
    """Whether a second scan begins: then the first, which covers the whole picture, is complete."""
    for marker, _, end in segments(data):
        if marker == _SOS:
            return data.find(b"\xff\xda", end) > 0
    return False


def remove_metadata(data: bytes) -> bytes | None:
    """Return a JPEG without EXIF, XMP, profiles, comments and bytes after its end.

    Returns None if it has no end, or is CMYK: such colours need their profile.
    """
    kept = [data[:2]]
    for marker, start, end in segments(data):
        if marker in _DECODED and data[start + 5] == 4:
            return None
        if marker == _SOS:
            last = _find_end_of_scans(data, end)
            return b"".join(kept) + data[start - 4 : last] if last else None
        if not (0xE0 <= marker <= 0xEF or marker == _COMMENT) or marker in {_JFIF, _ADOBE}:
            kept.append(data[start - 4 : end])
    return None


def _find_end_of_scans(data: bytes, at: int) -> int | None:
    """Return the offset after the EOI marker, or None if there is no such marker."""
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        marker = data[at + 1]
        if marker == _EOI:
            return at + 2
        if marker == 0xFF:
            at += 1
        elif not marker or 0xD0 <= marker <= 0xD7:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def _read_frame(marker: int, body: bytes) -> _Frame:
    if len(body) < 6 or len(body) < 6 + 3 * body[5] or not 1 <= body[5] <= 4:
        refuse_as_broken("the frame header is cut off")
    if body[0] != 8:
        what = f"JPEG of {body[0]} bits"
        refuse_as_unsupported(what)
    height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    factors = tuple((body[7 + 3 * n] >> 4, body[7 + 3 * n] & 15) for n in range(body[5]))
    if not all(1 <= h <= 4 and 1 <= v <= 4 for h, v in factors):
        refuse_as_broken(f"sampling factors {factors}")
    return _Frame(marker, Size(width, height), factors)


def _estimate_cost(data: bytes, frame: _Frame, start: int, end: int) -> Structure:
    """Return what the scans cost: libjpeg keeps all coefficients if there are several scans."""
    components = data[start] if start < len(data) else 0
    keeps_all = frame.marker == _SOF_PROGRESSIVE or components < len(frame.factors)
    scans = 1 + data.count(b"\xff\xda", end) if keeps_all else 1
    pixels = frame.size.pixels
    scan_pixels = scans * pixels
    if keeps_all and scans > _FREE_SCANS and (scans > _MAX_SCANS or scan_pixels > _SCAN_PIXELS):
        refuse_as_broken(f"{scans} scans of {frame.size}")
    coefficients = round(2 * frame.planes * pixels) if keeps_all else 0
    return Structure(
        memory=4 * pixels + coefficients,
        work=pixels,
        share=_largest_share(data, frame, end, components),
        size=frame.size,
    )


def _largest_share(data: bytes, frame: _Frame, end: int, components: int) -> float:
    """Return the largest share of the first scan that can be present: a block takes a bit."""
    blocks = frame.blocks * components / len(frame.factors) / 4  # the least of sampled planes
    return (len(data) - end) / max(1.0, blocks / 8)
