"""Measures originals with Pillow: makes small copies of them, and reads their headers.

`image.analysis` computes the measurements from the copies' pixels in plain Python, since importing
numpy takes 0.2 s and 31 MB.
"""

import io
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from blurhash_rs import blurhash_encode
from PIL import Image, ImageChops, ImageFile, ImageFilter, ImageOps

from origin_lambda.adapters.pillow.files import open_image, read_exif
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.adapters.pillow.ssimulacra2 import score
from origin_lambda.image.analysis.measure import (
    Description,
    FocalPoint,
    Likeness,
    Measurements,
    Swatch,
)
from origin_lambda.image.analysis.saliency import find_focal_point, find_peak
from origin_lambda.image.analysis.swatches import choose_swatches
from origin_lambda.image.analysis.thumbhash import compute_thumbhash
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Extent, Size
from origin_lambda.image.profiles import name_colour_space
from origin_lambda.url.values import WHITE, Colour

_FINE, _THUMB, _COARSE = 256, 100, 40
"""Longest sides of the copies, in pixels; 100 is ThumbHash's limit."""

_WINDOW: Final = 8
"""How far a window of the entropy reaches beyond its cell, in pixels."""

_MOST_ENTROPY: Final = 8.0
"""The entropy of 256 greys that are equally frequent, in bits."""

_MIN_SIDE_OF_EDGES: Final = 3
"""A picture with a shorter side has no pixel whose neighbours are all known."""


class PillowMeasurer:
    """The measurer of the product; see `image.analysis.measure.Measurer`."""

    def measure(self, raster: PillowRaster) -> Measurements:
        fine = _shrink(raster.image, _FINE)
        thumb = _shrink(fine, _THUMB)
        return Measurements(
            thumbhash=compute_thumbhash(Size(*thumb.size), thumb.tobytes()),
            blurhash=_blurhash(thumb),
            palette=_palette(raster.image),
            focal_point=_focal_point(fine),
            entropy=_entropy(fine),
            edges=_edges(fine),
        )

    def score_likeness(self, first: PillowRaster, second: PillowRaster) -> Likeness:
        return Likeness(score(first.image, second.image))

    def describe(self, data: bytes, kind: Kind) -> Description:
        profile, bits = "", 8
        captured: Mapping[str, float | int] = {}
        if kind is Kind.GIF:  # it has none of this, and Pillow allocates what it claims
            return Description(profile, bits, captured)
        # On hostile bytes a reader can raise any exception; what was read before is returned.
        with suppress(Exception), open_image(kind, data) as image:
            profile = _profile(image.info.get("icc_profile"))
            bits = _bits(image, data, kind)
            captured = _captured(read_exif(image))
        return Description(profile, bits, captured)


def _shrink(image: Image.Image, side: int) -> Image.Image:
    """Return the image in RGBA, averaged to at most *side* pixels each way, weighted by alpha."""
    return image.resize(_fit(image, side), Image.Resampling.BOX).convert("RGBA")


def _fit(image: Image.Image, side: int) -> Size:
    return Extent(*image.size).scale(min(1, side / max(image.size))).whole


def _blurhash(thumb: Image.Image) -> str:
    """Return the BlurHash of a picture on white, with 4x3 components, or 3x4 if it is taller.

    https://github.com/woltapp/blurhash/blob/master/Algorithm.md
    """
    across, down = (4, 3) if thumb.width >= thumb.height else (3, 4)
    return blurhash_encode(PillowRaster(thumb).flatten(WHITE).image, across, down)


def _palette(image: Image.Image) -> tuple[Swatch, ...]:
    """Return the swatches of sampled pixels, in up to 256 colours: averages would dull accents."""
    sample = image.resize(_fit(image, _FINE), Image.Resampling.NEAREST).convert("RGBA")
    indexed = sample.quantize(256, method=Image.Quantize.FASTOCTREE)
    table = indexed.getpalette("RGBA") or []
    colours = [Colour(*table[at : at + 4]) for at in range(0, len(table), 4)]
    return choose_swatches(list(zip(indexed.histogram(), colours, strict=True)))


def _focal_point(fine: Image.Image) -> FocalPoint:
    coarse = _shrink(fine, _COARSE)
    size = Size(*coarse.size)
    return find_focal_point(size, coarse.tobytes(), _detail(fine, size))


