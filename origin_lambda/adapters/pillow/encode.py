"""Encodes rasters with the encoder of each format."""

import importlib
import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, Final

from PIL import Image

from origin_lambda.adapters.pillow.header import ARTIST, COPYRIGHT
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.quality import Effort, interpolate
from origin_lambda.image.raster import Frame
from origin_lambda.url.values import Chroma, Format, Profile

# At this level SVT-AV1 logs errors only, and not every picture.
os.environ.setdefault("SVT_LOG", "1")

_SVT_MIN_SIDE: Final = 4
"""In pixels: SVT-AV1 cannot encode pictures with a shorter side."""

_SVT_MAX_QUALITY: Final = 93
"""SVT-AV1 is used up to this quality.

Above it, aom writes smaller files for the same score. At 100, SVT-AV1 4.1 damages pictures.
"""

_AOM_QUALITIES: Final = (
    (0, 0),
    (20, 24),
    (31, 39),
    (41, 50),
    (46, 54),
    (52, 60),
    (58, 65),
    (63, 70),
    (70, 75),
    (82, 83),
    (93, 92),
    (100, 100),
)
"""Qualities of SVT-AV1, and aom's for the same score of photographs (`bench/calibrate.py`)."""

_WEBP_METHODS: Final = {
    Effort.LESS: 2,
    Effort.USUAL: 4,
    Effort.MORE: 6,
    Effort.TRIAL: 6,
    Effort.MOST: 6,
}

_AOM_SPEEDS: Final = {Effort.MORE: 8, Effort.TRIAL: 6, Effort.MOST: 2}
"""Speeds of aom by effort; below 2 it takes three times as long, for 1 % fewer bytes."""

_MAX_TIME: Final = 2**31 - 1
"""The longest animation in milliseconds: encoders add up the frames' durations in 32 bits."""

# GIF's 16 bits of hundredths of a second; WebP's 24 bits (RFC 9649, 2.7.1.1); APNG's 16 bits of
# seconds (PNG, third edition, 11.3.6.2).
_MAX_MILLISECONDS: Final = {Format.GIF: 655_350, Format.WEBP: 2**24 - 1, Format.PNG: 65_535_000}

_MAX_LOOPS: Final = {Format.GIF: 65_536, Format.WEBP: 65_535, Format.PNG: 2**31 - 1}
"""How many runs a format can store at most; GIF stores the repetitions after the first run."""


def encode(frames: Sequence[Frame[PillowRaster]], encoding: Encoding) -> bytes:
    """Return a file of the frames, with the credits and no other metadata."""
    images = [_clear_info(frame.raster.image) for frame in frames]
    extras: dict[str, Any] = {}
    if encoding.profile is not Profile.STRIP:
        from origin_lambda.adapters.pillow.profiles import convert  # few requests need it

        converted = [convert(image, encoding.profile) for image in images]
        images, extras = [image for image, _ in converted], {"icc_profile": converted[0][1]}
    durations = [_limit_duration(frame.milliseconds, encoding, len(images)) for frame in frames]
    if len(images) > 1 and encoding.format is Format.GIF:
        from origin_lambda.adapters.pillow.gif import write_gif

        return write_gif(images, durations, _loop_option(encoding).get("loop"), encoding.colours)
    options = _ENCODER_OPTIONS[encoding.format](encoding) | extras
    if encoding.density:
        options["dpi"] = (encoding.density, encoding.density)
    if encoding.format is Format.AVIF:
        options |= _av1_options(images, encoding)
    if len(images) > 1:
        options |= {
            "save_all": True,
            "append_images": images[1:],
            "duration": durations,
        } | _loop_option(encoding)
    if len(images) > 1 and encoding.format is Format.WEBP:
        # Trying lossless frames too is slow. It is worth the time for drawings with few colours:
        # orbit.gif then has 25 KB instead of 54.
        has_few_colours = images[0].convert("RGB").getcolors(256) is not None
        has_time = encoding.effort is not Effort.LESS and not encoding.lossless
        options |= {"minimize_size": True, "allow_mixed": has_few_colours and has_time}
    if encoding.format is Format.GIF and images[0].mode == "RGBA":
        from origin_lambda.adapters.pillow.gif import round_alpha

        images = [round_alpha(images[0])]
    if encoding.format is Format.PNG8 or encoding.colours:
        images = [_quantize(image, encoding.colours) for image in images]
    with _keep_priority() if options.get("codec") == "svt" else nullcontext():
        body = _save_file(images[0], options)
    is_animated_webp = len(images) > 1 and encoding.format is Format.WEBP
    if is_animated_webp and any(image.mode == "RGBA" for image in images):
        body = _set_alpha_flag(body)
    return body


