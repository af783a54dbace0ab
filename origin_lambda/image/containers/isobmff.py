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

_MAX_BOXES: Final = 20_000
_MAX_DEPTH: Final = 8
_MAX_ITEMS: Final = 2_000
_CONTAINERS: Final = {
    b"meta": 4, b"iprp": 0, b"ipco": 0, b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0,
    b"stsd": 8, b"av01": 78, b"hvc1": 78, b"hev1": 78, b"dinf": 0, b"edts": 0,
}  # fmt: skip
"""Boxes that contain boxes, and how many bytes come before the inner ones."""

_PIXEL_BYTES: Final = {Kind.AVIF: 13, Kind.HEIF: 11}


@dataclass(slots=True)
class _BoxFacts:
    """What the boxes say: the sizes of *images*, the number of *items*, and where those lie."""

    images: list[Size] = field(default_factory=list)
    items: int = 0
    colour: ColourSpace | None = None
    has_profile: bool = False
    extents: list[tuple[int, int]] = field(default_factory=list)
    boxes: int = 0


def inspect(data: bytes, kind: Kind) -> Structure:
    """Return what decoding an AVIF or a HEIF costs, by the largest size that any box declares.

    Raises:
        Unprocessable: the file has too many items or boxes.

    """
    facts = _BoxFacts()
    _walk(data, 0, len(data), facts, 0)
    if facts.items > _MAX_ITEMS:
        refuse_as_broken(f"{facts.items} items")
    sizes = list(facts.images)
    if kind is Kind.AVIF:
        for start, length in facts.extents[:_MAX_ITEMS]:
            size = _read_av1_size(data[start : start + min(length, 64)])
            sizes += [size] if size else []
    largest = max((size.pixels for size in sizes), default=0)
    return Structure(
        memory=_PIXEL_BYTES[kind] * largest,
        work=largest * max(1, min(facts.items, 100)) if facts.items <= 1 else 2 * largest,
        colour=None if facts.has_profile else facts.colour,
    )


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name of each box, and the offsets of its content's start and end."""
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


def _walk(data: bytes, at: int, end: int, facts: _BoxFacts, depth: int) -> None:
    for name, start, stop in _boxes(data, at, end):
        facts.boxes += 1
        if facts.boxes > _MAX_BOXES:
            refuse_as_broken("too many boxes")
        body = data[start : min(stop, start + 100_000)] if name in _READERS else b""
        if name in _READERS:
            _READERS[name](body, facts)
        if name in _CONTAINERS and depth < _MAX_DEPTH:
            _walk(data, start + _CONTAINERS[name], stop, facts, depth + 1)


def _read_ispe(body: bytes, facts: _BoxFacts) -> None:
    if len(body) >= 12:
        facts.images.append(Size(*struct.unpack_from(">II", body, 4)))


def _read_sample_entry(body: bytes, facts: _BoxFacts) -> None:
    if len(body) >= 28:
        facts.images.append(Size(*struct.unpack_from(">HH", body, 24)))


def _read_av1c(body: bytes, facts: _BoxFacts) -> None:
    size = _read_av1_size(body[4:])
    facts.images += [size] if size else []


def _read_hvcc(body: bytes, facts: _BoxFacts) -> None:
    """Read the parameter sets of an HEVC configuration (ISO/IEC 14496-15, 8.3.3.1)."""
    at = 23
    for _ in range(body[22] if len(body) > 22 else 0):
        count = int.from_bytes(body[at + 1 : at + 3], "big")
        at += 3
        for _ in range(min(count, 64)):
            length = int.from_bytes(body[at : at + 2], "big")
            size = _read_hevc_size(body[at + 2 : at + 2 + length])
            facts.images += [size] if size else []
            at += 2 + length


def _read_colr(body: bytes, facts: _BoxFacts) -> None:
    if body[:4] in {b"prof", b"rICC"}:
        facts.has_profile = True
    elif body[:4] == b"nclx" and len(body) >= 11 and facts.colour is None:
        primaries, transfer, _ = struct.unpack_from(">HHH", body, 4)
        facts.colour = from_code_points(primaries, transfer)


def _read_iinf(body: bytes, facts: _BoxFacts) -> None:
    wide = bool(body[:1] and body[0])
    facts.items += int.from_bytes(body[4:8] if wide else body[4:6], "big")


def _read_iloc(body: bytes, facts: _BoxFacts) -> None:
    """Read the offsets of the items (ISO/IEC 14496-12, 8.11.3)."""
    if len(body) < 8:
        return
    version = body[0]
    offset_size, length_size = body[4] >> 4, body[4] & 15
    base_size, index_size = body[5] >> 4, (body[5] & 15) if version else 0
    wide = 4 if version == 2 else 2
    at = 6 + wide
    for _ in range(min(int.from_bytes(body[6 : 6 + wide], "big"), _MAX_ITEMS)):
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
            facts.extents.append((base + offset, length or 64))


_READERS: Final = {
    b"ispe": _read_ispe, b"av01": _read_sample_entry, b"hvc1": _read_sample_entry,
    b"hev1": _read_sample_entry, b"av1C": _read_av1c, b"hvcC": _read_hvcc, b"colr": _read_colr,
    b"iinf": _read_iinf, b"iloc": _read_iloc,
}  # fmt: skip


def _read_av1_size(data: bytes) -> Size | None:
    """Return the frame size of the first AV1 sequence header in *data*, or None."""
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
            return _read_sequence_size(data[at : at + length])
        at += length
    return None


def _read_sequence_size(body: bytes) -> Size | None:
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
    """Skip the fields before the size; return False at a decoder model: stills have none."""
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


def _read_hevc_size(unit: bytes) -> Size | None:
    """Return the size in a sequence parameter set (H.265, 7.3.2.2); None for another unit."""
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