def _detail(fine: Image.Image, size: Size) -> bytes:
    """Return how much a blur changes around each pixel of a *size*, one byte per pixel."""
    grey = fine.convert("L")
    lost = ImageChops.difference(grey, grey.filter(ImageFilter.GaussianBlur(2)))
    return lost.resize(size, Image.Resampling.BOX).tobytes()


def _entropy(fine: Image.Image) -> FocalPoint | None:
    """Return the middle of the busiest part, by the entropy of the greys in small windows."""
    grey = _to_grey(fine)
    size = _fit(fine, _COARSE)
    across, down = fine.width / size.width, fine.height / size.height
    entropies = [
        grey.crop(
            (
                round(x * across - _WINDOW),
                round(y * down - _WINDOW),
                round((x + 1) * across + _WINDOW),
                round((y + 1) * down + _WINDOW),
            )
        ).entropy()
        for y in range(size.height)
        for x in range(size.width)
    ]
    return find_peak(size, bytes(round(each / _MOST_ENTROPY * 255) for each in entropies))


def _edges(fine: Image.Image) -> FocalPoint | None:
    """Return the middle of the part with most outlines."""
    grey = _to_grey(fine)
    if min(grey.size) < _MIN_SIDE_OF_EDGES:
        return None
    found = grey.filter(ImageFilter.GaussianBlur(1)).filter(ImageFilter.FIND_EDGES)
    inside = ImageOps.expand(ImageOps.crop(found, 1), 1)  # the filter copies the outermost pixels
    size = _fit(fine, _COARSE)
    return find_peak(size, inside.resize(size, Image.Resampling.BOX).tobytes())


def _to_grey(fine: Image.Image) -> Image.Image:
    """Return a picture in grey, on white where it is transparent."""
    return PillowRaster(fine).flatten(WHITE).image.convert("L")


def _six_digits(value: Any) -> float:
    """Return a number rounded to six digits: 2.2, not 2.200000047683716."""
    return float(f"{float(value):.6g}")


# Tags for the bits per sample and the conditions of a capture (Exif 2.32, 4.6.3 and 4.6.5).
_BITS_PER_SAMPLE, _EXIF_IFD = 0x0102, 0x8769
_CAPTURED: Final[tuple[tuple[str, int, Callable[[Any], float | int]], ...]] = (
    ("exposure_seconds", 0x829A, _six_digits),
    ("f_number", 0x829D, _six_digits),
    ("iso", 0x8827, int),
    ("focal_length_mm", 0x920A, _six_digits),
)


def _profile(profile: bytes | None) -> str:
    """Return the name of a profile's colour space; empty without a profile, or for a broken one."""
    if not profile:
        return ""
    from PIL import ImageCms

    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return name_colour_space(ImageCms.getProfileDescription(opened))
    except (ImageCms.PyCMSError, OSError):
        return ""


def _bits(image: ImageFile.ImageFile, data: bytes, kind: Kind) -> int:
    """Return the bits of a channel; with a palette, those of its colours."""
    match kind:
        case Kind.PNG:  # IHDR (PNG, third edition, 11.2.1); palettes are of 8 bits
            depth, colours = data[24:26]
            return 8 if colours == 3 else depth
        case Kind.TIFF:
            return int(_first(read_exif(image).get(_BITS_PER_SAMPLE, 1)))
        case Kind.AVIF:  # `high_bitdepth` and `twelve_bit` (AV1 in ISOBMFF, 2.3.3)
            flags = data[data.index(b"av1C") + 6] >> 5 & 3
            return {2: 10, 3: 12}.get(flags, 8)
        case _:
            return int(image.info.get("bit_depth", 8))


_MIN_CAPTURED: Final = 1e-9
"""The least valid exposure, aperture, sensitivity and focal length; the greatest is 1e9."""


def _captured(exif: Any) -> Mapping[str, float | int]:
    """Return the conditions of a capture that are not private, without broken values."""
    tags = exif.get_ifd(_EXIF_IFD) if exif else {}
    captured: dict[str, float | int] = {}
    for name, tag, number in _CAPTURED:
        with suppress(ArithmeticError, LookupError, ValueError):
            value = number(_first(tags[tag]))
            if _MIN_CAPTURED < value < 1 / _MIN_CAPTURED:
                captured[name] = value
    return captured


def _first(value: Any) -> Any:
    """Return the first of several values, or the only one."""
    return value[0] if isinstance(value, tuple) else value
