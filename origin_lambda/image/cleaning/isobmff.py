"""Cleans an AVIF or HEIF in place (ISO/IEC 14496-12 and 23008-12): no offset moves.

Dropped boxes become `free` boxes; dropped data in `mdat` and `idat` become zeros. The items of EXIF
and XMP stay in the list of items, but are empty.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from origin_lambda.image.cleaning.exif import EMPTY, KeptTags, write_exif
from origin_lambda.image.cleaning.item_boxes import Extents, read_item_types, read_locations
from origin_lambda.image.cleaning.ranges import Range, length, merge, overlap, overwrite, subtract
from origin_lambda.image.containers.structure import refuse_as_broken, refuse_as_unsupported

_MAX_BOXES: Final = 20_000
_MAX_DEPTH: Final = 8
_FILE: Final = frozenset({b"ftyp", b"styp", b"meta", b"moov", b"moof", b"mdat", b"sidx", b"mfra"})
_META: Final = frozenset(
    {b"hdlr", b"pitm", b"iinf", b"iref", b"iprp", b"iloc", b"idat", b"dinf", b"grpl", b"ipro"}
)
_MOVIE: Final = frozenset({
    b"mvhd", b"trak", b"mvex", b"meta", b"tkhd", b"tref", b"edts", b"mdia", b"mdhd", b"hdlr",
    b"minf", b"vmhd", b"nmhd", b"dinf", b"stbl",
})  # fmt: skip
"""The boxes to keep inside each kind of box; None keeps all that are not in `_DROPPED`."""

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
"""The bytes that fill metadata items: empty XMP and spaces, or zeros."""

_TRACKS: Final = frozenset({b"pict", b"vide", b"auxv"})


class _Box(NamedTuple):
    name: bytes
    at: int
    start: int
    end: int


@dataclass(slots=True)
class _Contents:
    """The contents of the boxes: where data are, and which bytes to overwrite."""

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

    The properties of its pictures have its orientation, so EXIF gets only the credits.

    Raises:
        NotAPicture: metadata cannot be distinguished from pixels.
        Unprocessable: boxes are cut off, or metadata share bytes with a picture.

    """
    contents = _Contents(data)
    _walk(contents, b"", Range(0, len(data)), 0)
    # A sequence lists the same metadata for the file and for its track.
    metadata = list(contents.metadata)
    if overlap(metadata, contents.pictures):
        refuse_as_broken("metadata and a picture share bytes")
    if length(merge(metadata)) != length(metadata):
        refuse_as_broken("metadata items share bytes")
    if any(subtract(metadata, contents.media)):
        refuse_as_broken("metadata lie outside of the data")
    patches = list(
        _replace_metadata(contents, write_exif(KeptTags(1, tags.artist, tags.copyright)))
    )
    written = [Range(start, start + len(body)) for start, body in patches]
    # The samples of tracks are not in a list of items. In a file with tracks, only metadata are
    # overwritten.
    wiped = contents.unused + (metadata if contents.has_tracks else contents.media)
    zeros = subtract(wiped, contents.pictures + written)
    patches.extend((start, bytes(end - start)) for start, end in zeros)
    return overwrite(data, contents.patches + patches)


