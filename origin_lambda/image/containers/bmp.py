"""Reads the header of a Windows bitmap (Microsoft, "Bitmap Storage")."""

import struct
from typing import Final

from origin_lambda.image.containers.structure import Structure, refuse_as_broken
from origin_lambda.image.geometry import Size

_RLE: Final = {1, 2}
_CORE_HEADER: Final = 12


def inspect(data: bytes) -> Structure:
    """Return what decoding a bitmap costs.

    Raises:
        Unprocessable: its header is broken.

    """
    try:
        (offset, length) = struct.unpack_from("<II", data, 10)
        if length == _CORE_HEADER:
            width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
            compression = 0
        else:
            width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    except struct.error:
        refuse_as_broken("the header is cut off")
    if width <= 0:
        refuse_as_broken(f"a width of {width}")
    size = Size(width, abs(height))
    if compression in _RLE:
        # A jump skips at most 255 rows, and Pillow fills them.
        return Structure(memory=6 * size.pixels + 512 * width, work=8 * size.pixels, size=size)
    needed = size.height * ((width * bits + 31) // 32 * 4)
    share = max(0, len(data) - offset) / max(needed, 1)
    return Structure(memory=8 * size.pixels, work=size.pixels, share=share, size=size)
