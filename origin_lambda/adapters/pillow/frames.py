"""Plays GIF and APNG: decodes each frame separately and draws it on a canvas of the screen's size.

Pillow's own readers enlarge the canvas to any size that a frame claims, fill cleared parts with
black, and fail for all frames if one is broken.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageChops, ImageFile

from origin_lambda.image.containers import gif, png
from origin_lambda.image.containers.structure import MIN_SHARE, refuse_as_broken
from origin_lambda.image.geometry import Size

_CLEAR: Final = (0, 0, 0, 0)
_SENTINEL, _OTHER_SENTINEL = 255, 254


@dataclass(frozen=True, slots=True)
class _Part:
    """A frame and how it changes the canvas: *draw* returns its picture in RGBA."""

    offset: tuple[int, int]
    milliseconds: int
    disposal: int
    replaces: bool
    draw: Callable[[], Image.Image]


def play_gif(data: bytes) -> Iterator[tuple[Image.Image, int]]:
    """Yield the canvas after each frame, and its duration in milliseconds.

    Raises:
        Unprocessable: less than a tenth of the first frame can be decoded.

    """
    parsed = gif.parse(data)
    parts = [
        _Part(
            (frame.left, frame.top),
            frame.milliseconds,
            frame.disposal,
            False,
            lambda frame=frame, first=not number: _draw_gif_frame(  # type: ignore[misc]
                data, frame, parsed.screen, is_first=first
            ),
        )
        for number, frame in enumerate(parsed.frames)
    ]
    mode = "RGBA" if parsed.can_be_transparent else "RGB"
    if mode == "RGB" and len(parts) == 1 and _is_grey(parsed.frames[0].palette):
        mode = "L"
    yield from _play(parts, parsed.screen, mode)


def play_apng(
    data: bytes, convert: Callable[[ImageFile.ImageFile], Image.Image], *, has_alpha: bool
) -> Iterator[tuple[Image.Image, int]]:
    """Yield the canvas after each frame, and its duration in milliseconds.

    *convert* converts an opened PNG to a working mode.
    """
    parsed = png.parse(data)

    def draw(frame: png.PngFrame) -> Image.Image:
        from PIL.PngImagePlugin import PngImageFile

        image = PngImageFile(io.BytesIO(png.extract_frame(data, parsed, frame)))
        image.load()
        return convert(image).convert("RGBA")

    disposals = {png.DISPOSE_BACKGROUND: gif.CLEAR, png.DISPOSE_PREVIOUS: gif.RESTORE}
    parts = [
        _Part(
            (frame.left, frame.top),
            frame.milliseconds,
            disposals.get(frame.disposal, gif.KEEP),
            frame.replaces,
            lambda frame=frame: draw(frame),  # type: ignore[misc]
        )
        for frame in parsed.frames
    ]
    yield from _play(parts, parsed.size, "RGBA" if has_alpha else "RGB")


def _play(parts: list[_Part], size: Size, mode: str) -> Iterator[tuple[Image.Image, int]]:
    canvas = Image.new("RGBA", size, _CLEAR)
    for number, part in enumerate(parts):
        before = canvas.copy() if part.disposal == gif.RESTORE else None
        try:
            picture = part.draw()
        except Exception:
            if not number:
                raise
            return  # the animation ends before a broken frame
        if part.replaces:
            canvas.paste(picture, part.offset)
        else:
            canvas.alpha_composite(picture, part.offset)
        yield canvas.convert(mode) if mode != "RGBA" else canvas.copy(), part.milliseconds
        if part.disposal == gif.CLEAR:
            canvas.paste(_CLEAR, (*part.offset, *_corner(part.offset, picture)))
        elif before is not None:
            canvas = before


def _corner(offset: tuple[int, int], picture: Image.Image) -> tuple[int, int]:
    return offset[0] + picture.width, offset[1] + picture.height


def _is_grey(palette: bytes) -> bool:
    return palette[0::3] == palette[1::3] == palette[2::3]


def _draw_gif_frame(
    data: bytes, frame: gif.GifFrame, screen: Size, *, is_first: bool
) -> Image.Image:
    """Return the part of a frame inside the screen, in RGBA.

    Raises:
        Unprocessable: it is the first frame, and less than a tenth of it can be decoded.

    """
    width = min(frame.width, screen.width - frame.left)
    height = min(frame.height, screen.height - frame.top)
    if width <= 0 or height <= 0:
        if is_first:
            refuse_as_broken("the first frame has no pixels")
        return Image.new("RGBA", (1, 1), _CLEAR)
    indices = _decode_indices(data, frame, _SENTINEL)
    if is_first and _find_bottom(indices, _SENTINEL) < MIN_SHARE * frame.height:
        _check_decoded(indices, _decode_indices(data, frame, _OTHER_SENTINEL))
    if (width, height) != indices.size:
        indices = indices.crop((0, 0, width, height))
    table = bytearray(_expand_palette(frame.palette))
    if frame.transparent is not None:
        table[4 * frame.transparent : 4 * frame.transparent + 4] = bytes(4)
    indices.putpalette(bytes(table), "RGBA")
    return indices.convert("RGBA")


def _expand_palette(palette: bytes) -> bytes:
    """Return 256 RGBA entries; missing ones are transparent, and no palette at all means greys."""
    if not palette:
        return b"".join(bytes((n, n, n, 255)) for n in range(256))
    entries = [palette[at : at + 3] + b"\xff" for at in range(0, len(palette) - 2, 3)]
    return b"".join(entries).ljust(1024, b"\0")


def _decode_indices(data: bytes, frame: gif.GifFrame, sentinel: int) -> Image.Image:
    """Return a frame's palette indices; pixels that cannot be decoded are the *sentinel*."""
    from PIL.GifImagePlugin import GifImageFile

    image = GifImageFile(io.BytesIO(gif.extract_frame(data, frame, sentinel)))
    image.load()
    return image if image.mode == "L" else image.convert("L")


def _find_bottom(indices: Image.Image, sentinel: int) -> int:
    """Return the first row below which every index is the *sentinel*."""
    # In most frames a lower row has another index, which ends the search early.
    rows = indices.crop((0, indices.height // 8, indices.width, indices.height))
    if rows.getextrema() != (sentinel, sentinel):
        return indices.height
    box = indices.point([int(value != sentinel) for value in range(256)]).getbbox()
    return box[3] if box else 0


def _check_decoded(one: Image.Image, other: Image.Image) -> None:
    """Refuse a frame in which most indices equal the sentinel that the canvas was filled with.

    Raises:
        Unprocessable: less than a tenth of the indices are equal with both sentinels.

    """
    same = ImageChops.difference(one, other).histogram()[0]
    if same < MIN_SHARE * one.width * one.height:
        refuse_as_broken(f"{same} pixels of {one.size}")
