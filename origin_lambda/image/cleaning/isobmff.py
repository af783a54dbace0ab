"""Cleans an AVIF or HEIF in place (ISO/IEC 14496-12 and 23008-12): no offset moves.

What is dropped becomes a `free` box, or zeros where a picture's data lie. The items of EXIF and XMP
stay on the list of items, but are empty.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from origin_lambda.image.cleaning.exif import EMPTY, KeptTags, write_exif
from origin_lambda.image.cleaning.item_boxes import Extents, read_item_types, read_locations
from origin_lambda.image.cleaning.ranges import Range, length, merge, overlap, overwrite, subtract
from origin_lambda.image.containers.structure import refuse_as_broken, refuse_as_unsupported

_MOST_BOXES: Final = 20_000
_MOST_DEPTH: Final = 8
_FILE: Final = frozenset({b"ftyp", b"styp", b"meta", b"moov", b"moof", b"mdat", b"sidx", b"mfra"})
_META: Final = frozenset(
    {b"hdlr", b"pitm", b"iinf", b"iref", b"iprp", b"iloc", b"idat", b"dinf", b"grpl", b"ipro"}
)
_MOVIE: Final = frozenset({
    b"mvhd", b"trak", b"mvex", b"meta", b"tkhd", b"tref", b"edts", b"mdia", b"mdhd", b"hdlr",
    b"minf", b"vmhd", b"nmhd", b"dinf", b"stbl",
})  # fmt: skip
"""What stays of each box that holds boxes; in others, all that is not in `_DROPPED`."""

_DROPPED: Final = frozenset(
    {b"udta", b"uuid", b"udes", b"altt", b"crtt", b"mdft", b"aebr", b"afbr", b"wbbr", b"dobr"}
)
"""User data, descriptions, times and exposures."""

_ALLOWED: Final = {
    b"": _FILE, b"meta": _META, b"moov": _MOVIE, b"trak": _MOVIE, b"mdia": _MOVIE, b"minf": _MOVIE,
    b"edts": None, b"stbl": None, b"iprp": None, b"ipco": None,
}  # fmt: skip
_TIMES: Final = frozenset({b"mvhd", b"tkhd", b"mdhd"})
_METADATA: Final = frozenset({b"Exif", b"mime", b"uri "})
_XMP: Final = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"></x:xmpmeta> '
_BLANK: Final = {b"Exif": b"\0", b"mime": _XMP, b"uri ": b"\0"}
"""What metadata items are filled with: empty XMP and spaces, or zeros."""

_TRACKS: Final = frozenset({b"pict", b"vide", b"auxv"})


class _Box(NamedTuple):
    name: bytes
    at: int
    start: int
    end: int


@dataclass(slots=True)
class _Found:
    """What the boxes say: where data lie, and what is to be written over which bytes."""

    data: bytes
    media: list[Range] = field(default_factory=list)
    unused: list[Range] = field(default_factory=list)
    patches: list[tuple[int, bytes]] = field(default_factory=list)
    pictures: list[Range] = field(default_factory=list)
    metadata: dict[Range, bytes] = field(default_factory=dict)
    has_tracks: bool = False
    boxes: int = 0


def clean(data: bytes, tags: KeptTags) -> bytes:
    """Return an AVIF or HEIF without EXIF, XMP, user data, times and data that no picture uses.

    Its orientation lies in the properties of its pictures, so EXIF gets the credits alone.

    Raises:
        NotAPicture: metadata cannot be distinguished from pixels.
        Unprocessable: boxes are cut off, or metadata share bytes with a picture.

    """
    found = _Found(data)
    _walk(found, b"", Range(0, len(data)), 0)
    # A sequence lists the same metadata for the file and for its track.
    metadata = list(found.metadata)
    if overlap(metadata, found.pictures):
        refuse_as_broken("metadata and a picture share bytes")
    if length(merge(metadata)) != length(metadata):
        refuse_as_broken("metadata items share bytes")
    if any(subtract(metadata, found.media)):
        refuse_as_broken("metadata lie outside of the data")
    patches = list(_replacements(found, write_exif(KeptTags(1, tags.artist, tags.copyright))))
    written = [Range(start, start + len(body)) for start, body in patches]
    # The samples of tracks are in no list of items, so there only the metadata are overwritten.
    wiped = found.unused + (metadata if found.has_tracks else found.media)
    zeros = subtract(wiped, found.pictures + written)
    patches.extend((start, bytes(end - start)) for start, end in zeros)
    return overwrite(data, found.patches + patches)


def _replacements(found: _Found, exif: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield what is written in place of each metadata item: little EXIF, or blank XMP."""
    # The first 4 bytes are the offset to the TIFF header (23008-12, A.2.1).
    little = [bytes(4) + each for each in (exif, EMPTY) if each]
    for (start, end), kind in found.metadata.items():
        size = end - start
        body = _BLANK[kind]
        if kind == b"Exif":
            body = next((each for each in little if len(each) <= size), body)
        yield start, body[:size].ljust(size, _BLANK[kind][-1:])


