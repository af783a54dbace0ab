"""Cleans a TIFF (TIFF 6.0) in place: no offset moves."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from origin_lambda.image.cleaning.exif import KeptTags
from origin_lambda.image.cleaning.ranges import Range, overlap, overwrite, subtract
from origin_lambda.image.containers.structure import refuse_as_broken

_STRIPS, _STRIP_COUNTS, _TILES, _TILE_COUNTS = 273, 279, 324, 325
_PLACES: Final = frozenset({_STRIPS, _STRIP_COUNTS, _TILES, _TILE_COUNTS})
_KEPT: Final = frozenset({
    254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, _STRIPS, 274, 277, 278, _STRIP_COUNTS,
    280, 281, 282, 283, 284, 290, 291, 292, 293, 296, 301, 315, 317, 318, 319, 320, 321, 322, 323,
    _TILES, _TILE_COUNTS, 332, 334, 336, 338, 339, 340, 341, 342, 347, 529, 530, 531, 532, 33432,
    34675,
})  # fmt: skip
"""Tags of pixels and colours, orientation, artist (315), copyright (33432) and profile (34675)."""

_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_MAX_PAGES: Final = 1_000
_MAX_PIECES: Final = 300_000


class _Entry(NamedTuple):
    tag: int
    kind: int
    length: int
    raw: bytes
    value: Range


def clean(data: bytes, tags: KeptTags) -> bytes:
    """Return a TIFF in which all bytes that its pictures do not use are zeros.

    Its own orientation, artist and copyright stay where they are, so *tags* are not needed.

    Raises:
        Unprocessable: a directory or its values are outside of the file, or metadata share bytes
            with pixels.

    """
    del tags
    order = "<" if data[:2] == b"II" else ">"
    used, dropped = [Range(0, 8)], list[Range]()
    pieces = 0
    patches: list[tuple[int, bytes]] = []
    for at, entries, following in _read_pages(data, order):
        kept = [entry for entry in entries if entry.tag in _KEPT]
        pieces += sum(entry.length for entry in kept if entry.tag in _PLACES)
        if len({entry.tag for entry in kept}) != len(kept) or pieces > _MAX_PIECES:
            refuse_as_broken("a tag is repeated, or there are too many strips or tiles")
        size = 2 + 12 * len(entries) + 4
        body = struct.pack(f"{order}H", len(kept)) + b"".join(entry.raw for entry in kept)
        body += struct.pack(f"{order}I", following)
        patches.append((at, body.ljust(size, b"\0")))
        used.append(Range(at, at + size))
        used.extend(entry.value for entry in kept)
        used.extend(_find_pixels(data, order, kept))
        dropped.extend(entry.value for entry in entries if entry.tag not in _KEPT)
    if overlap(dropped, used):
        refuse_as_broken("metadata and pixels share bytes")
    rest = subtract([Range(0, len(data))], used)
    return overwrite(data, [*patches, *((start, bytes(end - start)) for start, end in rest)])


def _read_pages(data: bytes, order: str) -> Iterator[tuple[int, list[_Entry], int]]:
    """Yield the offset of each directory, its entries, and the next offset (0 for none)."""
    (at,) = struct.unpack_from(f"{order}I", data, 4)
    directories: list[Range] = []
    while at:
        (count,) = struct.unpack_from(f"{order}H", data, at)
        directory = Range(at, at + 2 + 12 * count + 4)
        if len(directories) >= _MAX_PAGES or overlap([directory], directories):
            refuse_as_broken("directories overlap, or are too many")
        directories.append(directory)
        entries = [_read_entry(data, order, at + 2 + 12 * n) for n in range(count)]
        (following,) = struct.unpack_from(f"{order}I", data, at + 2 + 12 * count)
        yield at, entries, following
        at = following


def _read_entry(data: bytes, order: str, at: int) -> _Entry:
    tag, kind, count, start = struct.unpack_from(f"{order}HHII", data, at)
    length = count * _SIZES.get(kind, 1)
    value = Range(at + 8, at + 8)
    if length > 4:
        value = Range(start, start + length)
        if tag in _KEPT and value.end > len(data):
            refuse_as_broken("a value lies outside of the file")
    return _Entry(tag, kind, count, data[at : at + 12], value)


def _find_pixels(data: bytes, order: str, entries: list[_Entry]) -> Iterator[Range]:
    """Yield the ranges of strips and tiles, as far as they are in the file."""
    numbers = {entry.tag: _read_numbers(data, order, entry) for entry in entries}
    for starts, lengths in ((_STRIPS, _STRIP_COUNTS), (_TILES, _TILE_COUNTS)):
        if len(numbers.get(starts, ())) != len(numbers.get(lengths, ())):
            refuse_as_broken("strips or tiles without a length")
        for start, length in zip(numbers.get(starts, ()), numbers.get(lengths, ()), strict=True):
            yield Range(start, min(start + length, len(data)))


def _read_numbers(data: bytes, order: str, entry: _Entry) -> tuple[int, ...]:
    if entry.tag not in _PLACES:
        return ()
    letter = {3: "H", 4: "I"}.get(entry.kind)
    if letter is None:
        refuse_as_broken("strips or tiles of an unknown type")
    body = entry.raw[8:] if entry.value.start == entry.value.end else data[slice(*entry.value)]
    return struct.unpack_from(f"{order}{entry.length}{letter}", body)
