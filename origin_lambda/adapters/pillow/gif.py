"""Writes animated GIFs with one palette for all frames, and only the changed part of each."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from PIL import GifImagePlugin, Image, ImageChops

from origin_lambda.image.geometry import Size

_TRANSPARENT: Final = 255
_COLOURS: Final = 255
_OPAQUE_FROM: Final = 128
"""The least alpha of an opaque pixel: GIF has no partial transparency."""

_SAMPLE_PIXELS: Final = 250_000
"""How many pixels of all frames together the shared palette is computed from."""

_KEEP, _CLEAR = 1, 2
_MAX_DELAY: Final = 65_535
"""The longest duration, in hundredths of a second."""


@dataclass(frozen=True, slots=True)
class _Part:
    """The written part of a frame: palette *indices* at an *offset*, and their disposal."""

    indices: Image.Image
    offset: tuple[int, int]
    disposal: int


def write_gif(
    images: Sequence[Image.Image],
    milliseconds: Sequence[int],
    repeats: int | None,
    colours: int | None = None,
) -> bytes:
    """Return an animated GIF of at most so many *colours*, without a number of 255.

    *repeats* is None for one run and 0 for ever.
    """
    size = Size(*images[0].size)
    palette, indexed = _quantize_all(images, min(colours or _COLOURS, _COLOURS))
    head = b"GIF89a" + _u16(size.width) + _u16(size.height) + b"\xf7\0\0" + palette
    if repeats is not None:
        head += b"!\xff\x0bNETSCAPE2.0\x03\x01" + _u16(min(repeats, 65_535)) + b"\0"
    body = [
        _build_block(written, shown)
        for written, shown in zip(_crop_to_changes(indexed), milliseconds, strict=True)
    ]
    return head + b"".join(body) + b";"


def round_alpha(image: Image.Image) -> Image.Image:
    """Return a picture in RGBA whose pixels are either opaque or transparent.

    Pillow would write every pixel that is not fully transparent as opaque.
    """
    rounded = image.copy()
    rounded.putalpha(image.getchannel("A").point([255 * (n >= _OPAQUE_FROM) for n in range(256)]))
    return rounded


def _quantize_all(images: Sequence[Image.Image], most: int) -> tuple[bytes, list[Image.Image]]:
    """Return a palette for all frames and their indices, 255 where they are transparent.

    A pixel that has not changed since the previous frame keeps its index, so that dithering does
    not change it.
    """
    table, map_to_palette = _choose_palette(images, most)
    indexed: list[Image.Image] = []
    for number, image in enumerate(images):
        indices = map_to_palette(image.convert("RGB"))
        if image.mode == "RGBA":
            hidden = image.getchannel("A").point([255 * (n < _OPAQUE_FROM) for n in range(256)])
            indices.paste(_TRANSPARENT, mask=hidden)
        if number:
            same = ImageChops.invert(_build_change_mask(images[number - 1], image))
            indices.paste(indexed[-1], mask=same)
        indexed.append(indices)
    return table.ljust(3 * 256, b"\0"), indexed


def _choose_palette(
    images: Sequence[Image.Image], most: int
) -> tuple[bytes, Callable[[Image.Image], Image.Image]]:
    """Return a palette of at most so many colours, and a function that maps pictures to it."""
    colours = _collect_colours(images, most)
    if colours is not None:
        numbers = {colour: number for number, colour in enumerate(colours)}
        return bytes(value for colour in colours for value in colour), partial(
            _map_exactly, numbers
        )
    picture = _sample_palette(images, most)
    table = bytes(picture.getpalette("RGB") or [])[: 3 * most]
    return table, lambda image: _to_indices(image.quantize(palette=picture))


def _map_exactly(numbers: dict[Any, int], image: Image.Image) -> Image.Image:
    """Return the indices of a picture that has only these colours.

    Pillow's own search in a palette treats similar colours as equal.
    """
    own = image.quantize(256, method=Image.Quantize.MEDIANCUT)
    table = own.getpalette("RGB") or []
    entries = [tuple(table[at : at + 3]) for at in range(0, len(table), 3)]
    return _to_indices(own).point(
        [numbers.get(entry, 0) for entry in entries] + [0] * (256 - len(entries))
    )


def _sample_palette(images: Sequence[Image.Image], most: int) -> Image.Image:
    """Return a picture whose palette of so many colours suits all frames."""
    each = max(1, _SAMPLE_PIXELS // len(images))
    width, height = images[0].size
    share = min(1.0, (each / (width * height)) ** 0.5)
    size = max(1, int(width * share)), max(1, int(height * share))
    sheet = Image.new("RGB", (size[0], size[1] * len(images)))
    for number, image in enumerate(images):
        small = image.resize(size, Image.Resampling.NEAREST)
        sheet.paste(small.convert("RGB"), (0, number * size[1]))
    return sheet.quantize(most, method=Image.Quantize.MEDIANCUT)


def _collect_colours(images: Sequence[Image.Image], most: int) -> list[Any] | None:
    """Return the colours of all frames, or None if they are more than a palette holds."""
    colours: set[Any] = set()
    for image in images:
        found = image.convert("RGB").getcolors(_COLOURS)
        colours |= {colour for _, colour in found or ()}
        if found is None or len(colours) > most:
            return None
    return sorted(colours)


def _to_indices(quantized: Image.Image) -> Image.Image:
    """Return the palette indices of a picture as the samples of a picture in mode L."""
    return Image.frombuffer("L", quantized.size, quantized.tobytes(), "raw", "L", 0, 1).copy()


def _build_change_mask(before: Image.Image, after: Image.Image) -> Image.Image:
    """Return a mask in mode L: 255 where two pictures differ, else 0."""
    bands = ImageChops.difference(before, after.convert(before.mode)).split()
    most = bands[0]
    for band in bands[1:]:
        most = ImageChops.lighter(most, band)
    return most.point([0, *[255] * 255])


def _crop_to_changes(indexed: Sequence[Image.Image]) -> Iterator[_Part]:
    """Yield the part of each frame that has to be written."""
    width, height = indexed[0].size
    canvas = Image.new("L", (width, height), _TRANSPARENT)
    for number, indices in enumerate(indexed):
        changed = _build_change_mask(canvas, indices)
        following = indexed[number + 1] if number + 1 < len(indexed) else None
        vanishing = _build_vanishing_mask(indices, following) if following else None
        area = ImageChops.lighter(changed, vanishing) if vanishing else changed
        box = area.getbbox() or (0, 0, 1, 1)
        if not number:
            box = (0, 0, width, height)
        written = indices.copy()
        if number:
            unchanged = ImageChops.invert(changed)
            written.paste(_TRANSPARENT, mask=unchanged)
        yield _Part(written.crop(box), box[:2], _CLEAR if vanishing else _KEEP)
        canvas = indices.copy()
        if vanishing:
            canvas.paste(_TRANSPARENT, box)


def _build_vanishing_mask(indices: Image.Image, following: Image.Image) -> Image.Image | None:
    """Return a mask of the pixels that become transparent, or None if there are none."""
    shown = indices.point([255] * _TRANSPARENT + [0])
    gone = following.point([0] * _TRANSPARENT + [255])
    both = ImageChops.darker(shown, gone)
    return both if both.getbbox() else None


def _build_block(written: _Part, milliseconds: int) -> bytes:
    delay = min(_MAX_DELAY, max(0, round(milliseconds / 10)))
    control = b"!\xf9\x04" + bytes((written.disposal << 2 | 1,)) + _u16(delay)
    control += bytes((_TRANSPARENT, 0))
    return control + b"".join(GifImagePlugin.getdata(written.indices, written.offset))


def _u16(number: int) -> bytes:
    return number.to_bytes(2, "little")
