"""Inspects a file of any format."""

from origin_lambda.errors import CalotypeError
from origin_lambda.image.containers import bmp, gif, isobmff, jpeg, png, tiff, webp
from origin_lambda.image.containers.structure import Structure, broken
from origin_lambda.image.formats import Kind


def inspect(data: bytes, kind: Kind) -> Structure:
    """Return what decoding a file takes, and what its decoder does not tell.

    *data* may be its beginning only.

    Raises:
        NotAPicture: it uses what is not supported.
        Unprocessable: it is broken.

    """
    try:
        return _inspect(data, kind)
    except CalotypeError:
        raise
    except Exception as error:  # hostile bytes may lead anywhere
        raise broken(repr(error)) from error


def _inspect(data: bytes, kind: Kind) -> Structure:
    match kind:
        case Kind.JPEG:
            return jpeg.inspect(data)
        case Kind.PNG:
            return png.inspect(data)
        case Kind.GIF:
            return gif.inspect(data)
        case Kind.WEBP:
            return webp.inspect(data)
        case Kind.AVIF | Kind.HEIF:
            return isobmff.inspect(data, kind)
        case Kind.TIFF:
            return tiff.inspect(data)
        case Kind.BMP:
            return bmp.inspect(data)
        case Kind.SVG:
            return Structure()


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
