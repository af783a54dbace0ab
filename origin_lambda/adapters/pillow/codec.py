"""Reads headers, decodes and encodes with Pillow, loading only the plugins that are asked for."""

import importlib
import io
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from PIL import Image, ImageChops, ImageFile

from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.errors import CalotypeError, NotAPicture, Unprocessable
from origin_lambda.image.containers.colour import ColourSpace
from origin_lambda.image.containers.inspection import inspect, remove_metadata
from origin_lambda.image.containers.structure import Structure, check_cost
from origin_lambda.image.encoding import Encoding
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.probe import Facts, sniff
from origin_lambda.image.quality import Effort, interpolate
from origin_lambda.image.raster import Frame
from origin_lambda.image.source import Decoding
from origin_lambda.url.values import Chroma, Format

# A picture whose end is missing is shown as far as it goes.
ImageFile.LOAD_TRUNCATED_IMAGES = True
# `probe.check` refuses what is too large, from the same header and with a better answer.
Image.MAX_IMAGE_PIXELS = None
# The plugin of each format is imported by name below: Pillow's first five, which it would import
# before it saves anything, take 7 ms. What it does not find it still looks for in all of them.
Image._initialized = max(Image._initialized, 1)  # noqa: SLF001 reason: Pillow has no other way
# SVT-AV1 tells of errors alone then, not of every picture.
os.environ.setdefault("SVT_LOG", "1")

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
_ANIMATED: Final = {Kind.PNG, Kind.WEBP, Kind.AVIF, Kind.GIF}
_CHECKED: Final = {Kind.JPEG, Kind.PNG}
_TURNED_BY_READER: Final = {Kind.TIFF, Kind.HEIF}

_LEAST_OF_SVT: Final = 4
"""Pixels a side below which SVT-AV1 writes nothing."""

_MOST_OF_SVT: Final = 93
"""Above this number aom writes smaller files for a score; at 100 SVT-AV1 4.1 spoils pictures."""