def _replace_metadata(contents: _Contents, exif: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the replacement of each metadata item: EXIF with credits, blank XMP, or zeros."""
    # The first 4 bytes are the offset to the TIFF header (23008-12, A.2.1).
    little = [bytes(4) + each for each in (exif, EMPTY) if each]
    for (start, end), kind in contents.metadata.items():
        size = end - start
        body = _BLANK[kind]
        if kind == b"Exif":
            body = next((each for each in little if len(each) <= size), body)
        yield start, body[:size].ljust(size, _BLANK[kind][-1:])


def _walk(contents: _Contents, parent: bytes, inside: Range, depth: int) -> None:
    boxes = list(_read_boxes(contents, inside))
    for box in boxes:
        if not _is_kept(box.name, parent):
            contents.patches.append((box.at + 4, b"free"))
            contents.unused.append(Range(box.start, box.end))
        elif box.name in _ALLOWED:
            if depth >= _MAX_DEPTH:
                refuse_as_broken("boxes are nested too deep")
            skipped = 4 if box.name == b"meta" else 0
            _walk(contents, box.name, Range(box.start + skipped, box.end), depth + 1)
        else:
            _record_box(contents, box, parent)
    if parent == b"meta":
        _record_items(contents, boxes)


def _is_kept(name: bytes, parent: bytes) -> bool:
    allowed = _ALLOWED[parent]
    return name not in _DROPPED if allowed is None else name in allowed


def _record_box(contents: _Contents, box: _Box, parent: bytes) -> None:
    """Record the contents of a box without inner boxes: data, or times to overwrite.

    Raises:
        NotAPicture: it is a track of sound, text or metadata, or a fragment of a movie.

    """
    if box.name == b"mdat":
        contents.media.append(Range(box.start, box.end))
    elif box.name in _TIMES:
        contents.has_tracks = True
        wide = 8 if contents.data[box.start] == 1 else 4
        contents.patches.append((box.start + 4, bytes(2 * wide)))
    elif box.name == b"hdlr" and parent == b"mdia":
        if contents.data[box.start + 8 : box.start + 12] not in _TRACKS:
            refuse_as_unsupported("a picture with tracks of sound, text or metadata")
    elif box.name == b"moof":
        refuse_as_unsupported("a picture in fragments of a movie")


def _read_boxes(contents: _Contents, inside: Range) -> Iterator[_Box]:
    """Yield the boxes in a range. In a truncated file, `mdat` ends with the file.

    Raises:
        Unprocessable: another box is cut off, or there are too many boxes.

    """
    data, (at, end) = contents.data, inside
    while at + 8 <= end:
        contents.boxes += 1
        if contents.boxes > _MAX_BOXES:
            refuse_as_broken("too many boxes")
        length, start = int.from_bytes(data[at : at + 4], "big"), at + 8
        name = data[at + 4 : at + 8]
        if length == 1:
            length, start = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        elif length == 0:
            length = end - at
        if length < start - at or (at + length > end and name != b"mdat"):
            if inside.start == 0:  # bytes after the last box are not part of the file
                break
            refuse_as_broken("a box is cut off")
        yield _Box(name, at, start, min(at + length, end))
        at += length
    if at < end:
        contents.unused.append(Range(at, end))


def _record_items(contents: _Contents, boxes: list[_Box]) -> None:
    """Record where the items of a `meta` box are, separately for pictures and metadata."""
    bodies = {box.name: Range(box.start, box.end) for box in reversed(boxes)}
    names = [box.name for box in boxes if box.name in {b"iinf", b"iloc", b"idat"}]
    if len(set(names)) != len(names):
        refuse_as_broken("there are two lists of items")
    idat = bodies.get(b"idat")
    if idat:
        contents.media.append(idat)
    types = read_item_types(contents.data[slice(*bodies.get(b"iinf", (0, 0)))])
    locations = read_locations(contents.data[slice(*bodies.get(b"iloc", (0, 0)))])
    for item, extents in locations.items():
        kind = types.get(item, b"")
        ranges = list(_find_ranges(contents, extents, idat))
        if kind in _METADATA:
            if extents.is_in_items:
                refuse_as_unsupported("metadata inside of another item")
            for at, each in enumerate(ranges):
                contents.metadata.setdefault(each, b"uri " if at and kind == b"Exif" else kind)
        elif kind:
            contents.pictures.extend(ranges)


def _find_ranges(contents: _Contents, extents: Extents, idat: Range | None) -> Iterator[Range]:
    """Yield where the extents of an item are, as far as they are in the file."""
    if extents.is_in_items:
        return
    base, end = 0, len(contents.data)
    if extents.is_in_idat:
        base, end = idat or (0, 0)
    for offset, size in extents.parts:
        start = min(base + offset, end)
        stop = min(start + size, end) if size else end
        if start < stop:
            yield Range(start, stop)
