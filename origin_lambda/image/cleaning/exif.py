"""Writes the few EXIF tags that a cleaned picture keeps."""

import struct
from dataclasses import dataclass
from typing import Final

_ORIENTATION, _ARTIST, _COPYRIGHT = 0x0112, 0x013B, 0x8298
_ASCII, _SHORT = 2, 3
_MAX_TEXT_BYTES: Final = 1000
EMPTY: Final = b"MM\0*\0\0\0\x08\0\0\0\0\0\0"
"""A TIFF header and a directory without entries."""


@dataclass(frozen=True, slots=True)
class KeptTags:
    """The metadata of a cleaned picture: its EXIF orientation (1 to 8) and its credits."""

    orientation: int = 1
    artist: str = ""
    copyright: str = ""


def encode_text(text: str) -> bytes:
    """Return a text in UTF-8 for EXIF: up to a NUL, and whole characters of up to 1,000 bytes.

    A lone surrogate, which UTF-8 cannot encode, becomes a question mark.
    """
    body = text.partition("\0")[0].encode(errors="replace")[:_MAX_TEXT_BYTES]
    return body.decode(errors="ignore").encode()


def write_exif(tags: KeptTags) -> bytes:
    """Return an EXIF block that starts with its TIFF header; empty if there are no tags to write.

    The tags are those of Exif 2.32, 4.6.4.
    """
    entries: list[tuple[int, int, int, bytes]] = []
    if tags.orientation in range(2, 9):
        entries.append((_ORIENTATION, _SHORT, 1, struct.pack(">HH", tags.orientation, 0)))
    for tag, text in ((_ARTIST, tags.artist), (_COPYRIGHT, tags.copyright)):
        if body := encode_text(text):
            entries.append((tag, _ASCII, len(body) + 1, body + b"\0"))
    if not entries:
        return b""
    at = 8 + 2 + 12 * len(entries) + 4
    directory, values = struct.pack(">H", len(entries)), b""
    for tag, kind, count, body in entries:
        directory += struct.pack(">HHI", tag, kind, count)
        if len(body) <= 4:
            directory += body.ljust(4, b"\0")
        else:
            directory += struct.pack(">I", at + len(values))
            values += body + b"\0" * (len(body) & 1)
    return b"MM\0*\0\0\0\x08" + directory + b"\0\0\0\0" + values
