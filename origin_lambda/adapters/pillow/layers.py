"""Draws layers and colours on Pillow's pictures."""

from typing import Final

from PIL import Image

from origin_lambda.adapters.pillow.tiles import repeat_tile
from origin_lambda.image.geometry import Size
from origin_lambda.url.values import BlendMode, Colour

_MAX: Final = 255


def draw_over(
    image: Image.Image,
    layer: Image.Image,
    offset: tuple[int, int],
    opacity: float,
    mode: BlendMode = BlendMode.NORMAL,
) -> Image.Image:
    """Return a picture with a layer over it, in RGBA if the picture has alpha, else in RGB."""
    box = _find_overlap(image.size, layer.size, offset)
    if box is None:
        return image
    left, top, right, bottom = box
    x, y = offset
    part = layer.crop((left - x, top - y, right - x, bottom - y)).convert("RGBA")
    if opacity < 1:
        part.putalpha(part.getchannel("A").point([round(each * opacity) for each in range(256)]))
    picture = image if image.mode == "RGBA" else image.convert("RGB")
    if mode is not BlendMode.NORMAL:
        part = _blend(picture.crop(box), part, mode)
    if picture.mode == "RGBA":
        picture.alpha_composite(part, (left, top))
    else:
        picture.paste(part.convert("RGB"), (left, top), part.getchannel("A"))
    return picture


def _find_overlap(
    size: tuple[int, int], layer: tuple[int, int], offset: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    left, top = max(0, offset[0]), max(0, offset[1])
    right, bottom = min(size[0], offset[0] + layer[0]), min(size[1], offset[1] + layer[1])
    return (left, top, right, bottom) if left < right and top < bottom else None


def _blend(backdrop: Image.Image, layer: Image.Image, mode: BlendMode) -> Image.Image:
    """Return a layer in the colours that it has over a backdrop, with its own alpha.

    Where the backdrop is transparent, the layer keeps its colours (W3C Compositing and Blending
    Level 1, section 10).
    """
    from origin_lambda.adapters.pillow.blending import mix_colours  # few requests need it

    colours = layer.convert("RGB")
    mixed = mix_colours(backdrop.convert("RGB"), colours, mode)
    if backdrop.mode == "RGBA":
        mixed = Image.composite(mixed, colours, backdrop.getchannel("A"))
    mixed.putalpha(layer.getchannel("A"))
    return mixed


def blend_colour(image: Image.Image, colour: Colour, mode: BlendMode) -> Image.Image:
    """Return a picture with a colour over all of it."""
    return draw_over(image, Image.new("RGBA", image.size, tuple(colour)), (0, 0), 1, mode)


def repeat(layer: Image.Image, step: tuple[int, int], size: Size) -> Image.Image:
    """Return a transparent picture of *size* with a layer every *step* pixels."""
    tile = Image.new("RGBA", step)
    tile.paste(layer.convert("RGBA"))
    return repeat_tile(tile, size)
