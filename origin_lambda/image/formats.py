"""The picture formats: their names, media types and abilities."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from origin_lambda.url.values import Format


class Kind(StrEnum):
    """The real format of an original, detected from its first bytes."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    AVIF = "avif"
    GIF = "gif"
    HEIF = "heif"
    TIFF = "tiff"
    BMP = "bmp"
    SVG = "svg"


MEDIA_TYPES: Final = {
    Kind.JPEG: "image/jpeg",
    Kind.PNG: "image/png",
    Kind.WEBP: "image/webp",
    Kind.AVIF: "image/avif",
    Kind.GIF: "image/gif",
    Kind.HEIF: "image/heic",
    Kind.TIFF: "image/tiff",
    Kind.BMP: "image/bmp",
    Kind.SVG: "image/svg+xml",
}

EXTENSIONS: Final = {kind: "jpg" if kind is Kind.JPEG else str(kind) for kind in Kind}


@dataclass(frozen=True, slots=True)
class Ability:
    """What a format of derivatives can hold; *max_side* is in pixels."""

    media_type: str
    extension: str
    alpha: bool
    animation: bool
    max_side: int


# Side limits: WebP's 14-bit fields (RFC 9649, 2.5), GIF's and JPEG's 16-bit ones (libjpeg's
# JPEG_MAX_DIMENSION), the sides that libavif decodes (avif.h,
# AVIF_DEFAULT_IMAGE_DIMENSION_LIMIT); PNG's 31-bit one never matters here.
ABILITIES: Final = {
    Format.AVIF: Ability("image/avif", "avif", alpha=True, animation=True, max_side=32_768),
    Format.WEBP: Ability("image/webp", "webp", alpha=True, animation=True, max_side=16_383),
    Format.JPEG: Ability("image/jpeg", "jpg", alpha=False, animation=False, max_side=65_500),
    Format.PNG: Ability("image/png", "png", alpha=True, animation=True, max_side=65_535),
    Format.PNG8: Ability("image/png", "png", alpha=True, animation=False, max_side=65_535),
    Format.GIF: Ability("image/gif", "gif", alpha=True, animation=True, max_side=65_535),
}

SAME: Final = {
    Kind.JPEG: Format.JPEG,
    Kind.PNG: Format.PNG,
    Kind.WEBP: Format.WEBP,
    Kind.AVIF: Format.AVIF,
    Kind.GIF: Format.GIF,
}
"""The output format that equals the kind of an original, if browsers can show it."""

PLAIN: Final = frozenset({Format.JPEG, Format.PNG, Format.PNG8, Format.GIF})
"""The formats that every browser can show."""
