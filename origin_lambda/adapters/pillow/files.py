"""Opens files with the Pillow plugin of their kind, and reads their EXIF."""

import importlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from PIL import Image, ImageFile

from origin_lambda.errors import CalotypeError, NotAPicture, Unprocessable
from origin_lambda.image.containers.structure import Structure
from origin_lambda.image.formats import Kind

# A picture whose end is missing is shown up to where it is cut off.
ImageFile.LOAD_TRUNCATED_IMAGES = True
# `probe.check` refuses pictures that are too large, by the same header and with a better message.
Image.MAX_IMAGE_PIXELS = None
# The plugin of each format is imported by name below. Before Pillow saves a file, it would also
# import its first five plugins, which takes 7 ms. With this value it does not. For an unknown
# format it still searches all plugins.
Image._initialized = max(Image._initialized, 1)  # noqa: SLF001 reason: Pillow has no other way

_READERS: Final = {
    Kind.JPEG: ("PIL.JpegImagePlugin", "JpegImageFile"),
    Kind.PNG: ("PIL.PngImagePlugin", "PngImageFile"),
    Kind.WEBP: ("PIL.WebPImagePlugin", "WebPImageFile"),
    Kind.AVIF: ("pillow_avif.AvifImagePlugin", "AvifImageFile"),
    Kind.GIF: ("PIL.GifImagePlugin", "GifImageFile"),
    Kind.TIFF: ("PIL.TiffImagePlugin", "TiffImageFile"),
    Kind.BMP: ("PIL.BmpImagePlugin", "BmpImageFile"),
    Kind.HEIF: ("pillow_heif.as_plugin", "HeifImageFile"),
}


@contextmanager
def refuse_broken_original() -> Iterator[None]:
    """Turn any exception of a decoder into a refusal: hostile bytes can cause every kind.

    Raises:
        Unprocessable: a decoder failed.

    """
    try:
        yield
    except (CalotypeError, GeneratorExit, MemoryError):
        raise
    except Exception as error:
        message = "the original is broken"
        raise Unprocessable(message, detail=repr(error)) from error


def open_image(kind: Kind, data: bytes) -> ImageFile.ImageFile:
    """Open a file and read only its header; a broken file can raise any exception.

    Raises:
        NotAPicture: there is no reader for this *kind*.

    """
    if kind not in _READERS:
        message = f"a picture of kind {kind} has no pixels to change"
        raise NotAPicture(message)
    module, name = _READERS[kind]
    reader: Callable[[io.BytesIO], ImageFile.ImageFile]
    reader = getattr(importlib.import_module(module), name)
    image = reader(io.BytesIO(data))
    # Without an orientation in EXIF, Pillow uses the one in XMP. Browsers do not: programs that
    # turn the pixels often leave it in XMP.
    for name in ("xmp", "XML:com.adobe.xmp"):
        image.info.pop(name, None)
    return image


def open_still(kind: Kind, data: bytes, structure: Structure) -> ImageFile.ImageFile:
    """Open a file for its first picture.

    An APNG gives its default image. A WebP animation that cannot be opened gives its first frame.
    """
    if kind is Kind.PNG and (structure.is_broken_animation or (structure.frames or 1) > 1):
        from origin_lambda.image.containers import png

        return open_image(kind, png.remove_animation(data))
    try:
        return open_image(kind, data)
    except OSError:
        if kind is not Kind.WEBP:
            raise
        from origin_lambda.image.containers import webp

        first = webp.extract_first_frame(data)
        if first is None:
            raise
        return open_image(kind, first.file)


def read_exif(image: ImageFile.ImageFile) -> Any:
    """Return the EXIF tags by number.

    Tags after the pixels of a PNG are left out: Pillow would decode all pixels to find them. A file
    without tags does not need Pillow's names of tags, which take 3 ms to import.
    """
    if image.format != "TIFF" and "exif" not in image.info:
        return {}
    return image.getexif()
