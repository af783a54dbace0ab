"""Inspects a file of any format."""

from importlib import import_module
from typing import Any, Final

from origin_lambda.errors import CalotypeError
from origin_lambda.image.containers.structure import Structure, refuse_as_broken
from origin_lambda.image.formats import Kind

_MODULES: Final = {
    Kind.JPEG: "jpeg",
    Kind.PNG: "png",
    Kind.GIF: "gif",
    Kind.WEBP: "webp",
    Kind.AVIF: "avif",
    Kind.HEIF: "heif",
    Kind.TIFF: "tiff",
    Kind.BMP: "bmp",
}

_WITHOUT_COMMENTS: Final = {Kind.JPEG, Kind.PNG, Kind.GIF, Kind.WEBP}


def _module(kind: Kind) -> Any:
    """Return the module that reads a format, imported when there is a file of it."""
    return import_module(f"{__package__}.{_MODULES[kind]}")


def inspect(data: bytes, kind: Kind) -> Structure:
    """Return what decoding a file takes, and what its decoder does not tell.

    *data* may be its beginning only.

    Raises:
        NotAPicture: it uses what is not supported.
        Unprocessable: it is broken.

    """
    if kind is Kind.SVG:
        return Structure()
    try:
        structure: Structure = _module(kind).inspect(data)
    except CalotypeError:
        raise
    except Exception as error:  # noqa: BLE001 reason: hostile bytes may lead anywhere
        refuse_as_broken(repr(error))
    return structure


def without_comments(data: bytes, kind: Kind) -> bytes | None:
    """Return a file without metadata, its pixels as they are; None where that cannot be had."""
    if kind not in _WITHOUT_COMMENTS:
        return None
    bare: bytes | None = _module(kind).without_comments(data)
    return bare
