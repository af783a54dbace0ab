"""Decodes still WebP files by the libwebp of Pillow's wheel, which can shrink while it decodes.

Pillow reads every WebP as an animation: it draws on canvases of the full size, four bytes a pixel
(docs/decisions/0064). The structures are those of libwebp's `decode.h`, ABI 2.9.
"""

import ctypes
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import PIL
from PIL import Image

from origin_lambda.image.geometry import Size

_ABI: Final = 0x0209
"""WEBP_DECODER_ABI_VERSION. Another major version is refused by libwebp itself."""

_OK, _OUT_OF_MEMORY = 0, 1
_RGBA: Final = 1
_PLACES: Final = ("../pillow.libs/libwebp-*.so*", ".dylibs/libwebp.*.dylib")
"""Where the wheels for Linux and macOS have the library, relative to the package `PIL`."""


class _Features(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int) for name in ("width", "height", "alpha", "animation", "format")),
        ("_padding", ctypes.c_uint32 * 5),
    )


class _Plane(ctypes.Structure):
    _fields_ = (
        ("pixels", ctypes.c_void_p),
        ("stride", ctypes.c_int),
        ("bytes", ctypes.c_size_t),
    )


class _Planes(ctypes.Union):
    _fields_ = (("rgba", _Plane), ("_yuva", ctypes.c_size_t * 10))


class _Output(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int) for name in ("colours", "width", "height", "is_external")),
        ("planes", _Planes),
        ("_padding", ctypes.c_uint32 * 4),
        ("_private", ctypes.c_void_p),
    )


class _Options(ctypes.Structure):
    _fields_ = (
        ("_before", ctypes.c_int * 7),
        *((name, ctypes.c_int) for name in ("is_scaled", "width", "height")),
        ("_after", ctypes.c_int * 4),
        ("_padding", ctypes.c_uint32 * 5),
    )


class _Config(ctypes.Structure):
    _fields_ = (("features", _Features), ("output", _Output), ("options", _Options))


def decode_still(data: bytes, size: Size) -> Image.Image | None:
    """Return a still picture in RGBA, scaled to a *size*; None if Pillow has to read the file.

    Pillow reads animations. Where there is no wheel of Pillow, it reads all files.

    Raises:
        MemoryError: an allocation failed.
        OSError: the file is broken.

    """
    library = load_library()
    config = _Config()
    if library is None or not library.WebPInitDecoderConfigInternal(ctypes.byref(config), _ABI):
        return None
    length = ctypes.c_size_t(len(data))
    features = config.features
    failure = library.WebPGetFeaturesInternal(data, length, ctypes.byref(features), _ABI)
    if failure or features.animation:
        return None
    if size != (features.width, features.height):
        options = config.options
        options.is_scaled, options.width, options.height = 1, *size
    pixels = bytearray(4 * size.pixels)
    config.output.colours, config.output.is_external = _RGBA, 1
    first = ctypes.addressof(ctypes.c_char.from_buffer(pixels))
    config.output.planes.rgba = _Plane(first, 4 * size.width, len(pixels))
    failure = library.WebPDecode(data, length, ctypes.byref(config))
    if failure == _OUT_OF_MEMORY:
        raise MemoryError
    if failure != _OK:
        message = f"libwebp cannot decode it: status {failure}"
        raise OSError(message)
    return Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1)


@lru_cache(maxsize=1)
def load_library() -> Any:
    """Return the libwebp that Pillow itself has loaded, or None if it is not from a wheel."""
    package = Path(PIL.__file__).parent
    found = next((path for place in _PLACES for path in package.glob(place)), None)
    return ctypes.CDLL(str(found)) if found else None
