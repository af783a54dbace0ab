"""Reads the lists of items in AVIF and HEIF: their types and places."""

from dataclasses import dataclass
from typing import Final

from origin_lambda.image.containers.structure import refuse_as_broken

_MAX_ITEMS: Final = 10_000
_MAX_EXTENTS: Final = 20_000
_IN_IDAT, _IN_ITEMS = 1, 2


@dataclass(frozen=True, slots=True)
class Extents:
    """Offsets and lengths of an item's parts; a length of 0 means up to the end.

    Offsets count from the start of the file, of the `idat` box, or of another item.
    """

    method: int
    parts: tuple[tuple[int, int], ...]

    @property
    def is_in_idat(self) -> bool:
        """Whether offsets count from the start of the `idat` box."""
        return self.method == _IN_IDAT

    @property
    def is_in_items(self) -> bool:
        """Whether the parts are inside other items."""
        return self.method == _IN_ITEMS


class _Reader:
    """Reads big-endian numbers one after another; raises Unprocessable at the end of the data."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def read(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            refuse_as_broken("a list of items is cut off")
        self.at += size
        return self.data[self.at - size : self.at]


def read_item_types(body: bytes) -> dict[int, bytes]:
    """Return the type of each item by its number, from an `iinf` box (14496-12, 8.11.6).

    Entries of old versions have no type. Only metadata use them, so they get the type `mime`.

    Raises:
        Unprocessable: the box is cut off, or has an item twice.

    """
    types: dict[int, bytes] = {}
    if not body:
        return types
    reader = _Reader(body)
    wide = reader.read(4) >> 24 != 0
    for _ in range(min(reader.read(4 if wide else 2), _MAX_ITEMS + 1)):
        start = reader.at
        length, name = reader.read(4), reader.take(4)
        version = reader.read(4) >> 24
        item = reader.read(4 if version == 3 else 2)
        reader.read(2)  # item_protection_index
        kind = reader.take(4) if version >= 2 else b"mime"
        if item in types or name != b"infe" or start + length < reader.at:
            refuse_as_broken("the list of items is not usable")
        types[item] = kind
        reader.at = start + length
    if len(types) > _MAX_ITEMS:
        refuse_as_broken("too many items")
    return types


def read_locations(body: bytes) -> dict[int, Extents]:
    """Return the place of each item, from an `iloc` box (14496-12, 8.11.3).

    Raises:
        Unprocessable: the box is cut off, has an item twice, or has too many items.

    """
    locations: dict[int, Extents] = {}
    if not body:
        return locations
    reader = _Reader(body)
    version = reader.read(4) >> 24
    sizes = reader.read(2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    wide = 4 if version == 2 else 2
    extents = 0
    for _ in range(min(reader.read(wide), _MAX_ITEMS + 1)):
        item = reader.read(wide)
        method = reader.read(2) & 15 if version else 0
        reader.read(2)  # data_reference_index
        base = reader.read(base_size)
        count = reader.read(2)
        extents += count
        if item in locations or extents > _MAX_EXTENTS or len(locations) >= _MAX_ITEMS:
            refuse_as_broken("the places of items are not usable")
        parts = []
        for _ in range(count):
            reader.read(index_size)
            offset = reader.read(offset_size)
            parts.append((base + offset, reader.read(length_size)))
        locations[item] = Extents(method, tuple(parts))
    return locations
