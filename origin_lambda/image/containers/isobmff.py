"""Reads the boxes of AVIF and HEIF (ISO/IEC 14496-12 and 23008-12)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from origin_lambda.image.containers.bits import Bits
from origin_lambda.image.containers.colour import ColourSpace, from_code_points
from origin_lambda.image.containers.structure import Structure, refuse_as_broken
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size

_MOST_BOXES: Final = 20_000
_MOST_DEPTH: Final = 8
_MOST_ITEMS: Final = 2_000
_CONTAINERS: Final = {
    b"meta": 4, b"iprp": 0, b"ipco": 0, b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0,
    b"stsd": 8, b"av01": 78, b"hvc1": 78, b"hev1": 78, b"dinf": 0, b"edts": 0,
}  # fmt: skip
"""Boxes that hold boxes, and how many bytes come before those."""

_PIXEL_BYTES: Final = {Kind.AVIF: 13, Kind.HEIF: 11}


@dataclass(slots=True)
class _Found:
    """What the boxes say of sizes: of *images* (one canvas each), and of how many *items*."""

    images: list[Size] = field(default_factory=list)
    items: int = 0
    colour: ColourSpace | None = None
    has_profile: bool = False
    extents: list[tuple[int, int]] = field(default_factory=list)
    boxes: int = 0


def inspect(data: bytes, kind: Kind) -> Structure:
    """Return what decoding an AVIF or a HEIF takes: by the largest picture that any of it says.

    Raises:
        Unprocessable: it has too many items, or a picture far larger than it says.

    """
    found = _Found()
    _walk(data, 0, len(data), found, 0)
    if found.items > _MOST_ITEMS:
        refuse_as_broken(f"{found.items} items")
    sizes = list(found.images)
    if kind is Kind.AVIF:
        for start, length in found.extents[:_MOST_ITEMS]:
            size = _av1_size(data[start : start + min(length, 64)])
            sizes += [size] if size else []
    largest = max((size.pixels for size in sizes), default=0)
    return Structure(
        memory=_PIXEL_BYTES[kind] * largest,
        work=largest * max(1, min(found.items, 100)) if found.items <= 1 else 2 * largest,
        colour=None if found.has_profile else found.colour,
    )


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name of each box, and where its content begins and ends."""
    while at + 8 <= end:
        (length,) = struct.unpack_from(">I", data, at)
        name, start = data[at + 4 : at + 8], at + 8
        if length == 1 and at + 16 <= end:
            (length,) = struct.unpack_from(">Q", data, at + 8)
            start = at + 16
        elif length == 0:
            length = end - at
        if length < start - at:
            return
        yield name, start, min(at + length, end)
        at += length


def _walk(data: bytes, at: int, end: int, found: _Found, depth: int) -> None:
    for name, start, stop in _boxes(data, at, end):
        found.boxes += 1
        if found.boxes > _MOST_BOXES:
            refuse_as_broken("too many boxes")
        body = data[start : min(stop, start + 100_000)] if name in _READ else b""
        if name in _READ:
            _READ[name](body, found)
        if name in _CONTAINERS and depth < _MOST_DEPTH:
            _walk(data, start + _CONTAINERS[name], stop, found, depth + 1)


def _ispe(body: bytes, found: _Found) -> None:
    if len(body) >= 12:
        found.images.append(Size(*struct.unpack_from(">II", body, 4)))


def _sample_entry(body: bytes, found: _Found) -> None:
    if len(body) >= 28:
        found.images.append(Size(*struct.unpack_from(">HH", body, 24)))


def _av1c(body: bytes, found: _Found) -> None:
    size = _av1_size(body[4:])
    found.images += [size] if size else []


def _hvcc(body: bytes, found: _Found) -> None:
    """Read the parameter sets of an HEVC configuration (ISO/IEC 14496-15, 8.3.3.1)."""
    at = 23
    for _ in range(body[22] if len(body) > 22 else 0):
        count = int.from_bytes(body[at + 1 : at + 3], "big")
        at += 3
        for _ in range(min(count, 64)):
            length = int.from_bytes(body[at : at + 2], "big")
            size = _hevc_size(body[at + 2 : at + 2 + length])
            found.images += [size] if size else []
            at += 2 + length


