"""Writes files with libraries that take longer than Pillow and need fewer bytes.

jpegli chooses quantisation by what the eye sees, mozjpeg the scans of a progressive file, oxipng
the filters of a PNG, and libwebp has options that Pillow does not offer. Where one is not
installed, the file stays as Pillow writes it.
"""

from contextlib import suppress
from typing import Any

from PIL import Image

from origin_lambda.adapters.pillow.slow_webp import write_webp
from origin_lambda.image.cleaning.exif import KeptTags
from origin_lambda.image.encoding import Encoding
from origin_lambda.url.values import Chroma, Format


def write(image: Image.Image, encoding: Encoding) -> bytes | None:
    """Return a still picture as a JPEG or WebP; None if Pillow has to write it.

    Raises:
        MemoryError: an allocation failed.

    """
    match encoding.format:
        case Format.JPEG:
            return _write_jpeg(image, encoding)
        case Format.WEBP:
            return write_webp(image, encoding)
        case _:
            return None


def _write_jpeg(image: Image.Image, encoding: Encoding) -> bytes | None:
    """Return a JPEG by jpegli, with the credits; None if jpegli cannot write such a file.

    Its bindings write colours at a quarter of the resolution, and no density.
    """
    is_usual = image.mode == "RGB" and encoding.chroma is Chroma.QUARTER and not encoding.density
    if not is_usual:
        return None
    try:
        import pyjpegli
    except ImportError:
        return None
    body: bytes = pyjpegli.encode(image.tobytes(), *image.size, encoding.quality)
    if encoding.artist or encoding.copyright:
        from origin_lambda.image.cleaning.jpeg import clean  # few originals have credits

        body = clean(body, KeptTags(1, encoding.artist, encoding.copyright))
    return optimise_file(body, Format.JPEG)


def optimise_file(body: bytes, output: Format) -> bytes:
    """Return the smallest file with the same pixels and metadata that is found."""
    optimised: Any = body
    with suppress(ImportError):
        if output is Format.JPEG:
            import mozjpeg_lossless_optimization as mozjpeg

            optimised = mozjpeg.optimize(body, copy=mozjpeg.COPY_MARKERS.ALL)
        elif output in {Format.PNG, Format.PNG8}:
            import oxipng

            optimised = oxipng.optimize_from_memory(body, level=4)
    return min(body, bytes(optimised), key=len)
