"""Inspects a file of any format."""

from collections.abc import Callable
from functools import partial
from typing import Final

from origin_lambda.errors import CalotypeError
from origin_lambda.image.containers import bmp, gif, isobmff, jpeg, png, tiff, webp
from origin_lambda.image.containers.structure import Structure, refuse_as_broken
from origin_lambda.image.formats import Kind

_INSPECTORS: Final[dict[Kind, Callable[[bytes], Structure]]] = {
    Kind.JPEG: jpeg.inspect,
    Kind.PNG: png.inspect,
    Kind.GIF: gif.inspect,
    Kind.WEBP: webp.inspect,
    Kind.AVIF: partial(isobmff.inspect, kind=Kind.AVIF),
    Kind.HEIF: partial(isobmff.inspect, kind=Kind.HEIF),
    Kind.TIFF: tiff.inspect,
    Kind.BMP: bmp.inspect,
    Kind.SVG: lambda _: Structure(),
}


def inspect(data: bytes, kind: Kind) -> Structure:
    """Return what decoding a file takes, and what its decoder does not tell.

    *data* may be its beginning only.

    Raises:
        NotAPicture: it uses what is not supported.
        Unprocessable: it is broken.

    """
    try:
        return _INSPECTORS[kind](data)
    except CalotypeError:
        raise
    except Exception as error:  # noqa: BLE001 reason: hostile bytes may lead anywhere
        refuse_as_broken(repr(error))


def without_comments(data: bytes, kind: Kind) -> bytes | None:
    """Return a file without metadata, its pixels as they are; None where that cannot be had."""
    match kind:
        case Kind.JPEG:
            return jpeg.without_comments(data)
        case Kind.PNG:
            return png.without_comments(data)
        case Kind.GIF:
            return gif.without_comments(data)
        case Kind.WEBP:
            return webp.without_comments(data)
        case _:
            return None