def _limit_duration(milliseconds: int, encoding: Encoding, frames: int) -> int:
    """Return the duration of a frame in milliseconds, limited to what the format can store."""
    most = _MAX_MILLISECONDS.get(encoding.format, _MAX_TIME)
    duration = max(0, min(milliseconds, most, _MAX_TIME // frames))
    if encoding.format is Format.PNG and duration > 65_535:
        # APNG stores a duration as a fraction of two 16-bit numbers. From 65.536 seconds on, only
        # whole seconds fit.
        return 1000 * min(65_535, round(duration / 1000))
    return duration


def _set_alpha_flag(body: bytes) -> bytes:
    """Set the alpha flag of an animated WebP (RFC 9649, 2.7.1).

    libwebp does not set it if only a cleared canvas is transparent.
    """
    if body[12:16] != b"VP8X":
        return body
    return body[:20] + bytes((body[20] | 0x10,)) + body[21:]


def _loop_option(encoding: Encoding) -> dict[str, int]:
    """Return the option for how often an animation runs, limited to what the format can store."""
    loop = min(max(0, encoding.loop), _MAX_LOOPS.get(encoding.format, 0))
    if encoding.format is not Format.GIF:
        return {"loop": loop}
    if loop == 1:
        return {}
    return {"loop": max(0, loop - 1)}


def _save_file(image: Image.Image, options: dict[str, Any]) -> bytes:
    """Return an encoded file; a JPEG of noise falls back to baseline without optimization.

    To optimize a JPEG or to write several scans, libjpeg buffers the whole file. Pillow's buffer
    has one byte a pixel (two from quality 95 on), which noise exceeds.
    """
    output = io.BytesIO()
    try:
        image.save(output, **options)
    except OSError:
        if not options.get("optimize"):
            raise
        output = io.BytesIO()
        image.save(output, **options | {"optimize": False, "progressive": False})
    return output.getvalue()


def _clear_info(image: Image.Image) -> Image.Image:
    """Remove comments, EXIF, XMP and profiles, which Pillow would write by default."""
    image.info = {}
    return image


def _quantize(image: Image.Image, colours: int | None = None) -> Image.Image:
    """Return a picture with a palette; for *colours*, one with at most so many."""
    if colours or image.mode == "RGBA":
        return image.quantize(colours or 256, method=Image.Quantize.FASTOCTREE)
    return image.quantize(256, method=Image.Quantize.MEDIANCUT)


def _jpeg_options(encoding: Encoding) -> dict[str, Any]:
    subsampling = {Chroma.FULL: 0, Chroma.HALF: 1, Chroma.QUARTER: 2}
    importlib.import_module("PIL.JpegImagePlugin")
    return {
        "format": "JPEG",
        "quality": encoding.quality,
        "progressive": encoding.progressive,
        "optimize": encoding.progressive or encoding.effort is not Effort.LESS,
        "subsampling": subsampling[encoding.chroma],
    } | _credit_options(encoding)


def _webp_options(encoding: Encoding) -> dict[str, Any]:
    importlib.import_module("PIL.WebPImagePlugin")
    return {
        "format": "WEBP",
        "quality": encoding.quality,
        "lossless": encoding.lossless,
        "method": _WEBP_METHODS[encoding.effort],
    } | _credit_options(encoding)


@contextmanager
def _keep_priority() -> Iterator[None]:
    """Keep the priority of this thread: SVT-AV1 gives it that of real time, if the user is root.

    All later threads and processes would inherit that, and could take the processors for
    themselves.
    """
    if not hasattr(os, "sched_getscheduler"):  # macOS
        yield
        return
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        if os.sched_getscheduler(0) != policy:
            os.sched_setscheduler(0, policy, parameters)


def _avif_options(encoding: Encoding) -> dict[str, Any]:
    plugin = importlib.import_module("pillow_avif.AvifImagePlugin")
    # Pillow's own plugin supports only aom, and takes over the name AVIF when it is imported.
    Image.register_save("AVIF", plugin._save)  # noqa: SLF001 reason: the plugin registers this function too
    Image.register_save_all("AVIF", plugin._save_all)  # noqa: SLF001 reason: as above
    return {
        "format": "AVIF",
        "subsampling": ":".join(encoding.chroma),
        "max_threads": 1,
    } | _credit_options(encoding)


def _av1_options(images: Sequence[Image.Image], encoding: Encoding) -> dict[str, Any]:
    """Return the AV1 encoder of an AVIF and its options (docs/decisions/0020).

    SVT-AV1 is better for photographs. It is tuned for MS-SSIM (`tune` 4), because it blurs texture
    otherwise. aom encodes animations, text, and pictures that need colours at full resolution.
    """
    is_photograph = encoding.chroma is Chroma.QUARTER and encoding.effort not in _AOM_SPEEDS
    is_supported = min(images[0].size) >= _SVT_MIN_SIDE and encoding.quality <= _SVT_MAX_QUALITY
    if is_photograph and is_supported and len(images) == 1:
        return {
            "quality": encoding.quality,
            "codec": "svt",
            "speed": 9 if encoding.effort is Effort.LESS else 8,
            "advanced": {"tune": "4"},
        }
    quality = round(interpolate(_AOM_QUALITIES, encoding.quality))
    return {"quality": quality, "codec": "aom", "speed": _AOM_SPEEDS.get(encoding.effort, 9)}


def _png_options(encoding: Encoding) -> dict[str, Any]:
    importlib.import_module("PIL.PngImagePlugin")
    return {"format": "PNG", "compress_level": 6} | _credit_options(encoding)


def _gif_options(encoding: Encoding) -> dict[str, Any]:
    del encoding
    importlib.import_module("PIL.GifImagePlugin")
    return {"format": "GIF", "disposal": 2}


def _credit_options(encoding: Encoding) -> dict[str, Any]:
    """Return the option for an EXIF block of the credits, as bytes: Pillow would write ASCII."""
    if not (encoding.artist or encoding.copyright):
        return {}
    from origin_lambda.image.cleaning.exif import encode_text  # few originals have credits

    exif = Image.Exif()
    for tag, text in ((ARTIST, encoding.artist), (COPYRIGHT, encoding.copyright)):
        if text:
            exif[tag] = encode_text(text)
    return {"exif": exif.tobytes()}


_ENCODER_OPTIONS: Final[dict[Format, Callable[[Encoding], dict[str, Any]]]] = {
    Format.JPEG: _jpeg_options,
    Format.WEBP: _webp_options,
    Format.AVIF: _avif_options,
    Format.PNG: _png_options,
    Format.PNG8: _png_options,
    Format.GIF: _gif_options,
}