def _walk(found: _Found, parent: bytes, inside: Range, depth: int) -> None:
    boxes = list(_boxes(found, inside))
    for box in boxes:
        if not _is_kept(box.name, parent):
            found.patches.append((box.at + 4, b"free"))
            found.unused.append(Range(box.start, box.end))
        elif box.name in _ALLOWED:
            if depth >= _MOST_DEPTH:
                refuse_as_broken("boxes are nested too deep")
            skipped = 4 if box.name == b"meta" else 0
            _walk(found, box.name, Range(box.start + skipped, box.end), depth + 1)
        else:
            _read(found, box, parent)
    if parent == b"meta":
        _read_items(found, boxes)


def _is_kept(name: bytes, parent: bytes) -> bool:
    allowed = _ALLOWED[parent]
    return name not in _DROPPED if allowed is None else name in allowed


def _read(found: _Found, box: _Box, parent: bytes) -> None:
    """Note what a box without boxes in it has: data, or times to overwrite.

    Raises:
        NotAPicture: it is a track of something else than pictures.

    """
    if box.name == b"mdat":
        found.media.append(Range(box.start, box.end))
    elif box.name in _TIMES:
        found.has_tracks = True
        wide = 8 if found.data[box.start] == 1 else 4
        found.patches.append((box.start + 4, bytes(2 * wide)))
    elif box.name == b"hdlr" and parent == b"mdia":
        if found.data[box.start + 8 : box.start + 12] not in _TRACKS:
            refuse_as_unsupported("a picture with tracks of sound, text or metadata")
    elif box.name == b"moof":
        refuse_as_unsupported("a picture in fragments of a movie")


def _boxes(found: _Found, inside: Range) -> Iterator[_Box]:
    """Yield the boxes in a range. The data of a file that is cut off end with it.

    Raises:
        Unprocessable: another box is cut off, or there are too many.

    """
    data, (at, end) = found.data, inside
    while at + 8 <= end:
        found.boxes += 1
        if found.boxes > _MOST_BOXES:
            refuse_as_broken("too many boxes")
        length, start = int.from_bytes(data[at : at + 4], "big"), at + 8
        name = data[at + 4 : at + 8]
        if length == 1:
            length, start = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        elif length == 0:
            length = end - at
        if length < start - at or (at + length > end and name != b"mdat"):
            if inside.start == 0:  # what follows the last box of a file is no part of it
                break
            refuse_as_broken("a box is cut off")
        yield _Box(name, at, start, min(at + length, end))
        at += length
    if at < end:
        found.unused.append(Range(at, end))


def _read_items(found: _Found, boxes: list[_Box]) -> None:
    """Note where the items of a `meta` box lie, pictures and metadata apart."""
    bodies = {box.name: Range(box.start, box.end) for box in reversed(boxes)}
    names = [box.name for box in boxes if box.name in {b"iinf", b"iloc", b"idat"}]
    if len(set(names)) != len(names):
        refuse_as_broken("a list of items is there twice")
    idat = bodies.get(b"idat")
    if idat:
        found.media.append(idat)
    types = read_item_types(found.data[slice(*bodies.get(b"iinf", (0, 0)))])
    locations = read_locations(found.data[slice(*bodies.get(b"iloc", (0, 0)))])
    for item, extents in locations.items():
        kind = types.get(item, b"")
        ranges = list(_ranges(found, extents, idat))
        if kind in _METADATA:
            if extents.is_in_items:
                refuse_as_unsupported("metadata inside of another item")
            for at, each in enumerate(ranges):
                found.metadata.setdefault(each, b"uri " if at and kind == b"Exif" else kind)
        elif kind:
            found.pictures.extend(ranges)


def _ranges(found: _Found, extents: Extents, idat: Range | None) -> Iterator[Range]:
    """Yield where in the file the extents of an item lie, as far as it has them."""
    if extents.is_in_items:
        return
    base, end = 0, len(found.data)
    if extents.is_in_idat:
        base, end = idat or (0, 0)
    for offset, size in extents.parts:
        start = min(base + offset, end)
        stop = min(start + size, end) if size else end
        if start < stop:
            yield Range(start, stop)
