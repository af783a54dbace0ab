"""Cleans a file of any format."""

from importlib import import_module
from typing import Any, Final

from origin_lambda.errors import CalotypeError
from origin_lambda.image.cleaning.exif import KeptTags
from origin_lambda.image.containers.structure import refuse_as_broken
from origin_lambda.image.formats import Kind

_MODULES: Final = {
    Kind.JPEG: "jpeg",
    Kind.PNG: "png",
    Kind.GIF: "gif",
    Kind.WEBP: "webp",
    Kind.AVIF: "isobmff",
    Kind.HEIF: "isobmff",
    Kind.TIFF: "tiff",
    Kind.BMP: "bmp",
}


def clean(data: bytes, kind: Kind, tags: KeptTags) -> bytes:
    """Return a file without metadata except *tags*; its compressed pixels are not changed.

    At most two copies of *data* are in memory. SVG is not accepted: it is sanitised instead.

    Raises:
        NotAPicture: the file uses a feature that cannot be cleaned.
        Unprocessable: the file is broken, so metadata cannot be distinguished from pixels.

    """
    module: Any = import_module(f"{__package__}.{_MODULES[kind]}")
    try:
        cleaned: bytes = module.clean(data, tags)
    except CalotypeError:
        raise
    except Exception as error:  # noqa: BLE001 reason: hostile bytes can cause any error
        refuse_as_broken(repr(error))
    return cleaned
