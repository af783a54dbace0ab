"""Writes WebP files by the libwebp of Pillow's wheel, with options that Pillow does not offer.

The structures are those of libwebp's `encode.h`, ABI 2.15, and have not changed since in the same
major version (docs/decisions/0068).
"""

import ctypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from PIL import Image

from origin_lambda.adapters.pillow.webp import load_library
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.quality import Tuning
from origin_lambda.url.values import Profile

_ABI: Final = 0x020F
"""WEBP_ENCODER_ABI_VERSION. Another major version is refused by libwebp itself."""

_OUT_OF_MEMORY: Final = frozenset({1, 2})
"""VP8_ENC_ERROR_OUT_OF_MEMORY and VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY."""

_COMMON: Final = {"method": 6, "filter_sharpness": 7}
"""The deblocking filter spares edges at sharpness 7: two per cent fewer bytes for a score."""

_OPTIONS: Final[Mapping[Tuning, Mapping[str, int]]] = {
    Tuning.USUAL: {},
    Tuning.COLOURS: {"use_sharp_yuv": 1},
    Tuning.EVEN: {"segments": 1},
    Tuning.TEXTURE: {"sns_strength": 80},
}
"""Options of `WebPConfig`; `sns_strength` moves bits to flat areas."""


class _Config(ctypes.Structure):
    _fields_ = (
        ("lossless", ctypes.c_int),
        ("quality", ctypes.c_float),
        ("method", ctypes.c_int),
        ("_hint_and_size", ctypes.c_int * 2),
        ("_psnr", ctypes.c_float),
        *((name, ctypes.c_int) for name in ("segments", "sns_strength")),
        *((f"filter_{name}", ctypes.c_int) for name in ("strength", "sharpness", "type")),
        ("_autofilter_to_delta_palette", ctypes.c_int * 15),
        ("use_sharp_yuv", ctypes.c_int),
        ("_limits", ctypes.c_int * 2),
    )


class _Picture(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int) for name in ("use_argb", "colorspace", "width", "height")),
        ("_planes", ctypes.c_void_p * 3),
        ("_strides", ctypes.c_int * 2),
        ("_alpha", ctypes.c_void_p),
        ("_alpha_stride", ctypes.c_int),
        ("_padding1", ctypes.c_uint32 * 2),
        ("_argb", ctypes.c_void_p),
        ("_argb_stride", ctypes.c_int),
        ("_padding2", ctypes.c_uint32 * 3),
        ("writer", ctypes.c_void_p),
        ("custom_ptr", ctypes.c_void_p),
        ("_extra_type", ctypes.c_int),
        ("_extra_and_statistics", ctypes.c_void_p * 2),
        ("error_code", ctypes.c_int),
        ("_hook_and_data", ctypes.c_void_p * 2),
        ("_padding3", ctypes.c_uint32 * 3),
        ("_padding4", ctypes.c_void_p * 2),
        ("_padding5", ctypes.c_uint32 * 8),
        ("_memory", ctypes.c_void_p * 4),
    )


class _Writer(ctypes.Structure):
    _fields_ = (
        ("bytes", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("_max_size", ctypes.c_size_t),
        ("_padding", ctypes.c_uint32),
    )


def write_webp(image: Image.Image, encoding: Encoding) -> bytes | None:
    """Return a lossy WebP of an image in RGB or RGBA; None if Pillow has to write it.

    Pillow writes lossless files, those with credits or a profile, and what libwebp refuses. Where
    there is no wheel of Pillow, it writes all files.

    Raises:
        MemoryError: an allocation failed.

    """
    has_extras = encoding.artist or encoding.copyright or encoding.profile is not Profile.STRIP
    library = load_library()
    if library is None or encoding.lossless or has_extras or image.mode not in {"RGB", "RGBA"}:
        return None
    config = _Config()
    quality = ctypes.c_float(encoding.quality)
    if not library.WebPConfigInitInternal(ctypes.byref(config), 0, quality, _ABI):
        return None
    for name, value in {**_COMMON, **_OPTIONS[encoding.tuning]}.items():
        setattr(config, name, value)
    with _allocate(library, image) as (picture, writer):
        pixels, stride = image.tobytes(), len(image.mode) * image.width
        fill = getattr(library, f"WebPPictureImport{image.mode}")
        if not fill(ctypes.byref(picture), pixels, stride):
            raise MemoryError
        if library.WebPEncode(ctypes.byref(config), ctypes.byref(picture)):
            return ctypes.string_at(writer.bytes, writer.size)
        if picture.error_code in _OUT_OF_MEMORY:
            raise MemoryError
        return None


@contextmanager
def _allocate(library: Any, image: Image.Image) -> Iterator[tuple[_Picture, _Writer]]:
    """Yield a picture of the image's size, and what its file is written to; free their memory."""
    picture, writer = _Picture(), _Writer()
    library.WebPPictureInitInternal(ctypes.byref(picture), _ABI)
    library.WebPMemoryWriterInit(ctypes.byref(writer))
    picture.use_argb = 1  # the conversion to YUV depends on the options
    picture.width, picture.height = image.size
    picture.writer = ctypes.cast(library.WebPMemoryWrite, ctypes.c_void_p)
    picture.custom_ptr = ctypes.addressof(writer)
    try:
        yield picture, writer
    finally:
        library.WebPPictureFree(ctypes.byref(picture))
        library.WebPMemoryWriterClear(ctypes.byref(writer))