def _colr(body: bytes, found: _Found) -> None:
    if body[:4] in {b"prof", b"rICC"}:
        found.has_profile = True
    elif body[:4] == b"nclx" and len(body) >= 11 and found.colour is None:
        primaries, transfer, _ = struct.unpack_from(">HHH", body, 4)
        found.colour = from_code_points(primaries, transfer)


def _iinf(body: bytes, found: _Found) -> None:
    wide = bool(body[:1] and body[0])
    found.items += int.from_bytes(body[4:8] if wide else body[4:6], "big")


def _iloc(body: bytes, found: _Found) -> None:
    """Read where the items lie (ISO/IEC 14496-12, 8.11.3)."""
    if len(body) < 8:
        return
    version = body[0]
    offset_size, length_size = body[4] >> 4, body[4] & 15
    base_size, index_size = body[5] >> 4, (body[5] & 15) if version else 0
    wide = 4 if version == 2 else 2
    at = 6 + wide
    for _ in range(min(int.from_bytes(body[6 : 6 + wide], "big"), _MOST_ITEMS)):
        at += wide + (2 if version else 0) + 2
        base = int.from_bytes(body[at : at + base_size], "big")
        at += base_size
        count = int.from_bytes(body[at : at + 2], "big")
        at += 2
        for _ in range(min(count, 256)):
            at += index_size
            offset = int.from_bytes(body[at : at + offset_size], "big")
            at += offset_size
            length = int.from_bytes(body[at : at + length_size], "big")
            at += length_size
            if at > len(body):
                return
            found.extents.append((base + offset, length or 64))


_READ: Final = {
    b"ispe": _ispe, b"av01": _sample_entry, b"hvc1": _sample_entry, b"hev1": _sample_entry,
    b"av1C": _av1c, b"hvcC": _hvcc, b"colr": _colr, b"iinf": _iinf, b"iloc": _iloc,
}  # fmt: skip


def _av1_size(data: bytes) -> Size | None:
    """Return the largest frame of the AV1 sequence that data begin with, None if there is none."""
    at = 0
    while at + 2 < len(data):
        header = data[at]
        at += 1 + (header >> 2 & 1)
        length, shift = 0, 0
        if header & 2:
            while at < len(data) and shift < 35:
                length |= (data[at] & 0x7F) << shift
                shift += 7
                at += 1
                if not data[at - 1] & 0x80:
                    break
        else:
            length = len(data) - at
        if header >> 3 & 15 == 1:
            return _sequence_size(data[at : at + length])
        at += length
    return None


def _sequence_size(body: bytes) -> Size | None:
    """Return the size in a sequence header (AV1 specification, 5.5.1)."""
    bits = Bits(body)
    try:
        bits.read(3)  # seq_profile
        bits.read(1)  # still_picture
        if bits.read(1):  # reduced_still_picture_header
            bits.read(5)
        elif not _skip_operating_points(bits):
            return None
        across, down = bits.read(4) + 1, bits.read(4) + 1
        return Size(bits.read(across) + 1, bits.read(down) + 1)
    except EOFError:
        return None


def _skip_operating_points(bits: Bits) -> bool:
    """Read up to the size; False where a decoder model comes before it, which stills have not."""
    if bits.read(1):  # timing_info_present_flag
        bits.read(32)
        bits.read(32)
        if bits.read(1):
            bits.read_exp_golomb()
        if bits.read(1):  # decoder_model_info_present_flag
            return False
    delays = bits.read(1)
    for _ in range(bits.read(5) + 1):
        bits.read(12)
        if bits.read(5) > 7:
            bits.read(1)
        if delays and bits.read(1):
            bits.read(4)
    return True


def _hevc_size(unit: bytes) -> Size | None:
    """Return the size in a sequence parameter set, None of another unit (H.265, 7.3.2.2)."""
    if len(unit) < 4 or unit[0] >> 1 & 63 != 33:
        return None
    bits = Bits(unit[2:200].replace(b"\0\0\3", b"\0\0"))
    try:
        bits.read(4)
        layers = bits.read(3)
        bits.read(1)
        bits.read(96)  # general profile, tier and level
        flags = [(bits.read(1), bits.read(1)) for _ in range(layers)]
        if layers:
            bits.read(2 * (8 - layers))
        for has_profile, has_level in flags:
            bits.read(88 * has_profile + 8 * has_level)
        bits.read_exp_golomb()
        if bits.read_exp_golomb() == 3:
            bits.read(1)
        return Size(bits.read_exp_golomb(), bits.read_exp_golomb())
    except EOFError:
        return None
