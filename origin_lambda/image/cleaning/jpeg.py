"""Cleans a JPEG (ITU-T T.81, annex B)."""

import struct
from collections.abc import Iterator
from typing import Final

from origin_lambda.image.cleaning.exif import KeptTags, write_exif
from origin_lambda.image.containers.structure import refuse_as_broken, refuse_as_unsupported

_SOS, _EOI, _APP0, _APP1, _APP2, _ADOBE = 0xDA, 0xD9, 0xE0, 0xE1, 0xE2, 0xEE
_TABLES: Final = frozenset(range(0xC0, 0xD0)) - {0xC8} | {0xDB, 0xDC, 0xDD, 0xDE, 0xDF}
"""Frame headers, tables and restart intervals: all that the scans need."""

_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_LS: Final = frozenset({0xF7, 0xF8})
_ICC: Final = b"ICC_PROFILE\0"


def clean(data: bytes, tags: KeptTags) -> bytes:
    """Return a JPEG without application data, comments and bytes after its end.

    Its JFIF header, colour profile and Adobe marker stay, because decoders need them. A gain map or
    depth map comes after the end, often with its own EXIF block, so it is cut.

    Raises:
        NotAPicture: it is JPEG-LS, whose scans are read in another way.
        Unprocessable: a segment before the first scan is cut off, or there is no scan.

    """
    view = memoryview(data)
    exif = write_exif(tags)
    block = _write_segment(_APP1, b"Exif\0\0" + exif) if exif else b""
    header = b""
    kept: list[bytes | memoryview] = []
    has_frame = has_scan = False
    for marker, start, end in _read_parts(data):
        if marker in _JPEG_LS:
            refuse_as_unsupported("JPEG-LS")
        has_frame = has_frame or marker in _FRAMES
        if marker == _SOS and not has_frame:
            refuse_as_broken("a scan before the frame header")
        has_scan = has_scan or marker == _SOS
        if marker == _APP0:
            header = header or _keep_jfif(data[start:end])
        elif marker == _ADOBE:
            kept.append(_keep_adobe(data[start:end]))
        elif marker in _TABLES or marker in {_SOS, _EOI} or _is_profile(data, marker, start):
            kept.append(view[start:end])
    if not has_scan:
        refuse_as_broken("there is no scan")
    # JFIF must come first (ITU-T T.871, 10.1), and readers expect EXIF directly after it.
    return b"".join((data[:2], header, block, *kept))


def _read_parts(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the marker of each part, and where it begins and ends; a scan includes its pixels.

    The last part is the end marker, or the last scan of a truncated file.
    """
    at, has_scan = 2, False
    while at + 2 <= len(data):
        if data[at] != 0xFF or data[at + 1] in {0x00, 0x01, 0xFF} or 0xD0 <= data[at + 1] <= 0xD8:
            at = data.find(b"\xff", at + 1)
            if at < 0:
                return
            continue
        marker = data[at + 1]
        if marker == _EOI:
            yield marker, at, at + 2
            return
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data) or end < at + 4:
            if has_scan:
                return
            refuse_as_broken("a segment is cut off")
        if marker == _SOS:
            has_scan = True
            end = _find_end_of_scan(data, end)
        yield marker, at, end
        at = end


def _find_end_of_scan(data: bytes, at: int) -> int:
    """Return the end of a scan's compressed pixels: the next marker, or the end of the file."""
    while 0 <= (at := data.find(b"\xff", at)) < len(data) - 1:
        following = data[at + 1]
        if following == 0xFF:
            at += 1
        elif not following or 0xD0 <= following <= 0xD7:
            at += 2
        else:
            return at
    return len(data)


def _is_profile(data: bytes, marker: int, start: int) -> bool:
    return marker == _APP2 and data[start + 4 : start + 16] == _ICC


def _keep_adobe(segment: bytes) -> bytes:
    """Return the Adobe segment, which names the colour transform; empty for any other segment."""
    body = segment[4:]
    is_known = body.startswith(b"Adobe") and len(body) >= 12
    return _write_segment(_ADOBE, body[:12]) if is_known else b""


def _keep_jfif(segment: bytes) -> bytes:
    """Return a JFIF header without its thumbnail; empty for any other segment."""
    body = segment[4:]
    if not body.startswith(b"JFIF\0") or len(body) < 14:
        return b""
    return _write_segment(_APP0, body[:12] + b"\0\0")


def _write_segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, 2 + len(body)) + body
