"""Cleans a GIF (GIF89a specification)."""

from typing import Final

from origin_lambda.image.cleaning.exif import KeptTags
from origin_lambda.image.containers.structure import refuse_as_broken

_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOPS: Final = {b"NETSCAPE2.0", b"ANIMEXTS1.0"}
_PROFILE: Final = b"ICCRGBG1012"


def clean(data: bytes, tags: KeptTags) -> bytes:
    """Return a GIF without comments, texts, XMP and bytes after its end.

    GIF cannot store *tags*.

    Raises:
        Unprocessable: there is no frame.

    """
    del tags
    view = memoryview(data)
    at = 13 + _palette_length(data[10])
    kept: list[bytes | memoryview] = [view[:at]]
    has_frame = False
    while at < len(data):
        if data[at] == _EXTENSION and at + 2 < len(data):
            end = _skip(data, at + 2)
            kept.append(_keep_extension(data, at, end))
        elif data[at] == _IMAGE and at + 10 < len(data):
            end = _skip(data, at + 11 + _palette_length(data[at + 9]))
            kept.append(view[at:end])
            has_frame = True
        else:
            if data[at] == _TRAILER:
                kept.append(b";")
            break
        at = end
    if not has_frame:
        refuse_as_broken("there is no frame")
    return b"".join(kept)


def _keep_extension(data: bytes, at: int, end: int) -> bytes:
    """Return only the known blocks of an extension that decoders need; empty for any other."""
    label, body = data[at + 1], data[at + 3 : at + 3 + 16]
    if label == _CONTROL and data[at + 2] == 4 and at + 7 < end:
        return data[at : at + 7] + b"\0"
    if label != _APPLICATION or data[at + 2] != 11:
        return b""
    if body[:11] in _LOOPS and body[11:13] == b"\x03\x01" and at + 18 < end:
        return data[at : at + 18] + b"\0"
    return data[at:end] if body[:11] == _PROFILE else b""


def _palette_length(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _skip(data: bytes, at: int) -> int:
    """Return the offset after a series of sub-blocks, at most the end of the file."""
    while at < len(data):
        length = data[at]
        at += 1 + length
        if not length:
            return at
    return len(data)
