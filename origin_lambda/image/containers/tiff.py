"""Reads the first directory of a TIFF (TIFF 6.0)."""

import struct
from typing import Final

from origin_lambda.image.containers.structure import (
    Structure,
    refuse_as_broken,
    refuse_as_unsupported,
)
from origin_lambda.image.geometry import Size

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_STRIP_OFFSETS, _SAMPLES, _ROWS_PER_STRIP, _STRIP_COUNTS = 273, 277, 278, 279
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_COUNTS = 322, 323, 324, 325
_SAMPLE_FORMAT: Final = 339
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 16: 8}
_LETTERS: Final = {1: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 16: "Q"}

_COMPRESSIONS: Final = {1, 2, 3, 4, 5, 7, 8, 32773, 32946, 34925, 50000, 50001}
_OLD_JPEG: Final = 6
_PHOTOMETRICS: Final = {0, 1, 2, 3, 5, 6}
_NAMES: Final = {4: "a TIFF mask", 8: "a TIFF in Lab", 9: "a TIFF in Lab", 10: "a TIFF in Lab"}
_FORMATS: Final = {2: "a TIFF of signed integers", 3: "a TIFF of floating-point numbers"}
_FORMAT_UNDEFINED: Final = 4
_MAX_PIECES: Final = 150_000


def inspect(data: bytes) -> Structure:
    """Return what decoding a TIFF costs.

    Raises:
        NotAPicture: its samples, colours or compression are not supported.
        Unprocessable: it is broken.

    """
    tags = _read_directory(data)
    size = Size(_first_value(tags, _WIDTH, 0), _first_value(tags, _HEIGHT, 0))
    _check_supported(tags)
    samples = _first_value(tags, _SAMPLES, 1)
    bits = _first_value(tags, _BITS, 1)
    piece, count = _largest_piece(tags, size, samples, bits)
    offsets = tags.get(_TILE_OFFSETS) or tags.get(_STRIP_OFFSETS) or ()
    if len(offsets) > _MAX_PIECES:
        refuse_as_broken(f"{len(offsets)} pieces")
    share = 1.0
    if _first_value(tags, _COMPRESSION, 1) == 1:
        counts = tags.get(_TILE_COUNTS) or tags.get(_STRIP_COUNTS) or (piece,) * len(offsets)
        present = sum(
            max(0, min(start + min(length, piece), len(data)) - start)
            for start, length in zip(offsets, counts, strict=False)
        )
        share = 8 * present / max(1, size.pixels * samples * bits)
    # libtiff makes RGBX of tiles and strips; Pillow copies that.
    return Structure(
        memory=8 * size.pixels + 3 * piece + 300 * len(offsets),
        work=size.pixels + count * min(piece, 100_000_000),
        share=share,
        size=size,
    )


def _check_supported(tags: dict[int, tuple[int, ...]]) -> None:
    """Refuse a TIFF that would be decoded to wrong pixels.

    Raises:
        NotAPicture: its samples, colours or compression are not supported.

    """
    formats = set(tags.get(_SAMPLE_FORMAT, (1,)))
    for number in formats - {1, _FORMAT_UNDEFINED}:
        refuse_as_unsupported(_FORMATS.get(number, "a TIFF of complex numbers"))
    bits = set(tags.get(_BITS, (1,)))
    if len(bits) > 1 or not bits <= {1, 2, 4, 8, 16}:
        what = f"a TIFF of {max(bits)} bits a sample"
        refuse_as_unsupported(what)
    photometric = _first_value(tags, _PHOTOMETRIC, 1)
    if photometric not in _PHOTOMETRICS:
        refuse_as_unsupported(_NAMES.get(photometric, "a TIFF of raw or logarithmic samples"))
    compression = _first_value(tags, _COMPRESSION, 1)
    if compression == _OLD_JPEG:
        refuse_as_unsupported("a TIFF with JPEG of the old kind")
    if compression not in _COMPRESSIONS:
        refuse_as_unsupported("the compression of this TIFF")


def _largest_piece(
    tags: dict[int, tuple[int, ...]], size: Size, samples: int, bits: int
) -> tuple[int, int]:
    """Return the decompressed bytes of the largest strip or tile, and the number of them."""
    if _TILE_WIDTH in tags or _TILE_HEIGHT in tags:
        width, height = _first_value(tags, _TILE_WIDTH, 0), _first_value(tags, _TILE_HEIGHT, 0)
        if not (width and height):
            refuse_as_broken("tiles without a size")
        count = -(-size.width // width) * -(-size.height // height)
    else:
        width = size.width
        height = min(_first_value(tags, _ROWS_PER_STRIP, size.height) or size.height, size.height)
        count = -(-size.height // max(height, 1))
    # A tile or strip in YCbCr or JPEG becomes four bytes a pixel.
    return width * height * max(4, samples * max(bits, 8) // 8), count


def _read_directory(data: bytes) -> dict[int, tuple[int, ...]]:
    """Return the whole numbers of the first directory, by tag.

    Raises:
        Unprocessable: it does not lie within the file.

    """
    order = "<" if data[:2] == b"II" else ">"
    try:
        (at,) = struct.unpack_from(f"{order}I", data, 4)
        (count,) = struct.unpack_from(f"{order}H", data, at)
        entries = [struct.unpack_from(f"{order}HHI4s", data, at + 2 + 12 * n) for n in range(count)]
    except struct.error:
        refuse_as_broken("the directory is cut off")
    tags: dict[int, tuple[int, ...]] = {}
    for tag, kind, number, value in entries:
        if kind not in _LETTERS:
            continue
        length = number * _SIZES[kind]
        body = value[:length]
        if length > 4:
            (start,) = struct.unpack(f"{order}I", value)
            body = data[start : start + length]
        present = min(number, len(body) // _SIZES[kind])
        if tag in _TAGS and present:
            tags.setdefault(tag, struct.unpack_from(f"{order}{present}{_LETTERS[kind]}", body))
    return tags


_TAGS: Final = {
    _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _STRIP_OFFSETS, _SAMPLES, _ROWS_PER_STRIP,
    _STRIP_COUNTS, _TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_COUNTS, _SAMPLE_FORMAT,
}  # fmt: skip


def _first_value(tags: dict[int, tuple[int, ...]], tag: int, default: int) -> int:
    return max(0, tags.get(tag, (default,))[0])
