"""Decodes files to rasters, frame by frame."""

import io
import itertools
import math
from collections.abc import Iterator
from functools import partial
from typing import Final

from PIL import Image, ImageChops, ImageFile

from origin_lambda.adapters.pillow.files import open_image, open_still, refuse_broken_original
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.image.containers.colour import ColourSpace
from origin_lambda.image.containers.inspection import inspect
from origin_lambda.image.containers.structure import Structure, check_cost
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.raster import Frame
from origin_lambda.image.source import Decoding, Drawing

_CHECKED: Final = {Kind.JPEG, Kind.PNG}
_GREY_MODES: Final = {"1", "L", "LA", "I", "I;16", "I;16B"}
_BAND_PIXELS: Final = 4_000_000

_Picture = tuple[Image.Image, bytes | None, int]
"""An image in a working mode, its ICC profile, and its duration in milliseconds."""


def decode(data: bytes, decoding: Decoding) -> Iterator[Frame[PillowRaster]]:
    """Yield the requested frames; of a truncated file, the part that can be decoded.

    Raises:
        NotAPicture: the file uses a feature that is not supported.
        Unprocessable: the pixels cannot be decoded, or take too much memory or time.

    """
    if decoding.drawing:
        yield _draw(data, decoding.drawing)
        return
    structure = inspect(data, decoding.kind)
    check_cost(structure, len(data))
    with refuse_broken_original():
        for image, profile, milliseconds in _select(_play(data, decoding, structure), decoding):
            yield Frame(PillowRaster(image, profile), milliseconds)


def _draw(data: bytes, drawing: Drawing) -> Frame[PillowRaster]:
    """Return the picture of an SVG; few requests need the rasteriser."""
    from PIL.PngImagePlugin import PngImageFile

    from origin_lambda.adapters.resvg.draw import draw

    with PngImageFile(io.BytesIO(draw(data, drawing))) as image:
        return Frame(PillowRaster(image.convert("RGBA"), None))


def _select(played: Iterator[_Picture], decoding: Decoding) -> Iterator[_Picture]:
    """Yield the frames to keep; if the file ends before the first of them, its last frame."""
    if not decoding.kept:
        yield from played
        return
    kept, has_any, last = frozenset(decoding.kept), False, None
    for number, last in enumerate(played):
        if number in kept:
            has_any = True
            yield last
    if last and not has_any:
        yield last