_AOM_NUMBERS: Final = (
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
"""SVT-AV1's number -> aom's for the same score of photographs (`bench/calibrate.py`)."""

_WEBP_METHODS: Final = {Effort.LESS: 2, Effort.USUAL: 4, Effort.MORE: 6}

_LONGEST_TEXT: Final = 1000
"""Bytes of a credit: whatever wrote more than that meant no credit."""

_LONGEST: Final = 1 << 40
"""More bytes than any original has."""

_GREY_MODES: Final = {"1", "L", "LA", "I", "I;16", "I;16B"}

_BAND_PIXELS: Final = 4_000_000

_MOST_TIME: Final = 2**31 - 1
"""Milliseconds that all frames may be shown together: encoders add them up in 32 bits."""

# GIF's 16 bits of hundredths of a second; WebP's 24 bits (RFC 9649, 2.7.1.1); APNG's 16 bits of
# seconds (PNG, third edition, 11.3.6.2).
_MOST_MILLISECONDS: Final = {Format.GIF: 655_350, Format.WEBP: 2**24 - 1, Format.PNG: 65_535_000}

_MOST_LOOPS: Final = {Format.GIF: 65_536, Format.WEBP: 65_535, Format.PNG: 2**31 - 1}
"""How often an animation can be said to run: GIF counts repetitions after the first run."""

# Exif 2.32 tags; IPTC-IIM 4.2 data sets 2:80 and 2:116.
_ORIENTATION, _ARTIST, _COPYRIGHT = 0x0112, 0x013B, 0x8298
_IPTC_BYLINE, _IPTC_COPYRIGHT = (2, 80), (2, 116)


class PillowCodec:
    """The codec of the product; see `image.raster.Codec`."""

    def probe(self, data: bytes) -> Facts:
        kind = sniff(data)
        structure = inspect(data, kind)
        if kind is Kind.GIF:
            return _facts_of_gif(data, structure)
        if kind is Kind.WEBP:
            # Its reader allocates the canvas when it opens a file; *data* may be its beginning.
            check_cost(structure, _LONGEST)
        with _blaming_the_original(), _open_still(kind, data, structure) as image:
            exif = exif_of(image)
            iptc = _iptc(image) if kind is Kind.JPEG else {}
            orientation = exif.get(_ORIENTATION, 1)
            frames: int = structure.frames or int(getattr(image, "n_frames", 1))
            alpha = structure.alpha
            return Facts(
                kind=kind,
                size=Size(*image.size),
                orientation=1
                if kind in _TURNED_BY_READER or orientation not in range(1, 9)
                else orientation,
                frames=frames if kind in _ANIMATED else 1,
                alpha=image.has_transparency_data if alpha is None else alpha,
                loop=_runs(_loop_of(image, data, kind), kind),
                artist=_text(exif.get(_ARTIST) or iptc.get(_IPTC_BYLINE)),
                copyright=_text(exif.get(_COPYRIGHT) or iptc.get(_IPTC_COPYRIGHT)),
            )

    def decode(self, data: bytes, decoding: Decoding) -> Iterator[Frame[PillowRaster]]:
        structure = inspect(data, decoding.kind)
        check_cost(structure, len(data))
        with _blaming_the_original():
            for image, profile, milliseconds in _played(data, decoding, structure):
                yield Frame(PillowRaster(image, profile), milliseconds)

    def encode(self, frames: Sequence[Frame[PillowRaster]], encoding: Encoding) -> bytes:
        images = [_bare(frame.raster.image) for frame in frames]
        shown = [_shown_for(frame.milliseconds, encoding, len(images)) for frame in frames]
        if len(images) > 1 and encoding.format is Format.GIF:
            from origin_lambda.adapters.pillow.gif import write_gif

            return write_gif(images, shown, _loop(encoding).get("loop"))
        options = _WRITERS[encoding.format](encoding)
        if encoding.format is Format.AVIF:
            options |= _av1_encoder(images, encoding)
        if len(images) > 1:
            options |= {
                "save_all": True,
                "append_images": images[1:],
                "duration": shown,
            } | _loop(encoding)
        if len(images) > 1 and encoding.format is Format.WEBP:
            # Frames without loss, where that is smaller, take long to find: what was drawn in few
            # colours gains by it (orbit.gif: 25 KB instead of 54).
            has_few_colours = images[0].convert("RGB").getcolors(256) is not None
            is_patient = encoding.effort is not Effort.LESS and not encoding.lossless
            options |= {"minimize_size": True, "allow_mixed": has_few_colours and is_patient}
        if encoding.format is Format.PNG8:
            images = [_with_palette(image) for image in images]
        body = _saved(images[0], options)
        is_animated_webp = len(images) > 1 and encoding.format is Format.WEBP
        if is_animated_webp and any(image.mode == "RGBA" for image in images):
            body = _with_alpha_flag(body)
        return body

    def remove_metadata(self, data: bytes, kind: Kind) -> bytes | None:
        with _blaming_the_original():
            structure = inspect(data, kind)
            if structure.colour is not None and not structure.colour.is_srgb:
                return None
            if kind is not Kind.GIF and open_image(kind, data).info.get("icc_profile"):
                return None
            return remove_metadata(data, kind)


def _facts_of_gif(data: bytes, structure: Structure) -> Facts:
    """Return the facts of a GIF without a decoder: Pillow's allocates what the file asks for."""
    from origin_lambda.image.containers import gif

    parsed = gif.parse(data)
    return Facts(
        kind=Kind.GIF,
        size=parsed.screen,
        frames=len(parsed.frames),
        alpha=bool(structure.alpha),
        loop=_runs(parsed.loop, Kind.GIF) if len(parsed.frames) > 1 else 0,
    )


def _loop_of(image: ImageFile.ImageFile, data: bytes, kind: Kind) -> int | None:
    if kind is Kind.PNG:
        from origin_lambda.image.containers import png

        return png.parse(data).plays
    return image.info.get("loop")


def _open_still(kind: Kind, data: bytes, structure: Structure) -> ImageFile.ImageFile:
    """Return an opened file; of a broken animation, its default picture."""
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


_Picture = tuple[Image.Image, bytes | None, int]


def _played(data: bytes, decoding: Decoding, structure: Structure) -> Iterator[_Picture]:
    """Yield so many frames in a working mode, with their profile and milliseconds."""
    count = decoding.frames
    if decoding.kind is Kind.GIF:
        from origin_lambda.adapters.pillow.frames import play_gif

        for image, milliseconds in itertools.islice(play_gif(data), count):
            yield image, None, milliseconds
        return
    with _open_still(decoding.kind, data, structure) as image:
        if decoding.shrink > 1:
            # `draft` takes the largest scale that leaves what is asked: hence rounded down.
            width, height = image.size
            image.draft(image.mode, (width // decoding.shrink, height // decoding.shrink))
        profile = _profile(image, decoding.kind, structure.colour)
        if decoding.kind is Kind.PNG and count > 1:
            from origin_lambda.adapters.pillow.frames import play_apng

            convert = partial(_in_working_mode, kind=Kind.PNG)
            frames = play_apng(data, convert, has_alpha=bool(structure.alpha))
            for frame, milliseconds in itertools.islice(frames, count):
                yield frame, profile, milliseconds
            return
        for number in range(count):
            if not _is_loaded(image, number):
                return
            if decoding.kind in _CHECKED:
                from origin_lambda.adapters.pillow.completeness import check_decoded

                check_decoded(image, decoding.kind, data, partial(open_image, decoding.kind))
            milliseconds = int(image.info.get("duration", 0))
            yield _in_working_mode(image, decoding.kind), profile, milliseconds


def _is_loaded(image: ImageFile.ImageFile, number: int) -> bool:
    """Load a frame; an animation ends before a later one that is broken."""
    if not number:
        image.load()
        return True
    try:
        image.seek(number)
        image.load()
    except (EOFError, OSError, SyntaxError, ValueError):
        return False
    return True


def _profile(image: ImageFile.ImageFile, kind: Kind, colour: ColourSpace | None) -> bytes | None:
    """Return the ICC profile that pixels are converted by, as browsers choose it.

    What a PNG says by cICP goes before its ICC profile; what AVIF and HEIF say by `nclx` does not.
    """
    embedded: bytes | None = image.info.get("icc_profile")
    if colour is None or (embedded and kind is not Kind.PNG):
        is_grey = image.mode in _GREY_MODES
        # A grey profile says nothing of colours: browsers leave it aside.
        return None if embedded and embedded[16:20] == b"GRAY" and not is_grey else embedded
    if colour.is_srgb:
        return None
    from origin_lambda.image.containers.icc import build_icc_profile

    return build_icc_profile(colour, is_grey=image.mode in _GREY_MODES)


def _shown_for(milliseconds: int, encoding: Encoding, frames: int) -> int:
    """Return for how long a frame is shown, at most what the format can say."""
    most = _MOST_MILLISECONDS.get(encoding.format, _MOST_TIME)
    shown = max(0, min(milliseconds, most, _MOST_TIME // frames))
    if encoding.format is Format.PNG and shown > 65_535:
        # A fraction of two numbers of 16 bits: whole seconds have room in it.
        return 1000 * min(65_535, round(shown / 1000))
    return shown


def _with_alpha_flag(body: bytes) -> bytes:
    """Return an animated WebP that says it may be transparent (RFC 9649, 2.7.1).

    libwebp leaves that out where only a cleared canvas is.
    """
    if body[12:16] != b"VP8X":
        return body
    return body[:20] + bytes((body[20] | 0x10,)) + body[21:]


@contextmanager
def _blaming_the_original() -> Iterator[None]:
    """Turn whatever a decoder raises into a broken original: on hostile bytes it may be anything.

    Raises:
        Unprocessable: a decoder gave up.

    """
    try:
        yield
    except (CalotypeError, GeneratorExit, MemoryError):
        raise
    except Exception as error:
        message = "the original is broken"
        raise Unprocessable(message, detail=repr(error)) from error


def open_image(kind: Kind, data: bytes) -> ImageFile.ImageFile:
    """Return a picture of which only the header is read; a broken one may raise anything.

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
    # Pillow takes the orientation of XMP where EXIF has none. Browsers do not: programs that have
    # turned the pixels leave such XMP behind.
    for name in ("xmp", "XML:com.adobe.xmp"):
        image.info.pop(name, None)
    return image


def exif_of(image: ImageFile.ImageFile) -> Any:
    """Return the EXIF tags. A PNG would decode all its pixels to look for late ones."""
    if image.format == "PNG" and "exif" not in image.info:
        return {}
    return image.getexif()


def _iptc(image: ImageFile.ImageFile) -> dict[tuple[int, int], Any]:
    if "photoshop" not in image.info:
        return {}
    from PIL.IptcImagePlugin import getiptcinfo

    try:
        return getiptcinfo(image) or {}
    except (OSError, SyntaxError, ValueError):  # a picture is owed, credits or not
        return {}


def _text(value: Any) -> str:
    """Return text of EXIF or IPTC, cut at 1,000 bytes: in practice UTF-8, if it is not Latin-1."""
    if isinstance(value, list):
        value = b", ".join(filter(None, value))
    if isinstance(value, str):  # Pillow reads EXIF text as Latin-1
        value = value.encode("latin-1", "replace")
    data = value if isinstance(value, bytes) else b""
    try:
        data.decode()
    except UnicodeDecodeError:
        return data[:_LONGEST_TEXT].decode("latin-1").strip("\0 ")
    return data[:_LONGEST_TEXT].decode(errors="ignore").strip("\0 ")


def _runs(loop: int | None, kind: Kind) -> int:
    """Return how often an animation runs, 0 for ever.

    A GIF says how often to *repeat* it, and runs once without the word (browsers agree, whatever
    Netscape meant); WebP and APNG count the runs (RFC 9649, 2.7.1.1; PNG 3rd edition, acTL).
    """
    if kind is not Kind.GIF:
        return loop or 0
    return loop + 1 if loop else 1 if loop is None else 0


def _loop(encoding: Encoding) -> dict[str, int]:
    """Return how often an animation runs, at most what the format can say."""
    loop = min(max(0, encoding.loop), _MOST_LOOPS.get(encoding.format, 0))
    if encoding.format is not Format.GIF:
        return {"loop": loop}
    if loop == 1:
        return {}
    return {"loop": max(0, loop - 1)}


def _saved(image: Image.Image, options: dict[str, Any]) -> bytes:
    """Return a file. A JPEG of hardly anything but noise is written plainly if it must be.

    Pillow has room for one byte a pixel (two from quality 95 on) where libjpeg wants to see the
    whole file before it writes any of it: to optimize it, or for several scans.
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


def _bare(image: Image.Image) -> Image.Image:
    """Return a picture without what Pillow would write unasked: comments, EXIF, XMP, profiles."""
    image.info = {}
    return image


def _in_working_mode(image: Image.Image, kind: Kind) -> Image.Image:
    """Return a picture in one of the modes L, RGB, RGBA or CMYK, which nothing else will change."""
    if image.mode.startswith("I"):
        return _in_eight_bits(image)
    if image.mode == "CMYK" and kind is Kind.JPEG and "adobe" not in image.info:
        # Pillow inverts every CMYK JPEG, as Adobe's are stored; others are not.
        return ImageChops.invert(image)
    if image.has_transparency_data:
        mode = "RGBA"
    elif image.mode in {"RGB", "L", "CMYK"}:
        mode = image.mode
    else:
        mode = "L" if image.mode in {"1", "F"} else "RGB"
    # A copy of the largest originals takes 400 MB. The readers of other kinds may hold as much for
    # as long as their picture is used, and those of several frames put the next one in its memory.
    is_ours = kind is Kind.JPEG or (kind is Kind.PNG and getattr(image, "n_frames", 1) == 1)
    return image if is_ours and image.mode == mode else image.convert(mode)


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Return a picture of 16 bits in L; by bands, since they take four bytes a pixel on the way."""
    result = Image.new("L", image.size)
    rows = max(1, _BAND_PIXELS // image.width)
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height))).convert("I")
        result.paste(band.point(lambda value: value * (1 / 257)).convert("L"), (0, top))
    return result


def _with_palette(image: Image.Image) -> Image.Image:
    if image.mode == "RGBA":
        return image.quantize(256, method=Image.Quantize.FASTOCTREE)
    return image.quantize(256, method=Image.Quantize.MEDIANCUT)


def _jpeg(encoding: Encoding) -> dict[str, Any]:
    subsampling = {Chroma.FULL: 0, Chroma.HALF: 1, Chroma.QUARTER: 2}
    importlib.import_module("PIL.JpegImagePlugin")
    return {
        "format": "JPEG",
        "quality": encoding.quality,
        "progressive": encoding.progressive,
        "optimize": encoding.progressive or encoding.effort is not Effort.LESS,
        "subsampling": subsampling[encoding.chroma],
    } | _credits(encoding)


def _webp(encoding: Encoding) -> dict[str, Any]:
    importlib.import_module("PIL.WebPImagePlugin")
    return {
        "format": "WEBP",
        "quality": encoding.quality,
        "lossless": encoding.lossless,
        "method": _WEBP_METHODS[encoding.effort],
    } | _credits(encoding)


def _avif(encoding: Encoding) -> dict[str, Any]:
    plugin = importlib.import_module("pillow_avif.AvifImagePlugin")
    # Pillow's own, which has aom alone, takes the name for itself when it is imported.
    Image.register_save("AVIF", plugin._save)  # noqa: SLF001 reason: it is what it registers
    Image.register_save_all("AVIF", plugin._save_all)  # noqa: SLF001 reason: as above
    return {
        "format": "AVIF",
        "subsampling": ":".join(encoding.chroma),
        "max_threads": 1,
    } | _credits(encoding)


def _av1_encoder(images: Sequence[Image.Image], encoding: Encoding) -> dict[str, Any]:
    """Return which encoder writes an AVIF, and how: SVT-AV1 what it can and does better.

    That is photographs; it is tuned for MS-SSIM, or it would blur texture. Text is aom's, and what
    needs colours of full resolution (docs/decisions/0020).
    """
    plain = encoding.chroma is Chroma.QUARTER and encoding.effort is not Effort.MORE
    can = min(images[0].size) >= _LEAST_OF_SVT and encoding.quality <= _MOST_OF_SVT
    if plain and can and len(images) == 1:
        return {
            "quality": encoding.quality,
            "codec": "svt",
            "speed": 9 if encoding.effort is Effort.LESS else 8,
            "advanced": {"tune": "4"},
        }
    quality = round(interpolate(_AOM_NUMBERS, encoding.quality))
    return {"quality": quality, "codec": "aom", "speed": 8 if encoding.effort is Effort.MORE else 9}


def _png(encoding: Encoding) -> dict[str, Any]:
    importlib.import_module("PIL.PngImagePlugin")
    return {"format": "PNG", "compress_level": 6} | _credits(encoding)


def _gif(encoding: Encoding) -> dict[str, Any]:
    del encoding
    importlib.import_module("PIL.GifImagePlugin")
    return {"format": "GIF", "disposal": 2}


def _credits(encoding: Encoding) -> dict[str, Any]:
    """Return the EXIF block that is kept; as bytes, since Pillow writes other text as ASCII."""
    exif = Image.Exif()
    for tag, text in ((_ARTIST, encoding.artist), (_COPYRIGHT, encoding.copyright)):
        if text:
            # A NUL would end it; a lone surrogate cannot be written.
            exif[tag] = text.partition("\0")[0].encode(errors="replace")[:_LONGEST_TEXT]
    return {"exif": exif.tobytes()} if len(exif) else {}


_WRITERS: Final[dict[Format, Callable[[Encoding], dict[str, Any]]]] = {
    Format.JPEG: _jpeg,
    Format.WEBP: _webp,
    Format.AVIF: _avif,
    Format.PNG: _png,
    Format.PNG8: _png,
    Format.GIF: _gif,
}
