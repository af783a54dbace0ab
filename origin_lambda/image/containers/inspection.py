"""Inspects the structure of a file of any format."""

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

_WITH_REMOVABLE_METADATA: Final = {Kind.JPEG, Kind.PNG, Kind.GIF, Kind.WEBP}


def _module(kind: Kind) -> Any:
    """Return the module that reads a format, imported when it is first needed."""
    return import_module(f"{__package__}.{_MODULES[kind]}")


def inspect(data: bytes, kind: Kind) -> Structure:
    """Return the cost of decoding a file, and facts that its decoder does not report.

    *data* can be the beginning of the file only.

    Raises:
        NotAPicture: the file uses a feature that is not supported.
        Unprocessable: the file is broken.

    """
    if kind is Kind.SVG:
        return Structure()
    try:
        structure: Structure = _module(kind).inspect(data)
    except CalotypeError:
        raise
    except Exception as error:  # noqa: BLE001 reason: hostile bytes can cause any exception
        refuse_as_broken(repr(error))
    return structure


def remove_metadata(data: bytes, kind: Kind) -> bytes | None:
    """Return a file with the same pixels and no metadata, or None if that is not possible."""
    if kind not in _WITH_REMOVABLE_METADATA:
        return None
    bare: bytes | None = _module(kind).remove_metadata(data)
    return bare