def _play(data: bytes, decoding: Decoding, structure: Structure) -> Iterator[_Picture]:
    """Yield the requested frames in a working mode, each with its profile and duration."""
    count = decoding.frames
    if decoding.kind is Kind.GIF:
        from origin_lambda.adapters.pillow.frames import play_gif

        for image, milliseconds in itertools.islice(play_gif(data), count):
            yield image, None, milliseconds
        return
    with open_still(decoding.kind, data, structure) as image:
        if decoding.shrink > 1:
            # `draft` chooses the largest scale that leaves at least this size: round it down.
            width, height = image.size
            image.draft(image.mode, (width // decoding.shrink, height // decoding.shrink))
        profile = _choose_profile(image, decoding.kind, structure.colour)
        if decoding.kind is Kind.PNG and count > 1:
            from origin_lambda.adapters.pillow.frames import play_apng

            convert = partial(_convert_to_working_mode, kind=Kind.PNG)
            frames = play_apng(data, convert, has_alpha=bool(structure.alpha))
            for frame, milliseconds in itertools.islice(frames, count):
                yield frame, profile, milliseconds
            return
        if decoding.kind is Kind.WEBP and count == 1:
            still = _decode_still_webp(data, image, decoding.shrink)
            if still:
                yield still, profile, 0
                return
        for picture, milliseconds in _load_frames(data, image, decoding):
            yield picture, profile, milliseconds


def _decode_still_webp(data: bytes, image: ImageFile.ImageFile, shrink: int) -> Image.Image | None:
    """Return a picture decoded by libwebp itself, or None if Pillow has to decode the file."""
    from origin_lambda.adapters.pillow.webp import decode_still

    still = decode_still(data, _shrink_size(image.size, shrink))
    return still.convert(image.mode) if still and image.mode != "RGBA" else still


def _load_frames(
    data: bytes, image: ImageFile.ImageFile, decoding: Decoding
) -> Iterator[tuple[Image.Image, int]]:
    """Yield the frames of an opened file, as far as they can be decoded."""
    for number in range(decoding.frames):
        if not _load_frame(image, number):
            return
        if decoding.kind in _CHECKED:
            from origin_lambda.adapters.pillow.completeness import check_decoded

            check_decoded(image, decoding.kind, data, partial(open_image, decoding.kind))
        milliseconds = int(image.info.get("duration", 0))
        picture = _convert_to_working_mode(image, decoding.kind)
        if decoding.kind is not Kind.JPEG:  # which `draft` has shrunk
            picture = _shrink(picture, decoding.shrink)
        yield picture, milliseconds


def _shrink_size(size: tuple[int, int], shrink: int) -> Size:
    return Size(*(math.ceil(side / shrink) for side in size))


def _shrink(image: Image.Image, shrink: int) -> Image.Image:
    """Return a picture with the mean of each square of pixels, as libwebp shrinks."""
    if shrink == 1:
        return image
    size = _shrink_size(image.size, shrink)
    if image.mode != "RGBA":
        return image.resize(size, Image.Resampling.BOX)
    return image.convert("RGBa").resize(size, Image.Resampling.BOX).convert("RGBA")


def _load_frame(image: ImageFile.ImageFile, number: int) -> bool:
    """Load a frame; return False if it is broken, and not the first: the animation ends there."""
    if not number:
        image.load()
        return True
    try:
        image.seek(number)
        image.load()
    except (EOFError, OSError, SyntaxError, ValueError):
        return False
    return True


def _choose_profile(
    image: ImageFile.ImageFile, kind: Kind, colour: ColourSpace | None
) -> bytes | None:
    """Return the ICC profile to convert pixels with, chosen as in browsers.

    A PNG's cICP takes precedence over its ICC profile; the `nclx` of AVIF and HEIF does not.
    """
    embedded: bytes | None = image.info.get("icc_profile")
    if colour is None or (embedded and kind is not Kind.PNG):
        is_grey = image.mode in _GREY_MODES
        # A grey profile does not apply to colours: browsers ignore it.
        return None if embedded and embedded[16:20] == b"GRAY" and not is_grey else embedded
    if colour.is_srgb:
        return None
    from origin_lambda.image.containers.icc import build_icc_profile

    return build_icc_profile(colour, is_grey=image.mode in _GREY_MODES)


def _convert_to_working_mode(image: Image.Image, kind: Kind) -> Image.Image:
    """Return a picture in L, RGB, RGBA or CMYK, in memory that no reader uses any more."""
    if image.mode.startswith("I"):
        return _convert_to_eight_bits(image)
    if image.mode == "CMYK" and kind is Kind.JPEG and "adobe" not in image.info:
        # Adobe stores CMYK inverted, and Pillow inverts every CMYK JPEG: undo that for the others.
        return ImageChops.invert(image)
    if image.has_transparency_data:
        mode = "RGBA"
    elif image.mode in {"RGB", "L", "CMYK"}:
        mode = image.mode
    else:
        mode = "L" if image.mode in {"1", "F"} else "RGB"
    # A copy of the largest originals takes 400 MB. But the readers of other kinds can hold as much
    # for as long as their picture is used, and readers of animations reuse its memory.
    is_free = kind is Kind.JPEG or (kind is Kind.PNG and getattr(image, "n_frames", 1) == 1)
    return image if is_free and image.mode == mode else image.convert(mode)


def _convert_to_eight_bits(image: Image.Image) -> Image.Image:
    """Return a 16-bit picture in L, converted in bands: 32-bit samples take four bytes a pixel."""
    result = Image.new("L", image.size)
    rows = max(1, _BAND_PIXELS // image.width)
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height))).convert("I")
        result.paste(band.point(lambda value: value * (1 / 257)).convert("L"), (0, top))
    return result
